package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/alloy-mcp/alloy-mcp/tools"
)

// Library is what a server offers beside tools: resources to read, prompts to pick,
// and the ids that complete what a person types. Contexts carry the principal, as
// for [Tools].
type Library interface {
	Resources() []tools.Resource
	// CheckURI is an error unless the URI has the form of a resource. It asks nobody.
	CheckURI(uri string) error
	ReadResource(ctx context.Context, uri string) tools.Answer
	Prompts() []tools.Prompt
	// Complete returns at most a hundred ids, and how many there are.
	Complete(ctx context.Context, typed tools.Unfinished) (ids []string, total int)
}

// libraryOptions declare what the library has. Nothing of it changes while the
// server runs, so no notifications are promised.
func (s *Server) libraryOptions() []mcpserver.ServerOption {
	if s.library == nil {
		return nil
	}
	return []mcpserver.ServerOption{
		mcpserver.WithResourceCapabilities(false, false),
		mcpserver.WithPromptCapabilities(false),
		mcpserver.WithCompletions(),
		mcpserver.WithResourceCompletionProvider(completer{s}),
		mcpserver.WithPromptCompletionProvider(completer{s}),
		// What a resource tells may change at any time.
		mcpserver.WithMethodCacheHints(mcp.MethodResourcesRead, 0, mcp.CacheScopePrivate),
	}
}

const mimeJSON = "application/json"

func (s *Server) addLibrary() {
	if s.library == nil {
		return
	}
	for _, r := range s.library.Resources() {
		if r.IsTemplate() {
			template := mcp.NewResourceTemplate(r.URI, r.Name, mcp.WithTemplateTitle(r.Title),
				mcp.WithTemplateDescription(r.Description), mcp.WithTemplateMIMEType(mimeJSON))
			s.mcp.AddResourceTemplate(template, s.readResource)
			continue
		}
		resource := mcp.NewResource(r.URI, r.Name, mcp.WithResourceDescription(r.Description), mcp.WithMIMEType(mimeJSON))
		resource.Title = r.Title
		s.mcp.AddResource(resource, s.readResource)
	}
	s.prompts = s.library.Prompts()
	for _, p := range s.prompts {
		prompt := mcp.Prompt{Name: p.Name, Title: p.Title, Description: p.Description}
		for _, a := range p.Arguments {
			prompt.Arguments = append(prompt.Arguments, mcp.PromptArgument{Name: a.Name, Description: a.Description, Required: a.Required})
		}
		s.mcp.AddPrompt(prompt, func(_ context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			text := mcp.NewTextContent(p.Text(request.Params.Arguments))
			return mcp.NewGetPromptResult(p.Description, []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, text)}), nil
		})
	}
}

// errUnread stands in for what [said] tells the client.
var errUnread = errors.New("the resource could not be read")

// readResource reads one resource for the library.
func (s *Server) readResource(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Call)
	defer cancel()
	defer context.AfterFunc(s.hurrying, cancel)()
	uri, began := request.Params.URI, time.Now()
	answer := s.answerOf(ctx, "resource", "The resource", func() tools.Answer { return s.library.ReadResource(ctx, uri) })
	s.log.DebugContext(ctx, "resource read", "failed", answer.IsError, "duration", time.Since(began))
	var text bytes.Buffer
	if err := json.Compact(&text, answer.JSON); err != nil {
		answer = s.failure(&tools.Error{Code: tools.CodeInternal, Message: "The resource could not be read.", Hint: "Try again."})
	}
	if failed := answer.Err(); failed != nil {
		if words, ok := ctx.Value(saidKey{}).(*said); ok {
			words.what.Store(notRead(words.modern, uri, failed))
		}
		return nil, errUnread
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: mimeJSON, Text: text.String()}}, nil
}

// completer offers ids to clients that complete what a person types.
type completer struct{ server *Server }

// CompletePromptArgument completes an argument of a prompt.
func (c completer) CompletePromptArgument(ctx context.Context, name string, argument mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	return c.complete(ctx, name, argument, given), nil
}

// CompleteResourceArgument completes a variable of a URI template.
func (c completer) CompleteResourceArgument(ctx context.Context, uri string, argument mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	return c.complete(ctx, uri, argument, given), nil
}

func (c completer) complete(ctx context.Context, of string, argument mcp.CompleteArgument, given mcp.CompleteContext) (done *mcp.Completion) {
	defer func() {
		if cause := recover(); cause != nil {
			_ = c.server.crashed(ctx, "completion", of, cause)
			done = &mcp.Completion{}
		}
	}()
	ids, total := c.server.library.Complete(ctx, tools.Unfinished{Of: of, Argument: argument.Name, Typed: argument.Value, Others: given.Arguments})
	return &mcp.Completion{Values: ids, Total: total, HasMore: total > len(ids)}
}

// unread is why a request for a resource reaches nobody, "" where it does.
func (s *Server) unread(uri string) string {
	if uri == "" {
		return "params.uri must be the URI of a resource: resources/list and resources/templates/list show them"
	}
	if err := s.library.CheckURI(uri); err != nil {
		return err.Error()
	}
	return ""
}

// unpicked is why a request for a prompt reaches nobody.
func (s *Server) unpicked(name string, given map[string]string) string {
	i := slices.IndexFunc(s.prompts, func(p tools.Prompt) bool { return p.Name == name })
	if i < 0 {
		return "there is no prompt " + quote([]byte(name)) + ": prompts/list shows those there are"
	}
	for _, a := range s.prompts[i].Arguments {
		if a.Required && given[a.Name] == "" {
			return fmt.Sprintf("the prompt %s needs the argument %s: %s", name, a.Name, a.Description)
		}
	}
	return ""
}

// uncompleted is why a completion reaches nobody: what it is for does not exist.
func (s *Server) uncompleted(ref any) string {
	switch ref := ref.(type) {
	case mcp.PromptReference:
		if slices.ContainsFunc(s.prompts, func(p tools.Prompt) bool { return p.Name == ref.Name }) {
			return ""
		}
		return "there is no prompt " + quote([]byte(ref.Name)) + ": prompts/list shows those there are"
	case mcp.ResourceReference:
		if slices.ContainsFunc(s.library.Resources(), func(r tools.Resource) bool { return r.URI == ref.URI }) {
			return ""
		}
		return "there is no resource template " + quote([]byte(ref.URI)) + ": resources/templates/list shows those there are"
	}
	return "params.ref must be a ref/prompt or a ref/resource"
}
