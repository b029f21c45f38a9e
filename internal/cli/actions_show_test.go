package cli

import (
	"os/exec"
	"testing"
)

func TestAShellTakesAWordForOne(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	for _, text := range []string{"notion.post-page", "a.b c", "a.$(exit 3)&;`x`", "a.it's", "a.*", "~", "a.ü\"", `a.\`} {
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+shellWord(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q became %q, %v", text, out, err)
		}
	}
	if got := shellWord("notion.post-page"); got != "notion.post-page" {
		t.Errorf("a plain id is written as %s", got)
	}
}
