package settings

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func TestEnvExampleIsTheTable(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../../../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(EnvExample(), string(got)); diff != "" {
		t.Errorf(".env.example differs from the table; run `go run ./cmd/alloy-mcp config --example >.env.example` (-want +got):\n%s", diff)
	}
}

func TestReadmeRowsAreTheTable(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../../README.md")
	if os.IsNotExist(err) {
		t.Skip("there is no README.md yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "<!-- settings:begin -->\n")
	rows, _, closed := strings.Cut(rest, "<!-- settings:end -->")
	if !found || !closed {
		t.Fatal("README.md lacks <!-- settings:begin --> or <!-- settings:end -->")
	}
	if diff := cmp.Diff(strings.TrimSpace(Markdown()), strings.TrimSpace(rows)); diff != "" {
		t.Errorf("README.md differs from the table; put in what `go run ./cmd/alloy-mcp config --markdown` prints (-want +got):\n%s", diff)
	}
}

func TestEnvExampleCanBeReadAndSetsNothing(t *testing.T) {
	t.Parallel()
	s, paths, err := world{user: map[string]string{".env": EnvExample()}}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range s.Values() {
		if value.Source != "default" && value.Source != "" {
			t.Errorf("%s is set by %s", value.Name, paths.Replace(value.Source))
		}
	}
	if len(s.Warnings) > 0 {
		t.Errorf("warnings: %q", s.Warnings)
	}
}

func TestTheExampleOfEverySettingIsValid(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`(?m)^#([A-Z_]+)=(.+)$`)
	uncommented := line.ReplaceAllString(EnvExample(), "$1=$2")
	s, _, err := world{user: map[string]string{".env": uncommented}}.load(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range s.Values() {
		setting, _ := lookup(value.Name)
		if setting.Kind != Secret && setting.Group != Files && !strings.HasSuffix(value.Source, ".env") {
			t.Errorf("%s has no example that could be uncommented", value.Name)
		}
	}
}

func TestTheTableKeepsItsRules(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, setting := range Table() {
		kebab := strings.ToLower(strings.ReplaceAll(setting.Name, "_", "-"))
		wantFlag := strings.TrimPrefix(kebab, "mcp-")
		if setting.Kind == Secret {
			wantFlag = ""
		}
		switch {
		case setting.Flag != wantFlag:
			t.Errorf("%s has the flag %q, want %q", setting.Name, setting.Flag, wantFlag)
		case seen[setting.Name] || setting.Flag != "" && seen[setting.Flag]:
			t.Errorf("%s or its flag stands twice in the table", setting.Name)
		case !strings.HasSuffix(setting.Help, ".") || strings.ContainsAny(setting.Help, "|\n`"):
			t.Errorf("%s: the help must be a sentence that fits a table", setting.Name)
		case setting.Kind == Choice && len(setting.Choices) == 0:
			t.Errorf("%s has no choices", setting.Name)
		case setting.Default != "" && setting.DefaultWords != "":
			t.Errorf("%s has two defaults", setting.Name)
		}
		seen[setting.Name], seen[setting.Flag] = true, true
	}
}

func TestFlagsOfTheGroupsAreTaken(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("x", pflag.ContinueOnError)
	AddFlags(flags, Server, Files)
	if err := flags.Parse([]string{"--transport", "http", "--addr=127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"MCP_TRANSPORT": "http", "MCP_ADDR": "127.0.0.1:0"}
	if diff := cmp.Diff(want, GivenFlags(flags)); diff != "" {
		t.Errorf("flags (-want +got):\n%s", diff)
	}
	for _, name := range []string{"alloy-user-id", "alloy-api-key", "log-level"} {
		if flags.Lookup(name) != nil {
			t.Errorf("--%s is there, though its group was not asked for", name)
		}
	}
}
