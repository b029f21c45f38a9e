package tools

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestACursorIsGoodForItsOwnerAndAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCursors()
		handle, err := mint(c, "alice", "crm", 20)
		if err != nil {
			t.Fatal(err)
		}
		if question, offset, err := open[string](c, "alice", handle); err != nil || question != "crm" || offset != 20 {
			t.Fatalf("open = %q, %d, %v, want crm, 20", question, offset, err)
		}
		for name, try := range map[string]struct {
			by            cursors
			owner, handle string
		}{
			"another principal": {c, "mallory", handle},
			"another process":   {newCursors(), "alice", handle},
			"cut":               {c, "alice", handle[:len(handle)-2]},
			"empty":             {c, "alice", ""},
			"not base64":        {c, "alice", "!!"},
		} {
			if _, _, err := open[string](try.by, try.owner, try.handle); err == nil {
				t.Errorf("%s: the cursor was accepted", name)
			}
		}
		time.Sleep(cursorLife)
		if _, _, err := open[string](c, "alice", handle); err != nil {
			t.Errorf("the cursor was refused in its last second: %v", err)
		}
		time.Sleep(time.Second)
		if _, _, err := open[string](c, "alice", handle); err == nil {
			t.Error("the cursor was accepted after it expired")
		}
	})
}

func TestAnAlteredCursorIsRefused(t *testing.T) {
	t.Parallel()
	c := newCursors()
	handle, err := mint(c, "alice", "crm", 20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(handle) {
		altered := []byte(handle)
		altered[i] ^= 1
		if _, _, err := open[string](c, "alice", string(altered)); err == nil {
			t.Errorf("accepted though altered at %d", i)
		}
	}
}
