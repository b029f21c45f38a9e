package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"
)

// The values of --output.
const (
	outputText = "text"
	outputJSON = "json"
)

// outputFlag gives a command that prints data the flag --output.
func outputFlag(cmd *cobra.Command) {
	cmd.Flags().StringP("output", "o", outputText, "`format` of the data: text or json")
}

// wantsJSON reports whether --output json was given.
func wantsJSON(cmd *cobra.Command) (bool, error) {
	switch format := cmd.Flag("output").Value.String(); format {
	case outputText:
		return false, nil
	case outputJSON:
		return true, nil
	default:
		return false, usage(cmd, fmt.Errorf("--output is %q: it must be text or json", format))
	}
}

// print writes data to standard output: as JSON, or as text shows it.
func (p *program) print(cmd *cobra.Command, data any, text func(io.Writer) error) error {
	asJSON, err := wantsJSON(cmd)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(p.Stdout, data)
	} else {
		err = text(p.Stdout)
	}
	if err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

// writeJSON writes data for programs and people: indented, one line break at the end.
func writeJSON(w io.Writer, data any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(data)
}

// say writes a line of words to standard error. There is nobody to tell when
// that fails.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Stderr, format+"\n", args...)
}

// table writes rows in columns under a header. Cells are cleaned of what would
// move the cursor, since many of them come from others.
func table(w io.Writer, header []string, rows [][]string) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			end := "\t"
			if i == len(row)-1 {
				end = "\n"
			}
			if _, err := io.WriteString(columns, printable(cell)+end); err != nil {
				return err
			}
		}
	}
	return columns.Flush()
}

// printable folds white space and drops control and format characters, which
// could fake lines on a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
}

// orDash shows that a cell is empty.
func orDash(cell string) string {
	if cell == "" {
		return "-"
	}
	return cell
}
