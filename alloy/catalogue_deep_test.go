package alloy

import (
	"strings"
	"testing"
)

// Schemas of 30 levels, which some actions have, nest their JSON twice as deep and
// more; what apps answer does not.
func TestAnActionMayBeNestedDeeperThanOtherAnswers(t *testing.T) {
	t.Parallel()
	nested := func(levels int) string {
		return strings.Repeat(`{"type":"object","properties":{"a":`, levels/2) + `{}` + strings.Repeat(`}}`, levels/2)
	}
	for levels, refused := range map[int]bool{62: false, maxActionDepth - 4: false, maxActionDepth: true} {
		f := newFake(t).reply(answerWith(200, `{"action":{"id":"a","httpMethod":"post","path":"/x","requestBody":`+nested(levels)+`}}`))
		action, err := f.client.Action(t.Context(), "c", "a")
		if refused {
			wantKind(t, err, KindTooLarge)
		} else if err != nil || string(action.RequestBody) != nested(levels) {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}
