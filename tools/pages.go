package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alloy-mcp/alloy-mcp/alloy"
	"github.com/alloy-mcp/alloy-mcp/internal/paging"
	"github.com/alloy-mcp/alloy-mcp/internal/shape"
	"github.com/alloy-mcp/alloy-mcp/schemas"
)

// pages tells how far the pages of a result were followed.
type pages struct {
	Count    int    `json:"count"`
	Items    int    `json:"items"`
	Complete bool   `json:"complete"` // nothing is missing, as far as the app tells
	Reason   string `json:"reason"`
	Detail   string `json:"detail,omitempty"`
	// Next are the arguments of the page that was not read.
	Next map[string]any `json:"next_arguments,omitempty"`
}

// pagesTime is how long the pages of a result may take.
const pagesTime = 300 * time.Second

// everyPage reads the page of the order and those behind it.
func (s *Set) everyPage(ctx context.Context, c *call, o *order) (alloy.ExecutionResult, error) {
	arguments, err := argumentsOf(o.schema.Schema())
	if err != nil {
		return alloy.ExecutionResult{}, err
	}
	fetch := func(ctx context.Context, args map[string]any) (any, int, error) {
		page, err := s.page(o, args)
		if err != nil {
			return nil, 0, err
		}
		result, err := s.send(ctx, page.user, page.account, page.run(nil))
		if err != nil {
			return nil, 0, err
		}
		value, err := shape.Decode(result.Data)
		if err != nil {
			return nil, 0, fmt.Errorf("read a page: %w", err)
		}
		return value, len(result.Data), nil
	}
	got, err := paging.Collect(ctx, paging.NewPlan(arguments), o.args, paging.Budget{Time: pagesTime}, fetch)
	if err != nil {
		return alloy.ExecutionResult{}, err
	}
	c.pages = &pages{Count: got.Pages, Items: got.Items, Complete: got.Complete, Reason: string(got.Reason), Detail: got.Detail, Next: got.Next}
	if got.Err != nil {
		c.pages.Detail += " " + describe(got.Err).Message
	}
	if text, err := marshal(got.Next); err != nil || len(text) > maxNext {
		c.pages.Next = nil
	}
	data, err := json.Marshal(got.Value)
	return alloy.ExecutionResult{Data: data}, err
}

// argumentsOf are the arguments of an action by name and type.
func argumentsOf(schema *schemas.Schema) ([]paging.Arg, error) {
	var shown struct {
		Properties map[string]struct {
			Type string `json:"type"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(schema.JSON(), &shown); err != nil {
		return nil, fmt.Errorf("read the action's schema: %w", err)
	}
	var arguments []paging.Arg
	for _, name := range schema.Properties() {
		arguments = append(arguments, paging.Arg{Name: name, Type: shown.Properties[name].Type})
	}
	return arguments, nil
}

// page is the order with other arguments, checked as the first was.
func (s *Set) page(o *order, args map[string]any) (*order, error) {
	page := *o
	checked, err := o.schema.Schema().Check(args)
	if err != nil {
		return nil, err
	}
	page.args = checked.Args
	if err := s.guard(&page); err != nil {
		return nil, err
	}
	parts, err := o.schema.Split(checked.Args)
	if err != nil {
		return nil, err
	}
	parts.AdditionalHeaders = o.parts.AdditionalHeaders
	page.parts = parts
	return &page, nil
}
