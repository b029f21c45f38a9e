package simulator

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed pages/*.html
var pageFiles embed.FS

func parsePages() (*template.Template, error) {
	pages, err := template.ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("the simulator's pages: %w", err)
	}
	return pages, nil
}

// showConsent is the page on which a person approves or denies. It works without scripts; the form goes back to
// the address of the page itself, token included.
func (s *Simulator) showConsent(c *call, try attempt) reply {
	return s.render(http.StatusOK, "consent.html", object{
		"Connector": try.con.name, "User": try.user.display(), "Account": try.account.kind,
		"Next": try.redirect.Scheme + "://" + try.redirect.Host, "Pages": try.con.id == notionID,
		"Action": template.URL("?" + c.r.URL.Query().Encode()), //nolint:gosec // encoded just now
	})
}

func (s *Simulator) showProblem(status int, text string) reply {
	return s.render(status, "problem.html", object{"Text": text})
}

func (s *Simulator) render(status int, name string, data any) reply {
	var buf bytes.Buffer
	if err := s.consent.ExecuteTemplate(&buf, name, data); err != nil {
		return reply{status: http.StatusInternalServerError, contentType: "text/plain", body: []byte(err.Error())}
	}
	// No form-action: browsers apply it to the redirect that follows the form, which leaves this host.
	return reply{status: status, contentType: "text/html; charset=utf-8", body: buf.Bytes(), header: http.Header{
		"Content-Security-Policy": {"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"},
		"Referrer-Policy":         {"no-referrer"},
		"Cache-Control":           {"no-store"},
	}}
}
