// Package shape makes the result of any action fit for a model: the fields that
// were asked for, without what tells nothing, clean of invisible text, and in
// parts of a bounded size that continue one another. It does no I/O.
//
// A part is cut between elements of a list and between keys of an object. What is
// too large for a whole part is itself cut, down to the characters of a text. The
// parts of a value, in their order, hold everything of it once.
package shape

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Limits of Options.
const (
	DefaultMaxChars = 16_000
	HardMaxChars    = 40_000
	MinMaxChars     = 1_000
	// MaxEnvelope is the most that Options.Envelope may take of MaxChars.
	MaxEnvelope = 400
)

// Form is how a part shows its data.
type Form string

// The forms.
const (
	// JSON keeps the structure of the value.
	JSON Form = "json"
	// Table is {"columns": […], "rows": [[…]]} of the value's records, with nested
	// values under dotted names, and "other" with what stands beside the records.
	Table Form = "table"
	// Markdown is the same as one text.
	Markdown Form = "markdown"
)

// Options say what to show of a value, and in how many characters.
type Options struct {
	// Fields are paths such as results[].id; none keeps everything. Whatever a
	// path names is shown as it is, also where it would be left out by default.
	Fields []string
	// MaxChars bounds the JSON of a part (all of Part), in characters without HTML
	// escaping. 0 is DefaultMaxChars; others are raised to MinMaxChars or lowered
	// to HardMaxChars.
	MaxChars int
	// Envelope is how many of MaxChars the caller needs for itself, at most
	// MaxEnvelope.
	Envelope int
	// As is the form; empty is JSON. It may change from part to part.
	As Form
	// Verbatim keeps what tells nothing: nulls, empty containers, long base64 and
	// HTML, and what all elements of a list have alike. It is the same for all parts.
	Verbatim bool
}

// room is how many characters a part may have.
func (o Options) room() int {
	limit := o.MaxChars
	if limit == 0 {
		limit = DefaultMaxChars
	}
	limit = min(max(limit, MinMaxChars), HardMaxChars)
	return limit - min(max(o.Envelope, 0), MaxEnvelope)
}

// Part is one part of a value, with exact counts of what it leaves out.
type Part struct {
	// Data is the part in the form that was asked for: a JSON value, a Grid, or a
	// string of markdown. A list in it begins with the first element of this part.
	Data any `json:"data"`
	// At is set where Data is not the whole value's beginning but the value at
	// this place, deep inside it.
	At string `json:"at,omitempty"`
	// Resumes is the place where Data goes on inside a record or a text that an
	// earlier part began: the first record of Data is the rest of it.
	Resumes string `json:"resumes,omitempty"`
	// Truncated says that more follows: Next leads there.
	Truncated bool `json:"truncated,omitempty"`
	// Total and Returned repeat the first of the cuts.
	Total    int `json:"total,omitempty"`
	Returned int `json:"returned,omitempty"`
	// Cuts are the places where this part has not all: the lists first, the outer
	// ones before the inner ones. There may be more than are told.
	Cuts []Cut `json:"cuts,omitempty"`
	// Same holds long values that all elements of a list have alike, by their path,
	// which are left out of the elements.
	Same map[string]any `json:"same,omitempty"`
	// Elided counts what this part leaves out because it tells nothing.
	Elided *Elided `json:"elided,omitempty"`
	// Next is where the next part begins, empty behind the last one.
	Next Position `json:"-"`

	begin []int // the steps that the data begins at
	depth int   // how many of them lead to At
}

// Cut says how much of the value at one place a part has.
type Cut struct {
	// Path is written as fields names it, and empty for the whole value.
	Path string `json:"path"`
	Unit Unit   `json:"unit"`
	// Total is how many the value has, Returned how many begin in this part, First
	// the index of the first of them.
	Total    int `json:"total"`
	Returned int `json:"returned"`
	First    int `json:"first,omitempty"`
}

// Unit is what a Cut counts.
type Unit string

// The units.
const (
	Elements   Unit = "elements"   // of a list
	Keys       Unit = "keys"       // of an object
	Characters Unit = "characters" // of a text, before any escaping
)

// Elided counts values that were left out or replaced by a note of their size.
type Elided struct {
	Nulls  int `json:"nulls,omitempty"`
	Empty  int `json:"empty,omitempty"` // lists and objects
	Base64 int `json:"base64,omitempty"`
	HTML   int `json:"html,omitempty"`
}

// ErrPosition says that a position does not fit the value and the fields.
var ErrPosition = errors.New("the position does not belong to this value and these fields")

// Shape returns the part of value that begins at from. The value is one that
// Decode returned, or is built of the same types; it is not changed. The errors are a
// *PathError or a *FieldError for the fields, and ErrPosition.
func Shape(value any, o Options, from Position) (Part, error) {
	switch o.As {
	case "", JSON, Table, Markdown:
	default:
		return Part{}, fmt.Errorf("there is no form %q: use json, table or markdown", o.As)
	}
	sel, err := ParseFields(o.Fields)
	if err != nil {
		return Part{}, err
	}
	if err := sel.check(value); err != nil {
		return Part{}, err
	}
	if len(o.Fields) == 0 {
		sel = nil
	}
	mark := fingerprint(o.Fields)
	steps, err := from.steps(mark)
	if err != nil {
		return Part{}, err
	}
	c := &cutter{root: node{value: value, sel: sel}, limit: o.room(), mark: mark, verbatim: o.Verbatim}
	if o.As == Table || o.As == Markdown {
		return c.tabled(o.As, steps)
	}
	return c.fit(steps)
}

// minRoom is the fewest characters in which data is shown.
const minRoom = 60

// fit cuts the data so that all of the part is within the limit.
func (c *cutter) fit(steps []int) (Part, error) {
	c.known = c.fresh(c.limit)
	room := c.limit - len(`{"data":}`)
	for {
		part, err := c.cutTo(room, steps)
		if err != nil {
			return Part{}, err
		}
		over := part.width() - c.limit
		if over <= 0 {
			return part, nil
		}
		if room <= minRoom {
			return Part{}, fmt.Errorf("a part of %d characters is too small for the value", c.limit)
		}
		room = max(minRoom, room-over)
	}
}

// width is how many characters the JSON of the part has.
func (p Part) width() int {
	text, err := encode(p)
	if err != nil {
		return HardMaxChars + 1
	}
	return utf8.RuneCount(text)
}
