package settings

import (
	"fmt"
	"strings"
)

// EnvExample returns the content of .env.example.
func EnvExample() string {
	var b strings.Builder
	b.WriteString(`# Settings of alloy-mcp. Written by: alloy-mcp config --example
#
# Copy this file to alloy-mcp/.env in your configuration directory (alloy-mcp setup
# does that for you) or to .env in the directory where alloy-mcp starts, and keep it
# to yourself: chmod 600 .env
#
# Flags and environment variables count before this file. A value that is empty is
# not set. Put a value with a $ in it in single quotes.
`)
	for _, setting := range Table() {
		if setting.Group == Files {
			continue // they say which file to read, so they cannot stand in one
		}
		b.WriteByte('\n')
		writeWrapped(&b, setting.Help)
		if len(setting.Choices) > 1 {
			writeWrapped(&b, "One of: "+strings.Join(setting.Choices, ", ")+".")
		}
		switch {
		case setting.Kind == Secret:
			writeWrapped(&b, "Or name a file that holds it: "+setting.Name+FileSuffix+".")
			fmt.Fprintf(&b, "%s=\n", setting.Name)
		case setting.Default != "":
			fmt.Fprintf(&b, "#%s=%s\n", setting.Name, setting.Default)
		case setting.DefaultWords != "":
			writeWrapped(&b, "Default: "+setting.DefaultWords+".")
			fmt.Fprintf(&b, "#%s=%s\n", setting.Name, setting.Example)
		default:
			fmt.Fprintf(&b, "#%s=%s\n", setting.Name, setting.Example)
		}
	}
	return b.String()
}

// writeWrapped writes text as comment lines of at most 88 characters.
func writeWrapped(b *strings.Builder, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 88 {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

// Markdown returns the table of all settings for the README.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| setting | flag | default | what it does |\n|---|---|---|---|\n")
	for _, setting := range Table() {
		name := "`" + setting.Name + "`"
		if setting.Kind == Secret {
			name += ", or a file that holds it: `" + setting.Name + FileSuffix + "`"
		}
		flag := ""
		if setting.Flag != "" {
			flag = "`--" + setting.Flag + "`"
		}
		help := setting.Help
		if len(setting.Choices) > 1 {
			help += " One of " + strings.Join(setting.Choices, ", ") + "."
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", name, flag, markdownDefault(setting), help)
	}
	return b.String()
}

func markdownDefault(setting Setting) string {
	if setting.Default != "" {
		return "`" + setting.Default + "`"
	}
	return setting.DefaultWords
}
