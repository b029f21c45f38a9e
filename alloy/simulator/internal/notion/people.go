package notion

// person is a member of the workspace, or a bot.
type person struct {
	id, name, email, handle string
	bot                     bool
}

const workspaceName = "Harbour & Pine"

// bot is the integration that the caller acts as. There is one for all callers.
func (w *Workspace) bot(*ask) *person { return w.people[len(w.people)-1] }

func (w *Workspace) personByID(id string) *person {
	for _, p := range w.people {
		if p.id == id {
			return p
		}
	}
	return nil
}

func (w *Workspace) personByHandle(handle string) *person {
	for _, p := range w.people {
		if p.handle == handle {
			return p
		}
	}
	return w.people[0]
}

func (w *Workspace) userObjectByID(id string) object {
	if p := w.personByID(id); p != nil {
		return p.object()
	}
	return userRef(id)
}

func (p *person) object() object {
	o := object{"object": "user", "id": p.id, "name": p.name, "avatar_url": nil}
	if p.bot {
		o["type"] = "bot"
		o["bot"] = object{
			"owner":          object{"type": "workspace", "workspace": true},
			"workspace_name": workspaceName,
		}
		return o
	}
	o["type"] = "person"
	o["person"] = object{"email": p.email}
	return o
}

func (w *Workspace) listUsers(a *ask) (object, error) {
	win, err := a.queryWindow()
	if err != nil {
		return nil, err
	}
	list, err := page(win, "users", w.people, func(p *person) string { return p.id }, (*person).object)
	if err != nil {
		return nil, err
	}
	list["type"], list["user"] = "user", object{}
	return list, nil
}

func (w *Workspace) retrieveUser(a *ask) (object, error) {
	if a.Path["user_id"] == "me" {
		return w.retrieveSelf(a)
	}
	id, err := a.pathID("user_id")
	if err != nil {
		return nil, err
	}
	p := w.personByID(id)
	if p == nil {
		return nil, notFound("user", id)
	}
	return p.object(), nil
}

func (w *Workspace) retrieveSelf(a *ask) (object, error) { return w.bot(a).object(), nil }
