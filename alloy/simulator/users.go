package simulator

import (
	"net/http"
	"slices"
)

// user is an end user of an account. Only the owner of the key exists before anybody made it.
type user struct {
	ID       string `json:"userId"`
	Username string `json:"username"`
	FullName string `json:"fullName"`
}

// display is the name that credentials are called after.
func (u *user) display() string {
	if u.FullName != "" {
		return u.FullName
	}
	return u.Username
}

type userList struct{ items []*user }

func (l *userList) byID(id string) *user {
	return l.find(func(u *user) bool { return u.ID == id })
}

func (l *userList) byName(name string) *user {
	return l.find(func(u *user) bool { return u.Username == name })
}

func (l *userList) find(is func(*user) bool) *user {
	if i := slices.IndexFunc(l.items, is); i >= 0 {
		return l.items[i]
	}
	return nil
}

// pathUser finds the user in the path. A username serves as well as an id (official guide).
func (c *call) pathUser() *user {
	name := c.params["user"]
	if u := c.account.users.byID(name); u != nil {
		return u
	}
	return c.account.users.byName(name)
}

func (s *Simulator) createUser(c *call) reply {
	var in struct {
		Username string `json:"username"`
		FullName string `json:"fullName"`
	}
	if !c.decode(&in) || in.Username == "" {
		return c.invalidInput(problem{"username", "username is required"})
	}
	if c.account.users.byName(in.Username) != nil {
		// That it must be unique is official; the answer's shape is a guess.
		return wrapped(c.status(StatusDuplicateUser, http.StatusBadRequest), "INVALID_INPUT", "username must be unique",
			[]problem{{"username", "username must be unique"}})
	}
	u := c.account.addUser(in.Username, in.FullName)
	if u == nil {
		return simulatorFull("users")
	}
	s.wrote(c, "users.create")
	return c.created(object{"userId": u.ID})
}

func (s *Simulator) listUsers(c *call) reply {
	list := slices.Clone(c.account.users.items)
	arrange(s, c, list)
	return ok(object{"data": list})
}

func (s *Simulator) showUser(c *call) reply {
	u := c.pathUser()
	if u == nil {
		return c.unknownUser(c.params["user"])
	}
	return ok(u)
}

// updateUser changes the full name. One official page lets the username change and another says it cannot;
// refusing is the guess made here.
func (s *Simulator) updateUser(c *call) reply {
	u := c.pathUser()
	if u == nil {
		return c.unknownUser(c.params["user"])
	}
	var in struct {
		Username *string `json:"username"`
		FullName *string `json:"fullName"`
	}
	if !c.decode(&in) || (in.Username == nil && in.FullName == nil) {
		return c.invalidInput(problem{"fullName", "fullName or username is required"})
	}
	if in.Username != nil && *in.Username != u.Username {
		return c.invalidInput(problem{"username", "username cannot be changed"})
	}
	if in.FullName != nil {
		u.FullName = *in.FullName
	}
	s.wrote(c, "users.update")
	return ok(u)
}

// deleteUser forgets the user's credentials too (official). That the owner of the key
// cannot be deleted is a guess.
func (s *Simulator) deleteUser(c *call) reply {
	u := c.pathUser()
	if u == nil {
		return c.unknownUser(c.params["user"])
	}
	if u.ID == c.account.ownerID {
		return c.invalidInput(problem{"userId", "the owner of the API key cannot be deleted"})
	}
	users, creds := c.account.users, c.account.credentials
	users.items = slices.DeleteFunc(users.items, func(x *user) bool { return x == u })
	creds.items = slices.DeleteFunc(creds.items, func(x *credential) bool { return x.UserID == u.ID })
	s.wrote(c, "users.delete")
	return c.deleted()
}

func (c *call) created(v any) reply {
	if c.modes.CreatedStatus {
		return jsonReply(http.StatusCreated, v)
	}
	return ok(v)
}

func (c *call) deleted() reply {
	if c.modes.EmptyDeletes {
		return reply{status: http.StatusNoContent}
	}
	return ok(object{"success": true})
}
