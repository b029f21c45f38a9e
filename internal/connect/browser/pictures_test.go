package browser

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// With -update the pictures in docs/pages are made anew.
var update = flag.Bool("update", false, "make the pictures in docs/pages anew")

// pictures are the scenes that are shown in docs/pages.
var pictures = []string{
	"ask-oauth", "ask-form", "form-error", "connected", "failed", "expired", "login", "index", "disconnect", "duplicates", "confirm",
}

const (
	pictureFolder = "../../../docs/pages"
	maxPicture    = 60_000 // bytes
)

// The pictures are those that the tests make, in both colour schemes, and no others.
func TestPictures(t *testing.T) {
	t.Parallel()
	var want []string
	for _, name := range pictures {
		if !slices.ContainsFunc(scenes, func(s scene) bool { return s.name == name }) {
			t.Errorf("there is no scene %s", name)
		}
		want = append(want, name+"-dark.png", name+"-light.png")
	}
	slices.Sort(want)
	if *update {
		return // TestEveryPageCanBeUsedByEverybody makes them
	}
	files, err := filepath.Glob(filepath.Join(pictureFolder, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(pictureFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, file := range files {
		have = append(have, filepath.Base(file))
		if info, err := os.Stat(file); err != nil || info.Size() > maxPicture {
			t.Errorf("%s is larger than %d bytes, or %v", file, maxPicture, err)
		}
		if !bytes.Contains(readme, []byte("("+filepath.Base(file)+")")) {
			t.Errorf("the README does not show %s", filepath.Base(file))
		}
	}
	if !slices.Equal(have, want) {
		t.Errorf("the pictures are %q, want %q: run the tests with -update", have, want)
	}
}

// picture keeps what the person sees, where it is shown in docs/pages.
func (p *person) picture(name, scheme string) {
	p.t.Helper()
	if !*update || !slices.Contains(pictures, name) {
		return
	}
	p.do(chromedp.EmulateViewport(760, 200))
	ctx, cancel := p.context()
	defer cancel()
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	small, err := fewColours(shot)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pictureFolder, name+"-"+scheme+".png"), small, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// fewColours makes a picture of at most 256 colours: of the page's many shades at the
// edges of letters, near ones become one.
func fewColours(shot []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	count := make(map[color.RGBA]int)
	bounds := full.Bounds()
	at := func(x, y int) color.RGBA {
		r, g, b, _ := full.At(x, y).RGBA()
		return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	var colours color.Palette
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.Color) int { return count[b.(color.RGBA)] - count[a.(color.RGBA)] })
	colours = colours[:min(len(colours), 256)]
	paletted := image.NewPaletted(bounds, colours)
	nearest := make(map[color.RGBA]uint8)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(colours.Index(c)) // there are 256 at most
				nearest[c] = i
			}
			paletted.SetColorIndex(x, y, i)
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err = encoder.Encode(&out, paletted)
	return out.Bytes(), err
}
