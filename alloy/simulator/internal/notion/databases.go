package notion

func (w *Workspace) databaseInPath(a *ask) (*node, error) {
	id, err := a.pathID("database_id")
	if err != nil {
		return nil, err
	}
	return w.find(a, "database", id, kindDatabase)
}

func (w *Workspace) dataSourceInPath(a *ask) (*node, error) {
	if err := a.need(true); err != nil {
		return nil, err
	}
	id, err := a.pathID("data_source_id")
	if err != nil {
		return nil, err
	}
	return w.findDataSource(a, id)
}

func (w *Workspace) retrieveDatabase(a *ask) (object, error) {
	n, err := w.databaseInPath(a)
	if err != nil {
		return nil, err
	}
	return w.databaseObject(a, n), nil
}

func (w *Workspace) retrieveDataSource(a *ask) (object, error) {
	n, err := w.dataSourceInPath(a)
	if err != nil {
		return nil, err
	}
	return w.dataSourceObject(n), nil
}

// createDatabase makes a database on a page. Since 2025-09-03 the schema stands under initial_data_source; the
// old place is taken as well.
func (w *Workspace) createDatabase(a *ask) (object, error) {
	parent, err := w.parentInBody(a)
	if err != nil {
		return nil, err
	}
	if parent == nil || parent.kind != kindPage {
		return nil, invalid("body failed validation: body.parent should be a page.")
	}
	properties := a.body["properties"]
	if source := asObject(a.body["initial_data_source"]); source != nil {
		properties = source["properties"]
	}
	n := w.stamp(a, kindDatabase, parent.id)
	n.dataSource = w.newID()
	n.title, n.description = []any{}, []any{}
	if n.props, err = readSchema(n.id, object{}, asObject(properties)); err != nil {
		return nil, err
	}
	if err := w.readDatabaseTexts(a, n); err != nil {
		return nil, err
	}
	if err := w.insert(n, -1); err != nil {
		return nil, err
	}
	return w.databaseObject(a, n), nil
}

func (w *Workspace) updateDatabase(a *ask) (object, error) {
	n, err := w.databaseInPath(a)
	if err != nil {
		return nil, err
	}
	if err := w.changeDatabase(a, n); err != nil {
		return nil, err
	}
	return w.databaseObject(a, n), nil
}

func (w *Workspace) updateDataSource(a *ask) (object, error) {
	n, err := w.dataSourceInPath(a)
	if err != nil {
		return nil, err
	}
	if err := w.changeDatabase(a, n); err != nil {
		return nil, err
	}
	return w.dataSourceObject(n), nil
}

// changeDatabase applies title, description, properties and trash, all or none.
func (w *Workspace) changeDatabase(a *ask, n *node) error {
	change := *n
	if given := asObject(a.body["properties"]); given != nil {
		schema, err := readSchema(n.id, n.props, given)
		if err != nil {
			return err
		}
		change.props = schema
	}
	if err := w.readDatabaseTexts(a, &change); err != nil {
		return err
	}
	if err := a.readTrash(&change); err != nil {
		return err
	}
	w.renameColumns(n, change.props)
	*n = change
	w.touch(a, n)
	return nil
}

// renameColumns moves the values of rows to the new names of their columns and drops those of lost ones.
func (w *Workspace) renameColumns(n *node, schema object) {
	names := map[any]string{} // by column id
	for name, s := range schema {
		names[asObject(s)["id"]] = name
	}
	for _, id := range n.children {
		row := w.nodes[id]
		values := object{}
		for _, value := range row.props {
			if name, kept := names[asObject(value)["id"]]; kept {
				values[name] = value
			}
		}
		row.props = values
	}
}

func (w *Workspace) readDatabaseTexts(a *ask, n *node) (err error) {
	if given, isGiven := a.body["title"]; isGiven && given != nil {
		if n.title, err = readRichText("title", given); err != nil {
			return err
		}
		n.indexed = a.now.Add(a.IndexDelay)
	}
	if given, isGiven := a.body["description"]; isGiven && given != nil {
		n.description, err = readRichText("description", given)
	}
	return err
}

func (w *Workspace) queryDatabase(a *ask) (object, error) {
	if err := a.need(false); err != nil {
		return nil, err
	}
	n, err := w.databaseInPath(a)
	if err != nil {
		return nil, err
	}
	return w.query(a, n, "page_or_database")
}

func (w *Workspace) queryDataSource(a *ask) (object, error) {
	n, err := w.dataSourceInPath(a)
	if err != nil {
		return nil, err
	}
	return w.query(a, n, "page_or_data_source")
}

// query lists the rows of a database that pass the filter, sorted. Without sorts they
// come in the order in which they stand.
func (w *Workspace) query(a *ask, n *node, typeName string) (object, error) {
	win, err := a.bodyWindow()
	if err != nil {
		return nil, err
	}
	passes, err := w.readFilter(n, a.body["filter"], 0)
	if err != nil {
		return nil, err
	}
	order, err := w.readSorts(n, a.body["sorts"])
	if err != nil {
		return nil, err
	}
	inTrash := a.body["in_trash"] == true || a.body["archived"] == true
	var rows []*node
	for _, id := range n.children {
		if row := w.nodes[id]; row.trashed == inTrash && passes(row) {
			rows = append(rows, row)
		}
	}
	order(rows)
	question := "query" + n.id + quoted(a.body["filter"]) + quoted(a.body["sorts"])
	list, err := page(win, question, rows, func(row *node) string { return row.id },
		func(row *node) object { return a.onlyProperties(w.pageObject(a, row)) })
	if err != nil {
		return nil, err
	}
	list["type"], list[typeName] = typeName, object{}
	return list, nil
}
