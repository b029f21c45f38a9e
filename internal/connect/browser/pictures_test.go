package browser

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

func TestZShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip("no")
	}
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s.change)
			p := w.person(t)
			s.lead(p)
			p.sees(s.heading)
			for _, scheme := range []string{"light", "dark"} {
				for name, width := range map[string]int64{"wide": 1000, "phone": 360} {
					p.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
						chromedp.EmulateViewport(width, 300))
					ctx, cancel := p.context()
					png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					cancel()
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(dir, s.name+"-"+scheme+"-"+name+".png"), png, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}
