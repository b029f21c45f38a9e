package simulator

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// jiraBackend keeps issues and their comments in one project.
type jiraBackend struct {
	issues []*issue
	nextID int
}

type issue struct {
	id, key  string
	fields   object
	comments []object
}

const jiraSite = "https://harbourpine.atlassian.net/rest/api/3/"

func jiraUser() object {
	return object{
		"accountId": "712020:sim-robin", "accountType": "atlassian", "emailAddress": "robin@harbourpine.example",
		"displayName": "Robin Akers", "active": true, "timeZone": "Europe/Lisbon", "self": jiraSite + "user?accountId=712020:sim-robin",
	}
}

func jiraProject() object {
	return object{"id": "10001", "key": "SHOP", "name": "Web shop", "projectTypeKey": "software", "self": jiraSite + "project/10001"}
}

func (b *jiraBackend) reset() {
	b.issues, b.nextID = nil, 0
	at := time.Date(2025, time.November, 1, 9, 0, 0, 0, time.UTC)
	for i, summary := range []string{
		"Checkout button does nothing on old phones", "Search ignores umlauts", "Print pick lists in two columns",
		"Repair programme: form for customers", "Delivery date in the past", "Upgrade the label printer driver",
	} {
		it := b.add(object{"summary": summary, "labels": []any{"web"}}, at.Add(time.Duration(i)*26*time.Hour))
		it.fields["status"] = object{"name": []string{"To Do", "In Progress", "Done"}[i%3]}
	}
}

func (b *jiraBackend) add(fields object, at time.Time) *issue {
	b.nextID++
	it := &issue{id: fmt.Sprint(20_000 + b.nextID), key: fmt.Sprintf("SHOP-%d", b.nextID), fields: merged(object{
		"project": jiraProject(), "issuetype": object{"name": "Task"}, "status": object{"name": "To Do"}, "priority": object{"name": "Medium"},
		"description": nil, "labels": []any{}, "reporter": jiraUser(), "assignee": nil,
		"created": jiraTime(at), "updated": jiraTime(at),
	}, fields)}
	it.fields["project"] = jiraProject()
	b.issues = append(b.issues, it)
	return it
}

func jiraTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000-0700") }

func (it *issue) object() object {
	return object{"id": it.id, "key": it.key, "self": jiraSite + "issue/" + it.id, "expand": "renderedFields,names", "fields": it.fields}
}

func (b *jiraBackend) knows(actionID string) bool {
	return slices.Contains([]string{
		"searchForIssuesUsingJql", "getIssue", "createIssue", "editIssue", "deleteIssue", "getComments", "addComment", "searchProjects",
		"getCurrentUser",
	}, actionID)
}

func jiraError(status int, text string) providerReply {
	return notOK(status, object{"errorMessages": []string{text}, "errors": object{}})
}

func (b *jiraBackend) do(call providerCall) providerReply {
	if !call.accepted {
		return jiraError(http.StatusUnauthorized, "Client must be authenticated to access this resource.")
	}
	switch call.action {
	case "searchForIssuesUsingJql":
		return b.search(call)
	case "searchProjects":
		return fine(object{"self": jiraSite + "project/search", "maxResults": 50, "startAt": 0, "total": 1, "isLast": true, "values": []any{jiraProject()}})
	case "getCurrentUser":
		return fine(jiraUser())
	case "createIssue":
		return b.create(call)
	}
	i := slices.IndexFunc(b.issues, func(it *issue) bool {
		want := call.path["issueIdOrKey"]
		return it.id == want || it.key == want
	})
	if i < 0 {
		return jiraError(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.")
	}
	switch call.action {
	case "getIssue":
		return fine(b.issues[i].object())
	case "editIssue":
		it := b.issues[i]
		it.fields = merged(it.fields, asObject(call.object()["fields"]))
		it.fields["updated"] = jiraTime(call.now)
		return providerReply{status: http.StatusNoContent, body: nil, wrote: true}
	case "deleteIssue":
		b.issues = slices.Delete(b.issues, i, i+1)
		return providerReply{status: http.StatusNoContent, body: nil, wrote: true}
	case "addComment":
		return b.issues[i].comment(call)
	default:
		list := b.issues[i].comments
		return fine(object{"startAt": 0, "maxResults": 50, "total": len(list), "comments": append([]object{}, list...)})
	}
}

func (b *jiraBackend) create(call providerCall) providerReply {
	fields := asObject(call.object()["fields"])
	if text, isText := fields["summary"].(string); !isText || text == "" {
		return notOK(http.StatusBadRequest, object{"errorMessages": []string{}, "errors": object{"summary": "You must specify a summary of the issue."}})
	}
	if len(b.issues) >= maxRecords {
		return jiraError(http.StatusServiceUnavailable, "The simulated site is full.")
	}
	it := b.add(fields, call.now)
	return done(object{"id": it.id, "key": it.key, "self": jiraSite + "issue/" + it.id})
}

const maxComments = 100

func (it *issue) comment(call providerCall) providerReply {
	body := call.object()["body"]
	if body == nil {
		return notOK(http.StatusBadRequest, object{"errorMessages": []string{}, "errors": object{"comment": "Comment body can not be empty!"}})
	}
	if len(it.comments) >= maxComments {
		return jiraError(http.StatusServiceUnavailable, "The simulated issue holds no more comments.")
	}
	made := object{
		"id": fmt.Sprint(30_000 + len(it.comments)), "author": jiraUser(), "body": body,
		"created": jiraTime(call.now), "updated": jiraTime(call.now),
	}
	it.comments = append(it.comments, made)
	return done(made)
}

// search understands terms of project, status, key, text and summary joined by AND, and nothing more of Jira's language.
func (b *jiraBackend) search(call providerCall) providerReply {
	in := call.object()
	jql, _ := in["jql"].(string)
	jql, _, _ = strings.Cut(jql, "ORDER BY")
	known := regexp.MustCompile(`(?i)^\s*(project|status|key|text|summary)\s*(=|~)\s*"?([^"]*?)"?\s*$`)
	var terms [][]string
	for term := range strings.SplitSeq(jql, " AND ") {
		if strings.TrimSpace(term) == "" {
			continue
		}
		parts := known.FindStringSubmatch(term)
		if parts == nil {
			return jiraError(http.StatusBadRequest, fmt.Sprintf("Error in the JQL Query: the simulator does not understand '%s'.", term))
		}
		terms = append(terms, parts)
	}
	hits := []object{}
	for _, it := range slices.Backward(b.issues) {
		if !slices.ContainsFunc(terms, func(t []string) bool { return !it.fits(t[1], t[3]) }) {
			hits = append(hits, it.object())
		}
	}
	start, size := wholeNumber(in["startAt"], 0), within(wholeNumber(in["maxResults"], 50), 0, 100)
	return fine(object{"startAt": start, "maxResults": size, "total": len(hits), "issues": cut(hits, start, size)})
}

func (it *issue) fits(field, want string) bool {
	want = strings.ToLower(want)
	switch strings.ToLower(field) {
	case "project":
		return want == "shop" || want == "web shop"
	case "key":
		return strings.ToLower(it.key) == want
	case "status":
		name, _ := asObject(it.fields["status"])["name"].(string)
		return strings.ToLower(name) == want
	default:
		summary, _ := it.fields["summary"].(string)
		return strings.Contains(strings.ToLower(summary), want)
	}
}
