package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxPage bounds what is read of a page.
const maxPage = 1 << 20

// approve does in a browser's stead what the person does: it opens the link,
// presses Continue on our page and Approve on the one where that leads, and
// returns the title of the page where it ends.
func (s *session) approve(ctx context.Context, link string) (string, error) {
	if _, _, err := s.page(ctx, http.MethodGet, link, nil); err != nil {
		return "", err
	}
	consent, at, err := s.page(ctx, http.MethodPost, link, url.Values{"choice": {"accept"}})
	if err != nil {
		return "", err
	}
	if !strings.Contains(consent, `name="decision" value="approve"`) {
		return "", fmt.Errorf("the page at %s has no button to approve", at.Host)
	}
	end, _, err := s.page(ctx, http.MethodPost, at.String(), url.Values{"decision": {"approve"}, "pages": {"all"}})
	if err != nil {
		return "", err
	}
	_, rest, found := strings.Cut(end, "<title>")
	title, _, closed := strings.Cut(rest, "</title>")
	if !found || !closed {
		return "", errors.New("the last page has no title")
	}
	title, _, _ = strings.Cut(title, " · ")
	return title, nil
}

// page loads a page, redirects followed, and returns it with its address.
func (s *session) page(ctx context.Context, method, address string, form url.Values) (string, *url.URL, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", nil, err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := s.browser.Do(request)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = response.Body.Close() }() // everything needed is read
	if response.StatusCode != http.StatusOK {
		return "", nil, fmt.Errorf("%s answers %s", response.Request.URL.Host, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxPage))
	return string(text), response.Request.URL, err
}
