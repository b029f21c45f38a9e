package tools

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestACursorIsGoodForItsOwnerItsQuestionAndAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCursors()
		cursor := c.mint("alice", "crm", 20)
		if offset, err := c.open("alice", "crm", cursor); err != nil || offset != 20 {
			t.Fatalf("open = %d, %v, want 20", offset, err)
		}
		other := newCursors()
		for name, open := range map[string]func() (int, error){
			"another principal": func() (int, error) { return c.open("mallory", "crm", cursor) },
			"another question":  func() (int, error) { return c.open("alice", "mail", cursor) },
			"shifted boundary":  func() (int, error) { return c.open("alicec", "rm", cursor) },
			"another process":   func() (int, error) { return other.open("alice", "crm", cursor) },
			"cut":               func() (int, error) { return c.open("alice", "crm", cursor[:len(cursor)-2]) },
			"empty":             func() (int, error) { return c.open("alice", "crm", "") },
			"not base64":        func() (int, error) { return c.open("alice", "crm", "!!") },
		} {
			if _, err := open(); err == nil {
				t.Errorf("%s: the cursor was accepted", name)
			}
		}
		time.Sleep(cursorLife + time.Second)
		if _, err := c.open("alice", "crm", cursor); err == nil {
			t.Error("the cursor was accepted after it expired")
		}
	})
}

func TestAnAlteredCursorIsRefused(t *testing.T) {
	t.Parallel()
	c := newCursors()
	cursor := c.mint("alice", "crm", 20)
	for i := range len(cursor) {
		altered := []byte(cursor)
		altered[i] ^= 1
		if offset, err := c.open("alice", "crm", string(altered)); err == nil && string(altered) != cursor {
			// The last character holds unused bits, which decode to the same bytes.
			if offset != 20 {
				t.Errorf("altered at %d: opened as %d", i, offset)
			}
		}
	}
}
