package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// maxShownUsers keeps the choice on one screen.
const maxShownUsers = 20

// setupUser chooses the Alloy user to act for, or creates one. current is what
// ALLOY_USER_ID says already; a flag or the environment decides at once.
func (p *program) setupUser(ctx context.Context, q *prompter, client *alloy.Client, current string) (alloy.User, error) {
	users, err := client.Users(ctx)
	if err != nil {
		return alloy.User{}, err
	}
	if current != "" && given(p.settings.Source("ALLOY_USER_ID")) {
		return p.pickUser(ctx, client, users, current)
	}
	suggestion := suggestUser(users, current, p.env)
	p.showUsers(users)
	question := "Number of the user, or a new username to create:"
	if len(users) == 0 {
		question = "This key has no Alloy users yet. Username to create:"
	}
	if suggestion != "" {
		question = fmt.Sprintf("%s [%s]", question[:len(question)-1], suggestion)
	}
	answer, err := q.ask(ctx, question)
	if err != nil && !errors.Is(err, io.EOF) {
		return alloy.User{}, fmt.Errorf("read the user: %w", err)
	}
	if answer == "" {
		answer = suggestion
	}
	if answer == "" {
		return alloy.User{}, &usageError{err: fmt.Errorf("no user was named, and the key has %d: name one with --alloy-user-id", len(users))}
	}
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= min(len(users), maxShownUsers) {
		return users[n-1], nil
	}
	return p.pickUser(ctx, client, users, answer)
}

// pickUser returns the user that who names by id or username. A username that
// nobody has is created.
func (p *program) pickUser(ctx context.Context, client *alloy.Client, users []alloy.User, who string) (alloy.User, error) {
	for _, user := range users {
		if user.Username == who || user.ID.String() == who {
			return user, nil
		}
	}
	if id, err := alloy.ParseUserID(who); err == nil {
		return alloy.User{}, fmt.Errorf("this API key has no Alloy user with the id %s: `%s users list` shows those it has", id, name)
	}
	user, err := client.CreateUser(ctx, who, "")
	if err != nil {
		return alloy.User{}, err
	}
	p.say("Created the Alloy user %s (%s).", printable(user.Username), user.ID)
	return user, nil
}

// suggestUser returns what Enter means: the user that is set, the only one, or,
// where there is none, a new one named like the person's login.
func suggestUser(users []alloy.User, current string, env func(string) string) string {
	for _, user := range users {
		if current != "" && (user.Username == current || user.ID.String() == current) {
			return current
		}
	}
	switch len(users) {
	case 0:
		for _, variable := range []string{"USER", "USERNAME", "LOGNAME"} {
			if login := env(variable); login != "" {
				return login
			}
		}
		return "me"
	case 1:
		return users[0].Username
	}
	return ""
}

func (p *program) showUsers(users []alloy.User) {
	if len(users) == 0 {
		return
	}
	p.say("Alloy users of this key:")
	for i, user := range users[:min(len(users), maxShownUsers)] {
		p.say("%3d  %s  %s  %s", i+1, user.ID, printable(user.Username), printable(user.FullName))
	}
	if more := len(users) - maxShownUsers; more > 0 {
		p.say("     and %d more: name one by its username", more)
	}
}
