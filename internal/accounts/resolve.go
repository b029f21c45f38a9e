package accounts

import (
	"context"
	"fmt"
	"slices"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// NoneError says that the user has no account of the connector.
type NoneError struct{ ConnectorID string }

// Error says what is missing.
func (e *NoneError) Error() string { return "no " + e.ConnectorID + " account is connected" }

// SeveralError says that a choice has to be made.
type SeveralError struct {
	ConnectorID string
	Accounts    []Account // at least two
}

// Error says how many there are.
func (e *SeveralError) Error() string {
	return fmt.Sprintf("%d %s accounts are connected", len(e.Accounts), e.ConnectorID)
}

// UnknownError says that the user has no account with the id that was named. It
// is the same whether nobody has it or somebody else.
type UnknownError struct {
	ConnectorID string // "" where no connector was named
	Pinned      bool   // the settings named it, not the caller
}

// Error says whose fault it is.
func (e *UnknownError) Error() string {
	if e.Pinned {
		return "the connection that ALLOY_CONNECTIONS names for " + e.ConnectorID + " does not exist for this user"
	}
	return "this user has no connection with that id"
}

// Resolve returns the account to use: the one named, else the one pinned in the
// settings, else the only one that works. A list that is seconds old at most
// decides, and a miss looks again. Its errors are [*UnknownError], [*NoneError],
// [*SeveralError] and those of Alloy and the store.
func (d *Directory) Resolve(ctx context.Context, user alloy.UserID, connector, named string) (Account, error) {
	if list, cached := d.lists.GetIfPresent(listKey{user, connector}); cached {
		accounts, err := d.usable(ctx, user, list)
		if err != nil {
			return Account{}, err
		}
		if a, ok := d.pick(accounts, connector, named); ok {
			return a, nil
		}
	}
	accounts, err := d.Of(ctx, user, connector)
	if err != nil {
		return Account{}, err
	}
	if a, ok := d.pick(accounts, connector, named); ok {
		return a, nil
	}
	switch {
	case named != "":
		return Account{}, &UnknownError{ConnectorID: connector}
	case d.config.Pins.ByConnector[connector] != "":
		return Account{}, &UnknownError{ConnectorID: connector, Pinned: true}
	case len(accounts) == 0:
		return Account{}, &NoneError{ConnectorID: connector}
	}
	return Account{}, &SeveralError{ConnectorID: connector, Accounts: accounts}
}

func (d *Directory) pick(list []Account, connector, named string) (Account, bool) {
	pins := d.config.Pins
	for _, id := range []string{named, pins.ByConnector[connector], pins.Any} {
		i := slices.IndexFunc(list, func(a Account) bool { return id != "" && a.ID == id })
		if i >= 0 {
			return list[i], true
		}
		if named != "" {
			return Account{}, false
		}
	}
	if pins.ByConnector[connector] != "" {
		return Account{}, false // the settings chose; nobody else is meant
	}
	if len(list) > 1 {
		list = slices.DeleteFunc(slices.Clone(list), func(a Account) bool { return a.Status == NeedsReconnect })
	}
	if len(list) == 1 {
		return list[0], true
	}
	return Account{}, false
}
