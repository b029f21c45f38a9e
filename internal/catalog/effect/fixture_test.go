package effect_test

import "github.com/alloy-mcp/alloy-mcp/alloy"

// actionWith is an action whose id and path say nothing.
func actionWith(method, name, description string) alloy.Action {
	return alloy.Action{ID: "frob", Path: "/frob", Method: method, DisplayName: name, Description: description}
}

func sqlParameter() []alloy.Parameter { return []alloy.Parameter{{Name: "sql", In: "query"}} }
