package shape

import (
	"fmt"
	"strings"
)

// markdown is the grid as a table, below a list of what stands beside it.
func (g Grid) markdown() string {
	var b strings.Builder
	signs := strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "[", `\[`, "`", "\\`", "\n", "<br>", "\t", " ")
	if g.Other != nil {
		for _, c := range flat(g.Other) {
			fmt.Fprintf(&b, "- %s: %s\n", escaped(signs, c.name), escaped(signs, c.value))
		}
		b.WriteString("\n")
	}
	if len(g.Columns) == 0 {
		return b.String()
	}
	names := make([]any, len(g.Columns))
	for i, name := range g.Columns {
		names[i] = name
	}
	line(&b, signs, names)
	b.WriteString("|" + strings.Repeat(" --- |", len(g.Columns)) + "\n")
	for _, row := range g.Rows {
		line(&b, signs, row)
	}
	return b.String()
}

func line(b *strings.Builder, signs *strings.Replacer, cells []any) {
	b.WriteString("|")
	for _, c := range cells {
		b.WriteString(" " + escaped(signs, c) + " |")
	}
	b.WriteString("\n")
}

// escaped is a value as text that stays in its cell, and that a viewer of markdown
// shows instead of following it as a link, an image or a tag.
func escaped(signs *strings.Replacer, value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return signs.Replace(value)
	}
	return fmt.Sprint(value)
}
