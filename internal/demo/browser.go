package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// maxPage bounds what is read of a page.
const maxPage = 1 << 20

// approve does in a browser's stead what the person does: it opens the link,
// presses Approve on the page that it leads to, and returns the title of the
// page where that ends.
func (s *session) approve(ctx context.Context, link string) (string, error) {
	consent, at, err := s.page(ctx, http.MethodGet, link, nil)
	if err != nil {
		return "", err
	}
	form := find(consent, func(n *html.Node) bool { return n.Data == "form" })
	if form == nil {
		return "", fmt.Errorf("the page at %s has no form", at.Host)
	}
	action, err := at.Parse(attribute(form, "action"))
	if err != nil {
		return "", fmt.Errorf("read where the form leads: %w", err)
	}
	values := url.Values{}
	collect(form, values)
	if values.Get("decision") != "approve" {
		return "", errors.New("the page has no button that approves")
	}
	end, _, err := s.page(ctx, http.MethodPost, action.String(), values)
	if err != nil {
		return "", err
	}
	title := find(end, func(n *html.Node) bool { return n.Data == "title" })
	if title == nil || title.FirstChild == nil {
		return "", errors.New("the last page has no title")
	}
	return title.FirstChild.Data, nil
}

func (s *session) page(ctx context.Context, method, address string, form url.Values) (*html.Node, *url.URL, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := s.browser.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }() // everything needed is read
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("%s answers %s", response.Request.URL.Host, response.Status)
	}
	node, err := html.Parse(io.LimitReader(response.Body, maxPage))
	return node, response.Request.URL, err
}

// find returns the first element that fits, in document order.
func find(n *html.Node, fits func(*html.Node) bool) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && fits(d) {
			return d
		}
	}
	return nil
}

// collect gathers what the form would send if Approve were pressed.
func collect(form *html.Node, into url.Values) {
	for n := range form.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		name, value := attribute(n, "name"), attribute(n, "value")
		switch kind := attribute(n, "type"); {
		case n.Data == "button" && value == "approve",
			n.Data == "input" && kind == "radio" && has(n, "checked"),
			n.Data == "input" && kind == "hidden":
			into.Set(name, value)
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
