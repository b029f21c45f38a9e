package settings

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags adds a flag for every setting of the groups that has one.
func AddFlags(flags *pflag.FlagSet, groups ...Group) {
	for _, setting := range Table() {
		if setting.Flag != "" && slices.Contains(groups, setting.Group) {
			flags.Var(&flagValue{name: setting.Name}, setting.Flag, usage(setting))
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

// flagValue is a flag's text. Help shows the setting's name for it.
type flagValue struct{ name, text string }

// String returns the text.
func (v *flagValue) String() string { return v.text }

// Set takes the text, which is checked with the settings of other sources.
func (v *flagValue) Set(text string) error {
	v.text = text
	return nil
}

// Type returns the setting's name.
func (v *flagValue) Type() string { return v.name }

// usage is a flag's line of help.
func usage(setting Setting) string {
	help := strings.TrimSuffix(setting.Help, ".")
	switch {
	case setting.Default != "":
		help += " (default " + setting.Default + ")"
	case setting.DefaultWords != "":
		help += " (default " + setting.DefaultWords + ")"
	}
	return strings.ToLower(help[:1]) + help[1:]
}
