package cli

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is what the binary knows of itself.
type build struct {
	Version  string `json:"version"`            // of the module, "(devel)" where it was built from a checkout
	Commit   string `json:"commit,omitempty"`   // of the checkout
	Time     string `json:"time,omitempty"`     // of the commit
	Modified bool   `json:"modified,omitempty"` // the checkout had changes
	Go       string `json:"go"`
}

func readBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build{Version: "(unknown)"}
	}
	b := build{Version: info.Main.Version, Go: info.GoVersion}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.time":
			b.Time = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

func (p *program) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := readBuild()
			return p.print(cmd, b, func(w io.Writer) error {
				line := name + " " + b.Version
				if b.Commit != "" {
					line += " commit " + b.Commit
					if b.Modified {
						line += " with changes"
					}
				}
				_, err := fmt.Fprintf(w, "%s, %s\n", line, b.Go)
				return err
			})
		},
	}
	outputFlag(cmd)
	return cmd
}
