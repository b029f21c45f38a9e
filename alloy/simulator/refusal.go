package simulator

import (
	"fmt"
	"html"
	"net/http"
)

// The error answers of Alloy. Shapes are observed unless a comment says guess; the
// HTTP status of most is unknown, so [Modes.Statuses] can change it.

// Names under which [Modes.Statuses] changes the HTTP status of an error.
const (
	StatusInvalidUser       = "INVALID_USER"
	StatusCredentialMissing = "CREDENTIAL_NOT_FOUND"
	StatusInvalidCredential = "INVALID_CREDENTIAL"
	StatusInvalidInput      = "INVALID_INPUT"
	StatusUnknownConnector  = "CONNECTOR_NOT_FOUND"
	StatusUnknownAction     = "ACTION_NOT_FOUND"
	StatusDuplicateUser     = "DUPLICATE_USER"
)

const errorSource = "CONNECTIVITY_API"

// cannotRoute is what Alloy says both to a wrong path and to a missing or unknown
// version header: Express's page inside JSON. The body is official, its status is inferred.
func cannotRoute(method, path string) reply {
	page := "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot " +
		html.EscapeString(method+" "+path) + "</pre>\n</body>\n</html>\n"
	return jsonReply(http.StatusNotFound, object{"errorHtml": page})
}

func badKey() reply {
	return jsonReply(http.StatusUnauthorized, object{"message": "Invalid Authorization"})
}

func (c *call) status(name string, fallback int) int {
	if s, found := c.modes.Statuses[name]; found {
		return s
	}
	return fallback
}

// unknownUser: status 400 is a guess (of the family of validation errors).
func (c *call) unknownUser(id string) reply {
	return wrapped(c.status(StatusInvalidUser, http.StatusBadRequest), "INVALID_USER", "User not found", object{"userId": id})
}

// credentialNotFound is the answer to an unknown id and to somebody else's alike. Status 400 is a guess.
func (c *call) credentialNotFound() reply {
	return wrapped(c.status(StatusCredentialMissing, http.StatusBadRequest), "INVALID_INPUT", "Credential not found", object{})
}

// credentialRevoked: status 400 is a guess.
func (c *call) credentialRevoked(id string) reply {
	return wrapped(c.status(StatusInvalidCredential, http.StatusBadRequest), "INVALID_CREDENTIAL",
		"Credential not found or has been revoked", object{"credentialId": id})
}

// problem is one detail of a validation error; the key "properties" is observed.
type problem struct {
	Properties string `json:"properties"`
	Message    string `json:"message"`
}

// invalidInput carries its details as an array, the other errors as an object (observed).
func (c *call) invalidInput(problems ...problem) reply {
	message := "Invalid input"
	if len(problems) > 0 {
		message = problems[0].Message
	}
	return wrapped(c.status(StatusInvalidInput, http.StatusBadRequest), "INVALID_INPUT", message, problems)
}

// authenticationNotFound has its code at the top and no "error" around it (observed); the message is a guess.
func authenticationNotFound(connectorID, authType string) reply {
	return jsonReply(http.StatusNotFound, object{
		"code":    "AUTHENTICATION_NOT_FOUND",
		"message": fmt.Sprintf("Authentication %s not found for connector %s", authType, connectorID),
	})
}

// connectorNotFound is a guess, made after authenticationNotFound.
func (c *call) connectorNotFound(id string) reply {
	return jsonReply(c.status(StatusUnknownConnector, http.StatusNotFound),
		object{"code": "CONNECTOR_NOT_FOUND", "message": fmt.Sprintf("Connector %s not found", id)})
}

// actionNotFound is a guess, made after authenticationNotFound.
func (c *call) actionNotFound(connectorID, id string) reply {
	return jsonReply(c.status(StatusUnknownAction, http.StatusNotFound),
		object{"code": "ACTION_NOT_FOUND", "message": fmt.Sprintf("Action %s not found for connector %s", id, connectorID)})
}

// simulatorFull is the simulator's own answer to more than it is willing to store.
func simulatorFull(what string) reply {
	return wrapped(http.StatusInsufficientStorage, "SIMULATOR_FULL", "the simulator holds no more "+what+"; reset it", object{})
}

func wrapped(status int, code, message string, details any) reply {
	return jsonReply(status, object{"error": object{
		"source": errorSource, "code": code, "message": message, "details": details,
	}})
}
