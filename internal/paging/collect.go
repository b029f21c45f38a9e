// Package paging follows the pages of a read: it finds out, from an action's
// arguments and from a result, how to ask for the next page, and puts the pages
// together within a budget. It does no I/O, and no link of a result is ever
// fetched: what a link says is passed on as arguments, by their names.
package paging

import (
	"context"
	"encoding/json"
	"hash/maphash"
	"slices"
	"time"
)

// Budget bounds what Collect gathers. A field that is 0 has its default.
type Budget struct {
	Items int           // of the list, default 10,000; the page that reaches it is kept whole
	Chars int           // of the pages' JSON as Fetch tells them, default 8 MiB
	Time  time.Duration // after which no further page is asked for, default 300 s
	Pages int           // default 200
}

func (b Budget) withDefaults() Budget {
	if b.Items <= 0 {
		b.Items = 10_000
	}
	if b.Chars <= 0 {
		b.Chars = 8 << 20
	}
	if b.Time <= 0 {
		b.Time = 300 * time.Second
	}
	if b.Pages <= 0 {
		b.Pages = 200
	}
	return b
}

// Reason says why no further page was asked for.
type Reason string

// The reasons.
const (
	End        Reason = "end"        // there is none
	Items      Reason = "items"      // the budget
	Characters Reason = "characters" // the budget
	Time       Reason = "time"       // the budget, or the context's deadline
	Pages      Reason = "pages"      // the budget
	Failed     Reason = "error"      // a page could not be had: Result.Err
	Loop       Reason = "loop"       // the app gave a page twice
	NoPaging   Reason = "no_paging"  // nothing says how to ask for a further page
)

// Fetch runs the action with the arguments and returns its decoded result, with
// numbers as json.Number, and how many characters its JSON has.
type Fetch func(ctx context.Context, args map[string]any) (result any, chars int, err error)

// Result is what Collect gathered.
type Result struct {
	// Value is the first page with the list of all pages in the place of its own and
	// without what led from page to page.
	Value any
	// List is the path of the list, as fields names it; empty where the value itself
	// is the list or where there is none.
	List string
	// Complete says that nothing is missing, as far as the app tells.
	Complete bool
	Reason   Reason
	// Detail is Reason in a sentence.
	Detail       string
	Pages, Items int
	// Next are the arguments of the page that was not gathered, nil if nobody knows.
	Next map[string]any
	// Err is why a further page failed.
	Err error
}

// Collect fetches the page of the arguments and those behind it. Only the first
// page's failure is an error: later, what was gathered is kept and Reason tells.
func Collect(ctx context.Context, plan *Plan, args map[string]any, budget Budget, fetch Fetch) (Result, error) {
	budget = budget.withDefaults()
	began := time.Now()
	first, chars, err := fetch(ctx, args)
	if err != nil {
		return Result{}, err
	}
	c := newCollection(first)
	c.full = plan.full(args, c.items)
	for {
		next, more, reason := plan.Next(args, c.last)
		if !more {
			return c.result(reason, plan), nil
		}
		c.next = next
		switch {
		case c.items >= budget.Items:
			return c.result(Items, plan), nil
		case c.pages >= budget.Pages:
			return c.result(Pages, plan), nil
		case chars >= budget.Chars:
			return c.result(Characters, plan), nil
		case time.Since(began) >= budget.Time || ctx.Err() != nil:
			return c.result(Time, plan), nil
		}
		page, n, err := fetch(ctx, next)
		if err != nil {
			c.err = err
			return c.result(Failed, plan), nil
		}
		if chars += n; chars > budget.Chars {
			return c.result(Characters, plan), nil
		}
		if !c.add(page) {
			return c.result(Loop, plan), nil
		}
		args = next
	}
}

// collection are the pages so far.
type collection struct {
	first, last any
	path        []string
	list        []any
	beside      map[string][]any // the other lists in the object that has the list
	full        bool             // the first page has as many records as were asked for
	seed        maphash.Seed
	seen        map[uint64]bool
	pages       int
	items       int
	next        map[string]any
	err         error
}

func newCollection(first any) *collection {
	c := &collection{first: first, last: first, seed: maphash.MakeSeed(), seen: make(map[uint64]bool), beside: make(map[string][]any), pages: 1}
	list, path, _ := mainList(first)
	c.path, c.list, c.items = path, list[:len(list):len(list)], len(list)
	c.besides(first)
	c.seen[c.hash(list)] = true
	return c
}

// add takes a page, unless an equal one was there.
func (c *collection) add(page any) bool {
	list, _ := at(page, c.path).([]any)
	if h := c.hash(list); len(list) > 0 {
		if c.seen[h] {
			return false
		}
		c.seen[h] = true
	}
	c.last = page
	c.list = append(c.list, list...)
	c.besides(page)
	c.pages++
	c.items += len(list)
	return true
}

// besides gathers what pages have in other lists beside the records, such as what
// JSON:API includes. A list that the first page has as well is no part of a whole.
func (c *collection) besides(page any) {
	if len(c.path) == 0 {
		return
	}
	above := c.path[:len(c.path)-1]
	around, _ := at(page, above).(map[string]any)
	first, _ := at(c.first, above).(map[string]any)
	for key, value := range around {
		list, ok := value.([]any)
		if !ok || key == c.path[len(c.path)-1] {
			continue
		}
		known, _ := first[key].([]any)
		if gathered, ok := c.beside[key]; !ok {
			c.beside[key] = slices.Clip(list)
		} else if c.hash(list) != c.hash(known) {
			c.beside[key] = append(gathered, list...)
		}
	}
}

func (c *collection) hash(list []any) uint64 {
	var h maphash.Hash
	h.SetSeed(c.seed)
	_ = json.NewEncoder(&h).Encode(list) // what was decoded can be encoded, and a hash never fails
	return h.Sum64()
}

func (c *collection) result(reason Reason, plan *Plan) Result {
	r := Result{
		Value: c.first, List: dotted(c.path), Reason: reason, Complete: reason == End,
		Pages: c.pages, Items: c.items, Err: c.err, Detail: details(reason),
	}
	switch reason {
	case Loop:
	case End:
		if plan.short {
			r.Detail = "All pages are here, if a page that is not full is the last one."
		}
	case NoPaging:
		switch {
		case plan.promisesMore(c.first):
			r.Detail = "The app says that there is more, but the action has no argument to ask for it."
		case c.full:
			r.Detail = "There are as many records as were asked for, so there may be more; the action has no argument to ask for them."
		default:
			r.Complete = true
		}
	default:
		r.Next = c.next
	}
	if c.pages > 1 || reason == End {
		r.Value = without(c.first, c.path, c.list)
		if above := at(r.Value, c.path[:max(len(c.path)-1, 0)]); len(c.path) > 0 {
			for key, list := range c.beside {
				above.(map[string]any)[key] = list // which without made anew
			}
		}
	}
	return r
}

func details(reason Reason) string {
	switch reason {
	case End:
		return "All pages are here."
	case Items:
		return "There are more items than are gathered at a time."
	case Characters:
		return "There is more text than is gathered at a time."
	case Time:
		return "The time for gathering pages was over before their end."
	case Pages:
		return "There are more pages than are gathered at a time."
	case Failed:
		return "A page failed; those before it are here."
	case Loop:
		return "The app gave the same page twice, so the rest cannot be had this way."
	case NoPaging:
		return "This action has no pages as far as its arguments and its result tell."
	}
	return ""
}
