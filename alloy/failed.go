package alloy

import (
	"errors"
	"net/http"
	"slices"
)

// asError returns the *Error in err, or nil.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// statusIs reports whether err is Alloy's refusal with one of the statuses.
func statusIs(err error, statuses ...int) bool {
	e := asError(err)
	return e != nil && slices.Contains(statuses, e.Status)
}

// elsewhere reports whether a refused list may be found under another path:
// no such route, or one that this key may not use. A 401 is about the key, so
// nothing else is tried.
func elsewhere(err error) bool {
	e := asError(err)
	if e == nil {
		return false
	}
	switch e.Kind {
	case KindRoute:
		return e.Status >= 400 || e.Status >= 200 && e.Status < 300
	case KindForbidden:
		return true
	case KindNotFound:
		return e.Status == http.StatusNotFound
	}
	return false
}
