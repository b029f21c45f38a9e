package notion

import "time"

// comment stands on a page or block, in a discussion.
type comment struct {
	id, discussion string
	parent         string // the node it is on
	author         string
	at             time.Time
	text           []any
}

const maxComments = 5_000

func (w *Workspace) commentObject(c *comment) object {
	parent := object{"type": "page_id", "page_id": c.parent}
	if w.nodes[c.parent].kind == kindBlock {
		parent = object{"type": "block_id", "block_id": c.parent}
	}
	return object{
		"object": "comment", "id": c.id, "parent": parent, "discussion_id": c.discussion,
		"created_time": stampText(c.at), "last_edited_time": stampText(c.at), "created_by": userRef(c.author),
		"rich_text":    c.text,
		"display_name": object{"type": "integration", "resolved_name": w.personByID(c.author).name},
		"attachments":  []any{},
	}
}

func (w *Workspace) listComments(a *ask) (object, error) {
	text, isText := a.Query["block_id"].(string)
	id, valid := canonicalID(text)
	if !isText || !valid {
		return nil, invalid("query failed validation: query.block_id should be a valid uuid, instead was `%s`.", short(a.Query["block_id"]))
	}
	n, err := w.find(a, "block", id, kindPage, kindBlock)
	if err != nil {
		return nil, err
	}
	win, err := a.queryWindow()
	if err != nil {
		return nil, err
	}
	var items []*comment
	for _, c := range w.comments {
		if c.parent == n.id {
			items = append(items, c)
		}
	}
	list, err := page(win, "comments"+n.id, items, func(c *comment) string { return c.id }, w.commentObject)
	if err != nil {
		return nil, err
	}
	list["type"], list["comment"] = "comment", object{}
	return list, nil
}

// createComment begins a discussion on a page, or adds to one by discussion_id.
func (w *Workspace) createComment(a *ask) (object, error) {
	text, err := readRichText("rich_text", a.body["rich_text"])
	if err != nil {
		return nil, err
	}
	if len(w.comments) >= maxComments {
		return nil, errFull()
	}
	c := &comment{author: w.bot(a).id, at: a.now, text: text}
	if discussion, isText := a.body["discussion_id"].(string); isText {
		if err := w.joinDiscussion(a, c, discussion); err != nil {
			return nil, err
		}
	} else {
		parent := asObject(a.body["parent"])
		given, isText := parent["page_id"].(string)
		if !isText {
			given, isText = parent["block_id"].(string)
		}
		id, valid := canonicalID(given)
		if !isText || !valid {
			return nil, invalid("body failed validation: body.parent.page_id should be a valid uuid, instead was `%s`.", short(parent["page_id"]))
		}
		n, err := w.find(a, "page", id, kindPage, kindBlock)
		if err != nil {
			return nil, err
		}
		c.parent, c.discussion = n.id, w.newID()
	}
	c.id = w.newID()
	w.comments = append(w.comments, c)
	return w.commentObject(c), nil
}

func (w *Workspace) joinDiscussion(a *ask, c *comment, discussion string) error {
	id, _ := canonicalID(discussion)
	for _, other := range w.comments {
		if other.discussion == id && w.visible(a, w.nodes[other.parent]) {
			c.parent, c.discussion = other.parent, other.discussion
			return nil
		}
	}
	return notFound("discussion", discussion)
}
