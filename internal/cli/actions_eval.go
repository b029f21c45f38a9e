package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog"
	"github.com/alloy-mcp/alloy-mcp/internal/catalog/eval"
)

func (p *program) actionsEvalCommand() *cobra.Command {
	var (
		catalogs []string
		misses   bool
	)
	cmd := &cobra.Command{
		Use:   "eval FILE… [--catalog FILE…]",
		Short: "Measure the search for actions on queries with known answers",
		Long: `Ask the search every query of the FILEs (one JSON object a line: query, connector_hint,
connected, relevant with grades 2 and 1, kind) and print how often the right
actions stand first, beside plain BM25, with the size of the index and the time of
a search. Nothing leaves this machine.

The actions come from --catalog: files or folders of files shaped like
schemas/testdata/catalogs/*.json. Without it they are those of the folder catalogs beside the
folder of the first FILE, else of schemas/testdata/catalogs.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s takes at least one file of queries", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			queries, more := queryFiles(args)
			if len(queries) == 0 {
				return usage(cmd, errors.New("there is no file of queries: its name does not end in .json"))
			}
			files, err := catalogFiles(append(catalogs, more...), queries[0])
			if err != nil {
				return usage(cmd, err)
			}
			report, err := evaluate(queries, files)
			if err != nil {
				return err
			}
			return p.print(cmd, report, func(w io.Writer) error {
				text := report.Text()
				if misses {
					text += "\n" + report.Misses()
				}
				_, err := io.WriteString(w, text)
				return err
			})
		},
	}
	cmd.Flags().StringArrayVar(&catalogs, "catalog", nil, "a `file` or folder of actions; may be repeated")
	cmd.Flags().BoolVar(&misses, "misses", false, "print the queries that were not answered well, too")
	outputFlag(cmd)
	return cmd
}

// queryFiles parts files of queries (.jsonl) from those of actions (.json), which a
// shell puts among them after "--catalog *.json".
func queryFiles(args []string) (queries, catalogs []string) {
	for _, arg := range args {
		if strings.HasSuffix(arg, ".json") {
			catalogs = append(catalogs, arg)
		} else {
			queries = append(queries, arg)
		}
	}
	return queries, catalogs
}

// catalogFiles are the files of actions that were named, or that lie near the queries.
func catalogFiles(named []string, queries string) ([]string, error) {
	if len(named) == 0 {
		for _, dir := range []string{filepath.Join(filepath.Dir(queries), "..", "catalogs"), filepath.Join("schemas", "testdata", "catalogs")} {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				named = []string{dir}
				break
			}
		}
	}
	var files []string
	for _, name := range named {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("find the actions: %w", err)
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(name, "*.json"))
		if err != nil {
			return nil, fmt.Errorf("find the actions in %s: %w", name, err)
		}
		slices.Sort(inside)
		files = append(files, inside...)
	}
	if len(files) == 0 {
		return nil, errors.New("there are no actions to search: name files of them with --catalog")
	}
	return files, nil
}

// evaluate measures the search over the files.
func evaluate(queries, catalogs []string) (eval.Report, error) {
	var actions eval.Catalog
	for _, name := range catalogs {
		err := read(name, func(r io.Reader) error {
			return actions.Add(r, func(id, method, path string) string {
				return string(catalog.EffectOf(alloy.Action{ID: id, Method: method, Path: path}))
			})
		})
		if err != nil {
			return eval.Report{}, err
		}
	}
	var golden []eval.Golden
	for _, name := range queries {
		err := read(name, func(r io.Reader) error {
			some, err := eval.ReadGolden(r)
			golden = append(golden, some...)
			return err
		})
		if err != nil {
			return eval.Report{}, err
		}
	}
	return eval.Run(&actions, golden)
}

// read opens a file for use and says which one is wrong.
func read(name string, use func(io.Reader) error) error {
	file, err := os.Open(name) //nolint:gosec // the person at the keyboard names the file
	if err != nil {
		return fmt.Errorf("open the file: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if err := use(file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
