package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const controlPrefix = "/_sim/"

// serveControl serves the controls over HTTP; the package comment lists them.
func (s *Simulator) serveControl(w http.ResponseWriter, r *http.Request) {
	// A page in a browser must not work the controls: it cannot send this type without asking first, and
	// nothing here answers the question.
	if r.Method != http.MethodGet && r.ContentLength != 0 && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		controlError("send Content-Type: application/json").write(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCatalog))
	if err != nil {
		controlError("reading the body: " + err.Error()).write(w)
		return
	}
	c := &call{r: r, body: body, base: s.baseURL(r)}
	name := strings.TrimPrefix(r.URL.Path, controlPrefix)
	control, found := s.controls()[r.Method+" "+name]
	if !found {
		jsonReply(http.StatusNotFound, object{"error": "no such control: " + r.Method + " " + r.URL.Path}).write(w)
		return
	}
	answer, err := control(c)
	if err != nil {
		controlError(err.Error()).write(w)
		return
	}
	ok(answer).write(w)
}

func controlError(text string) reply { return jsonReply(http.StatusBadRequest, object{"error": text}) }

func (s *Simulator) controls() map[string]func(*call) (any, error) {
	return map[string]func(*call) (any, error){
		"GET info":         s.controlInfo,
		"GET journal":      func(*call) (any, error) { return object{"entries": s.Journal()}, nil },
		"GET writes":       func(*call) (any, error) { return s.Writes(), nil },
		"GET faults":       func(*call) (any, error) { return object{"faults": s.Faults()}, nil },
		"POST faults":      s.controlSetFaults,
		"DELETE faults":    func(*call) (any, error) { s.ClearFaults(); return object{}, nil },
		"GET modes":        func(*call) (any, error) { return s.Modes(), nil },
		"POST modes":       s.controlSetModes,
		"POST reset":       func(*call) (any, error) { s.Reset(); return object{}, nil },
		"POST users":       s.controlAddUser,
		"POST credentials": s.controlAddCredential,
		"POST revoke":      s.controlRevoke,
		"POST share":       s.controlShare,
		"POST catalogs":    func(c *call) (any, error) { return object{}, s.LoadCatalog(c.body) },
		"GET canaries":     func(*call) (any, error) { return object{"canaries": s.Canaries()}, nil },
	}
}

func (s *Simulator) controlInfo(c *call) (any, error) {
	info := object{"base_url": c.base}
	for name, a := range map[string]*Account{"production": s.Production(), "development": s.Development()} {
		info[name] = object{"api_key": a.APIKey(), "owner_id": a.OwnerID(), "user_id": a.UserID()}
	}
	data := object{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		if d, strict := s.providerData(id); strict {
			data[id] = d
		}
	}
	info["provider_data"] = data
	return info, nil
}

// controlSetFaults takes one fault or an array of them.
func (s *Simulator) controlSetFaults(c *call) (any, error) {
	var list []Fault
	if err := decodeStrict(c.body, &list); err != nil {
		var one Fault
		if err := decodeStrict(c.body, &one); err != nil {
			return nil, fmt.Errorf("a fault, or an array of faults: %w", err)
		}
		list = []Fault{one}
	}
	if err := s.SetFault(list...); err != nil {
		return nil, err
	}
	return object{"faults": s.Faults()}, nil
}

// controlSetModes changes the switches that the body names.
func (s *Simulator) controlSetModes(c *call) (any, error) {
	m := s.Modes()
	if err := json.Unmarshal(c.body, &m); err != nil {
		return nil, err
	}
	if err := s.SetModes(m); err != nil {
		return nil, err
	}
	return s.Modes(), nil
}

func (s *Simulator) controlAccount(kind string) (*Account, error) {
	switch kind {
	case "", "production":
		return s.Production(), nil
	case "development":
		return s.Development(), nil
	}
	return nil, fmt.Errorf("account %q is neither production nor development", kind)
}

func (s *Simulator) controlAddUser(c *call) (any, error) {
	var in struct {
		Account  string `json:"account"`
		Username string `json:"username"`
		FullName string `json:"full_name"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return nil, err
	}
	a, err := s.controlAccount(in.Account)
	if err != nil {
		return nil, err
	}
	id, err := a.AddUser(in.Username, in.FullName)
	return object{"user_id": id}, err
}

func (s *Simulator) controlAddCredential(c *call) (any, error) {
	var in struct {
		Account   string `json:"account"`
		UserID    string `json:"user_id"`
		Connector string `json:"connector"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return nil, err
	}
	a, err := s.controlAccount(in.Account)
	if err != nil {
		return nil, err
	}
	if in.UserID == "" {
		in.UserID = a.UserID()
	}
	id, err := a.AddCredential(in.UserID, in.Connector)
	return object{"credential_id": id}, err
}

func (s *Simulator) controlRevoke(c *call) (any, error) {
	var in struct {
		CredentialID string `json:"credential_id"`
		AtProvider   bool   `json:"at_provider"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return nil, err
	}
	if in.AtProvider {
		return object{}, s.RevokeAtProvider(in.CredentialID)
	}
	return object{}, s.Revoke(in.CredentialID)
}

func (s *Simulator) controlShare(c *call) (any, error) {
	var in struct {
		CredentialID string   `json:"credential_id"`
		Pages        []string `json:"pages"`
		Everything   bool     `json:"everything"`
	}
	if err := decodeStrict(c.body, &in); err != nil {
		return nil, err
	}
	if in.Everything {
		return object{}, s.ShareEverything(in.CredentialID)
	}
	return object{}, s.Share(in.CredentialID, in.Pages...)
}

var errNoCredential = errors.New("no such credential in either account")

// Revoke makes Alloy forget that a credential works, in either account: executing with it is answered INVALID_CREDENTIAL.
// It stays in the lists (a guess).
func (s *Simulator) Revoke(credentialID string) error {
	return s.change(credentialID, func(cr *credential) { cr.revoked = true })
}

// RevokeAtProvider makes the provider refuse a credential, in its own words, while Alloy knows nothing of it.
func (s *Simulator) RevokeAtProvider(credentialID string) error {
	return s.change(credentialID, func(cr *credential) { cr.revokedAtProvider = true })
}

// Share leaves a Notion credential only the given pages and databases, and what is below them. Without any it sees nothing,
// as when a person connects Notion and picks no page.
func (s *Simulator) Share(credentialID string, ids ...string) error {
	return s.change(credentialID, func(cr *credential) { cr.nothingShared, cr.sharedRoots = len(ids) == 0, ids })
}

// ShareEverything gives a Notion credential the whole team space again, the private pages excepted.
func (s *Simulator) ShareEverything(credentialID string) error {
	return s.change(credentialID, func(cr *credential) { cr.nothingShared, cr.sharedRoots = false, nil })
}

func (s *Simulator) change(credentialID string, f func(*credential)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range []*Account{s.production, s.develop} {
		if cr := a.credentials.byID(credentialID); cr != nil {
			f(cr)
			return nil
		}
	}
	return fmt.Errorf("%w: %q", errNoCredential, credentialID)
}
