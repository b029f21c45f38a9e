package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags adds a flag for every setting of the groups that has one.
func AddFlags(flags *pflag.FlagSet, groups ...Group) {
	for _, setting := range Table() {
		if setting.Flag != "" && slices.Contains(groups, setting.Group) {
			flags.String(setting.Flag, "", usage(setting))
		}
	}
}

// GivenFlags returns the settings' flags that were given, for [Inputs].
func GivenFlags(flags *pflag.FlagSet) map[string]string {
	given := make(map[string]string)
	for _, setting := range Table() {
		if flag := flags.Lookup(setting.Flag); setting.Flag != "" && flag != nil && flag.Changed {
			given[setting.Name] = flag.Value.String()
		}
	}
	return given
}

// usage is a flag's line of help. The word in backquotes is what pflag shows for
// the value.
func usage(setting Setting) string {
	help := strings.TrimSuffix(setting.Help, ".")
	switch {
	case setting.Default != "":
		help += " (default " + setting.Default + ")"
	case setting.DefaultWords != "":
		help += " (default " + setting.DefaultWords + ")"
	}
	return fmt.Sprintf("`%s`: %s", setting.Name, strings.ToLower(help[:1])+help[1:])
}
