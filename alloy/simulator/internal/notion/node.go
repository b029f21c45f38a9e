package notion

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
)

// kind is what a node is. Pages and databases also occur as blocks of their parent.
type kind int

const (
	kindPage kind = iota
	kindDatabase
	kindBlock
)

// node is a page, a database or a block; parent is "" at the top of the workspace.
type node struct {
	id       string
	kind     kind
	parent   string
	children []string // in order: blocks, pages, databases; the rows of a database

	created, edited     time.Time
	createdBy, editedBy string
	trashed             bool
	indexed             time.Time // found by search from then on
	private             bool      // top level only: nobody shared it

	icon, cover any
	title       []any  // of a database
	description []any  // of a database
	dataSource  string // of a database: its one data source
	props       object // of a page: values by name; of a database: the schema by name

	blockType string
	content   object // of a block: what stands under its type
}

// newID makes the next id in the form of a UUID.
func (w *Workspace) newID() string {
	w.made++
	buf := binary.BigEndian.AppendUint64([]byte("notion\x00"), w.opts.Seed)
	buf = binary.BigEndian.AppendUint64(buf, w.made)
	sum := sha256.Sum256(buf)
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

var uuidPattern = regexp.MustCompile(`^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)

// canonicalID gives an id its dashes; Notion takes ids with and without.
func canonicalID(id string) (string, bool) {
	id = strings.ToLower(id)
	if !uuidPattern.MatchString(id) {
		return "", false
	}
	h := strings.ReplaceAll(id, "-", "")
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], true
}

// pathID reads an id from the path parameters.
func (a *ask) pathID(name string) (string, error) {
	text, isText := a.Path[name].(string)
	id, valid := canonicalID(text)
	if !isText || !valid {
		return "", invalid("path failed validation: path.%s should be a valid uuid, instead was `%s`.", name, quoted(a.Path[name]))
	}
	return id, nil
}

// insert places n under its parent; index -1 means last.
func (w *Workspace) insert(n *node, index int) error {
	if len(w.nodes) >= maxNodes {
		return errFull()
	}
	w.nodes[n.id] = n
	list := &w.roots
	if n.parent != "" {
		list = &w.nodes[n.parent].children
	}
	if index < 0 || index > len(*list) {
		index = len(*list)
	}
	*list = slices.Insert(*list, index, n.id)
	return nil
}

// detach takes n out of its parent's list.
func (w *Workspace) detach(n *node) {
	list := &w.roots
	if n.parent != "" {
		list = &w.nodes[n.parent].children
	}
	*list = slices.DeleteFunc(*list, func(id string) bool { return id == n.id })
}

// stamp makes a fresh node of the caller's, edited now.
func (w *Workspace) stamp(a *ask, k kind, parent string) *node {
	bot := w.bot(a).id
	return &node{
		id: w.newID(), kind: k, parent: parent, created: a.now, edited: a.now, createdBy: bot, editedBy: bot,
		indexed: a.now.Add(a.IndexDelay),
	}
}

// touch marks n, and the page it stands on, as edited by the caller.
func (w *Workspace) touch(a *ask, n *node) {
	bot := w.bot(a).id
	for {
		n.edited, n.editedBy = a.now, bot
		if n.kind != kindBlock || n.parent == "" {
			return
		}
		n = w.nodes[n.parent]
	}
}

// visible reports whether the caller may see n: one of its ancestors, or it itself, is shared.
func (w *Workspace) visible(a *ask, n *node) bool {
	if a.Nothing {
		return false
	}
	for {
		if len(a.Roots) > 0 && slices.ContainsFunc(a.Roots, func(root string) bool {
			id, valid := canonicalID(root)
			return valid && (id == n.id || (n.dataSource != "" && id == n.dataSource))
		}) {
			return true
		}
		if n.parent == "" {
			return len(a.Roots) == 0 && !n.private
		}
		n = w.nodes[n.parent]
	}
}

// inTrash reports whether n or anything above it was deleted.
func (w *Workspace) inTrash(n *node) bool {
	for {
		if n.trashed {
			return true
		}
		if n.parent == "" {
			return false
		}
		n = w.nodes[n.parent]
	}
}

// find returns a node of the caller's; what names it in the error. Databases answer to the id of
// their data source where the caller's version knows those.
func (w *Workspace) find(a *ask, what, id string, kinds ...kind) (*node, error) {
	n := w.nodes[id]
	if n == nil || !slices.Contains(kinds, n.kind) || !w.visible(a, n) {
		return nil, notFound(what, id)
	}
	return n, nil
}

func (w *Workspace) findDataSource(a *ask, id string) (*node, error) {
	for _, n := range w.nodes {
		if n.kind == kindDatabase && n.dataSource == id && w.visible(a, n) {
			return n, nil
		}
	}
	return nil, notFound("data source", id)
}

// walk visits every node in order: a page before what is on it.
func (w *Workspace) walk(visit func(*node)) {
	var down func([]string)
	down = func(ids []string) {
		for _, id := range ids {
			n := w.nodes[id]
			visit(n)
			down(n.children)
		}
	}
	down(w.roots)
}
