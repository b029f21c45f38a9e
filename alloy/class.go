package alloy

// class says what a call may change, and with it how often it may be sent.
type class uint8

const (
	classRead        class = iota // catalogue, lists, metadata
	classExecuteRead              // an action that changes nothing
	classWrite                    // an action that may change anything
	classPut                      // an action or call that sets a state: PUT, DELETE
	classCreate                   // a new user or credential
	classCreateLink               // a new OAuth link
	classDelete                   // a deletion: repeating it is harmless
	classUpload                   // a file's content to its address
)

// changes reports whether a call of the class may change something.
func (c class) changes() bool { return c != classRead && c != classExecuteRead }

// idempotent reports whether sending a call twice does what sending it once does.
func (c class) idempotent() bool {
	return c == classRead || c == classExecuteRead || c == classDelete || c == classUpload
}
