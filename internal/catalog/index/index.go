// Package index finds actions by what people and models say they want to do. It
// knows the words of business software in a dozen languages, the names of apps,
// and how people misspell; and it says when nothing fits.
//
// It holds no state but the index itself, does no I/O and knows nothing of Alloy
// or MCP.
package index

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

// App is an app whose actions are in the index.
type App struct {
	ID, Name   string
	Aliases    []string // other names that people use
	Categories []string // such as "crm"
}

// Doc is one action.
type Doc struct {
	ConnectorID, ActionID string
	Name                  string // a short title
	Group                 string // the resource that it stands in
	Description           string
	Parameters            []string
	Effect                string // read, write, destructive, or nothing where it is not known
}

// Bounds on what is read of a document, in words.
const (
	maxNameWords        = 40
	maxDescriptionWords = 60
	maxParameters       = 60
	maxScanned          = 4_000 // bytes of one text
)

// The fields of a document, as bits.
const (
	inName uint8 = 1 << iota
	inGroup
	inDescription
	inParameters
	inVerb
)

// Index finds actions. It does not change once built and may be used by several
// goroutines at once.
type Index struct {
	lexicon *lexicon
	docs    []document
	byID    map[string][]int32 // by the action's id in small letters
	apps    []app
	appOf   map[string]int // by connector id
	named   map[string][]namedApp
	spelt   []speltName // of the apps of the index, to find misspelt ones
	// classTerms are the terms of the classes of verbs, -1 for one that no document has.
	classTerms [maxClasses]int32
	terms      map[string]int32
	posts      [][]posting
	rare       []float32       // by term
	names      map[string]bool // stems that stand in names
	things     map[string]bool // those of them that are nouns there
	words      vocabulary
	scratch    sync.Pool
}

type app struct {
	App
	from, to int32 // its documents
}

type document struct {
	connector, action string
	app               int32
	terms             []docTerm // sorted by term
	nouns             []int32   // the terms of its name that are no verbs
	verbs             []docVerb
	effect            string
	flags             uint16
}

type docTerm struct {
	term   int32
	weight float32 // how much the document is about it, at most 1
	fields uint8
}

type docVerb struct {
	class  class
	weight float32
}

type posting struct {
	doc    int32
	weight float32
}

// Build indexes docs. Documents of apps that are not in apps are found too, by
// their connector's id.
func Build(apps []App, docs []Doc) (*Index, error) {
	lexicon, err := readLexicon()
	if err != nil {
		return nil, err
	}
	ix := &Index{lexicon: lexicon, byID: make(map[string][]int32, len(docs)), appOf: map[string]int{}, terms: map[string]int32{}, names: map[string]bool{}, things: map[string]bool{}}
	order := sorted(docs)
	ix.addApps(apps, docs, order)
	b := newBuilder(ix)
	ix.docs = make([]document, 0, len(docs))
	for _, i := range order {
		b.add(&docs[i])
	}
	b.finish()
	for i, d := range ix.docs {
		id := strings.ToLower(d.action)
		ix.byID[id] = append(ix.byID[id], int32(i))
	}
	ix.nameApps()
	ix.scratch.New = func() any { return &scratch{} }
	return ix, nil
}

// Len is the number of actions in the index.
func (ix *Index) Len() int { return len(ix.docs) }

// sorted orders documents by connector and id, and leaves out those that say the
// same id twice.
func sorted(docs []Doc) []int {
	order := make([]int, len(docs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(strings.Compare(docs[a].ConnectorID, docs[b].ConnectorID), strings.Compare(docs[a].ActionID, docs[b].ActionID))
	})
	return slices.CompactFunc(order, func(a, b int) bool {
		return docs[a].ConnectorID == docs[b].ConnectorID && docs[a].ActionID == docs[b].ActionID
	})
}

func (ix *Index) addApps(apps []App, docs []Doc, order []int) {
	for _, a := range apps {
		if _, twice := ix.appOf[a.ID]; !twice {
			ix.appOf[a.ID] = len(ix.apps)
			ix.apps = append(ix.apps, app{App: a})
		}
	}
	for _, i := range order {
		id := docs[i].ConnectorID
		if _, known := ix.appOf[id]; !known {
			ix.appOf[id] = len(ix.apps)
			ix.apps = append(ix.apps, app{App: App{ID: id, Name: id}})
		}
	}
	for at, i := range order {
		a := &ix.apps[ix.appOf[docs[i].ConnectorID]]
		if a.from == a.to {
			a.from = int32(at)
		}
		a.to = int32(at) + 1
	}
}

// rarity is the weight of a term that stands in n of all documents.
func rarity(n, all int) float32 {
	if n == 0 {
		n = 1
	}
	return float32(math.Log(1 + (float64(all)-float64(n)+0.5)/(float64(n)+0.5)))
}
