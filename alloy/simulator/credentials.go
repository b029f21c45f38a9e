package simulator

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// credential is a stored authentication. The lower-case fields never leave the simulator.
type credential struct {
	ID          string
	UserID      string
	ConnectorID string
	AuthType    string
	Name        string
	Created     time.Time
	Updated     time.Time
	VisibleAt   time.Time // listed and usable from then on

	data                      map[string]any // what the person typed
	accessToken, refreshToken string
	revoked                   bool // Alloy knows
	revokedAtProvider         bool // only the provider knows
	nothingShared             bool // Notion: the person picked no page
	sharedRoots               []string
}

// row is a credential as lists show it: keys and forms observed.
type row struct {
	CredentialID string `json:"credentialId"`
	Name         string `json:"name"`
	Type         string `json:"type"`
	CreatedAt    string `json:"createdAt"`
	UpdatedAt    string `json:"updatedAt"`
}

const timeFormat = "2006-01-02T15:04:05.000Z"

func (cr *credential) row() row {
	return row{
		CredentialID: cr.ID, Name: cr.Name, Type: cr.ConnectorID + "-" + cr.AuthType,
		CreatedAt: cr.Created.UTC().Format(timeFormat), UpdatedAt: cr.Updated.UTC().Format(timeFormat),
	}
}

type credentialList struct{ items []*credential }

// freeName is "<full name>'s <Connector>", with " (n)" from the second on (observed).
func (l *credentialList) freeName(u *user, con *connector) string {
	name := u.display() + "'s " + con.name
	taken := map[string]bool{}
	for _, cr := range l.items {
		if cr.UserID == u.ID {
			taken[cr.Name] = true
		}
	}
	if !taken[name] {
		return name
	}
	for n := 2; ; n++ {
		if numbered := fmt.Sprintf("%s (%d)", name, n); !taken[numbered] {
			return numbered
		}
	}
}

// of lists the credentials of a user that are visible by now; connectorID "" means all.
func (l *credentialList) of(userID, connectorID string, now time.Time) []*credential {
	var list []*credential
	for _, cr := range l.items {
		if cr.UserID == userID && (connectorID == "" || cr.ConnectorID == connectorID) && !now.Before(cr.VisibleAt) {
			list = append(list, cr)
		}
	}
	return list
}

func (l *credentialList) byID(id string) *credential {
	if i := slices.IndexFunc(l.items, func(cr *credential) bool { return cr.ID == id }); i >= 0 {
		return l.items[i]
	}
	return nil
}

// rows lists a user's credentials in the order of the mode.
func (s *Simulator) rows(c *call, userID, connectorID string) []row {
	list := c.account.credentials.of(userID, connectorID, c.now)
	if c.modes.Order == OrderNewestFirst {
		slices.Reverse(list)
	}
	arrange(s, c, list)
	rows := make([]row, len(list))
	for i, cr := range list {
		rows[i] = cr.row()
	}
	return rows
}

func (s *Simulator) connectorCredentials(c *call) reply {
	con := s.connectors[c.params["connector"]]
	if con == nil {
		return c.connectorNotFound(c.params["connector"])
	}
	if c.modes.OldCredentials {
		return ok(object{"metadata": con.metadata})
	}
	return ok(object{"credentials": s.rows(c, c.actor.ID, con.id)})
}

// userCredentials ignores ?connectorId=, as Alloy seems to (observed).
func (s *Simulator) userCredentials(c *call) reply {
	u := c.pathUser()
	if u == nil {
		return c.unknownUser(c.params["user"])
	}
	return ok(object{"data": s.rows(c, u.ID, "")})
}

// userCredentialsSister is the sister product's list, where the type is the bare connector (official there).
func (s *Simulator) userCredentialsSister(c *call) reply {
	u := c.pathUser()
	if u == nil {
		return c.unknownUser(c.params["user"])
	}
	rows := s.rows(c, u.ID, "")
	for i := range rows {
		rows[i].Type = rows[i].Type[:strings.LastIndexByte(rows[i].Type, '-')]
	}
	return ok(object{"data": rows})
}

func (s *Simulator) deleteConnectorCredential(c *call) reply {
	return s.forget(c, c.params["credential"], func(cr *credential) bool {
		return cr.UserID == c.actor.ID && cr.ConnectorID == c.params["connector"]
	})
}

func (s *Simulator) deleteUserCredential(c *call) reply {
	u := c.pathUser()
	if u == nil {
		return c.unknownUser(c.params["user"])
	}
	return s.forget(c, c.params["credential"], func(cr *credential) bool { return cr.UserID == u.ID })
}

func (s *Simulator) forget(c *call, id string, owned func(*credential) bool) reply {
	cr := c.account.credentials.byID(id)
	if cr == nil || !owned(cr) || c.now.Before(cr.VisibleAt) {
		return c.credentialNotFound()
	}
	list := c.account.credentials
	list.items = slices.DeleteFunc(list.items, func(x *credential) bool { return x == cr })
	s.wrote(c, "credentials.delete")
	return c.deleted()
}

// validRedirect reports whether a redirectUri is absolute. That only web addresses will do is a guess.
func validRedirect(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
