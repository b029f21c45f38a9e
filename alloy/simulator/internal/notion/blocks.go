package notion

import (
	"maps"
	"slices"
)

// textBlocks are the block types that hold rich text, plainBlocks the others that can be written.
func textBlocks() []string {
	return []string{
		"paragraph", "heading_1", "heading_2", "heading_3", "bulleted_list_item", "numbered_list_item", "to_do", "toggle",
		"quote", "callout", "code",
	}
}

func plainBlocks() []string {
	return []string{"divider", "bookmark", "embed", "image", "table_of_contents"}
}

// blockInPath finds a block; every page and database is one too.
func (w *Workspace) blockInPath(a *ask) (*node, error) {
	id, err := a.pathID("block_id")
	if err != nil {
		return nil, err
	}
	return w.find(a, "block", id, kindBlock, kindPage, kindDatabase)
}

func (w *Workspace) retrieveBlock(a *ask) (object, error) {
	n, err := w.blockInPath(a)
	if err != nil {
		return nil, err
	}
	return w.blockObject(a, n), nil
}

func (w *Workspace) blockChildren(a *ask) (object, error) {
	n, err := w.blockInPath(a)
	if err != nil {
		return nil, err
	}
	win, err := a.queryWindow()
	if err != nil {
		return nil, err
	}
	var items []*node
	if n.kind != kindDatabase { // rows are no blocks of their database
		items = w.livingChildren(n)
	}
	list, err := page(win, "children"+n.id, items, func(n *node) string { return n.id },
		func(child *node) object { return w.blockObject(a, child) })
	if err != nil {
		return nil, err
	}
	list["type"], list["block"] = "block", object{}
	return list, nil
}

func (w *Workspace) appendBlocks(a *ask) (object, error) {
	n, err := w.blockInPath(a)
	if err != nil {
		return nil, err
	}
	if n.kind == kindDatabase {
		return nil, invalid("Block does not support children.")
	}
	if w.inTrash(n) {
		return nil, invalid("Can't edit block that is archived. You must unarchive the block before editing.")
	}
	if a.body["children"] == nil {
		return nil, invalid("body failed validation: body.children should be defined, instead was `undefined`.")
	}
	blocks, err := w.readBlocks(a, "children", a.body["children"], n.id, 2)
	if err != nil {
		return nil, err
	}
	index := -1
	if after, isText := a.body["after"].(string); isText {
		id, _ := canonicalID(after)
		at := slices.Index(n.children, id)
		if at < 0 {
			return nil, invalid("The block to append after, %s, is not a child of the parent block.", short(after))
		}
		index = at + 1
	}
	if err := w.plantBlocks(blocks, n, index); err != nil {
		return nil, err
	}
	w.touch(a, n)
	results := make([]any, 0, len(blocks))
	for _, b := range blocks {
		results = append(results, w.blockObject(a, b.node))
	}
	return object{
		"object": "list", "results": results, "next_cursor": nil, "has_more": false, "type": "block", "block": object{},
	}, nil
}

// seedling is a block that was read and not yet planted.
type seedling struct {
	node     *node
	children []seedling
}

// readBlocks reads the blocks of a request, at most levels deep.
func (w *Workspace) readBlocks(a *ask, path string, given any, parent string, levels int) ([]seedling, error) {
	if given == nil {
		return nil, nil
	}
	list, isList := given.([]any)
	if !isList {
		return nil, invalid("body failed validation: body.%s should be an array, instead was `%s`.", path, short(given))
	}
	if len(list) > maxArray {
		return nil, tooLong(path, len(list))
	}
	if levels == 0 && len(list) > 0 {
		return nil, invalid("body failed validation: body.%s is nested too deeply.", path)
	}
	var out []seedling
	for i, item := range list {
		at := path + "[" + quoted(i) + "]"
		in := asObject(item)
		kind, content, err := readContent(at, in)
		if err != nil {
			return nil, err
		}
		n := w.stamp(a, kindBlock, parent)
		n.blockType, n.content = kind, content
		nested := asObject(in[kind])["children"]
		if nested == nil {
			nested = in["children"]
		}
		children, err := w.readBlocks(a, at+"."+kind+".children", nested, n.id, levels-1)
		if err != nil {
			return nil, err
		}
		out = append(out, seedling{n, children})
	}
	return out, nil
}

// plantBlocks inserts blocks under a parent from index on; -1 means at the end.
func (w *Workspace) plantBlocks(blocks []seedling, parent *node, index int) error {
	for i, b := range blocks {
		b.node.parent = parent.id
		at := -1
		if index >= 0 {
			at = index + i
		}
		if err := w.insert(b.node, at); err != nil {
			return err
		}
		if err := w.plantBlocks(b.children, b.node, -1); err != nil {
			return err
		}
	}
	return nil
}

// readContent finds the type of a block and completes what stands under it.
func readContent(path string, in object) (string, object, error) {
	kind := ""
	for _, candidate := range append(textBlocks(), plainBlocks()...) {
		if _, has := in[candidate]; has {
			kind = candidate
		}
	}
	if kind == "" || (in["type"] != nil && in["type"] != kind) {
		return "", nil, invalid("body failed validation: body.%s should hold a block of a known type under the type's name, one of %s.",
			path, quoted(append(textBlocks(), plainBlocks()...)))
	}
	content, err := completeContent(path+"."+kind, kind, asObject(in[kind]), object{})
	return kind, content, err
}

// completeContent writes given over old and fills in what Notion fills in.
func completeContent(path, kind string, given, old object) (object, error) {
	out := object{}
	maps.Copy(out, old)
	for key, value := range given {
		if key != "children" && key != "rich_text" {
			out[key] = value
		}
	}
	if !slices.Contains(textBlocks(), kind) {
		return out, nil
	}
	if raw, has := given["rich_text"]; has || len(old) == 0 {
		rich, err := readRichText(path+".rich_text", raw)
		if err != nil {
			return nil, err
		}
		out["rich_text"] = rich
	}
	defaults := object{"color": "default"}
	switch kind {
	case "heading_1", "heading_2", "heading_3":
		defaults["is_toggleable"] = false
	case "to_do":
		defaults["checked"] = false
	case "code":
		defaults = object{"language": "plain text", "caption": []any{}}
	case "callout":
		defaults["icon"] = nil
	}
	for key, value := range defaults {
		if _, has := out[key]; !has {
			out[key] = value
		}
	}
	return out, nil
}

func (w *Workspace) updateBlock(a *ask) (object, error) {
	n, err := w.blockInPath(a)
	if err != nil {
		return nil, err
	}
	change := *n
	if err := a.readTrash(&change); err != nil {
		return nil, err
	}
	for _, candidate := range append(textBlocks(), plainBlocks()...) {
		given, has := a.body[candidate]
		if !has {
			continue
		}
		if candidate != n.blockType {
			return nil, invalid("The block is of type %s; a block cannot change its type.", quoted(n.blockType))
		}
		if change.content, err = completeContent(candidate, candidate, asObject(given), n.content); err != nil {
			return nil, err
		}
	}
	*n = change
	w.touch(a, n)
	return w.blockObject(a, n), nil
}

// deleteBlock moves a block, page or database to the trash.
func (w *Workspace) deleteBlock(a *ask) (object, error) {
	n, err := w.blockInPath(a)
	if err != nil {
		return nil, err
	}
	n.trashed = true
	w.touch(a, n)
	return w.blockObject(a, n), nil
}
