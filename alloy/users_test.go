package alloy

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ann(t *testing.T) User { return User{ID: mustUser(t), Username: "ann", FullName: "Ann"} }

var sameUser = cmp.AllowUnexported(UserID{})

func TestUsersDecodesEveryForm(t *testing.T) {
	t.Parallel()
	row := `{"userId":"` + testUser + `","username":"ann","fullName":"Ann","createdAt":"x"}`
	for name, body := range map[string]string{"data": `{"data":[` + row + `]}`, "users": `{"users":[` + row + `]}`, "bare": `[` + row + `]`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, body))
			got, err := f.client.Users(t.Context())
			if diff := cmp.Diff([]User{ann(t)}, got, sameUser); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
	for name, body := range map[string]string{"bare": row, "data": `{"data":` + row + `}`} {
		t.Run("one "+name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).reply(answerWith(200, body))
			got, err := f.client.User(t.Context(), mustUser(t))
			if diff := cmp.Diff(ann(t), got, sameUser); diff != "" || err != nil {
				t.Error(diff, err)
			}
			f.want("GET /users/" + testUser)
		})
	}
}

func TestCreateUserSettlesByUsername(t *testing.T) {
	t.Parallel()
	there := `{"data":[{"userId":"66aa00000000000000000009","username":"Ann"},{"userId":"` + testUser + `","username":"ann","fullName":"Ann"}]}`
	for _, test := range []struct {
		name, list string
		reply      func(http.ResponseWriter, *http.Request)
		kind       Kind
		lists      bool
		retry      bool
	}{
		{"made", "", answerWith(201, `{"userId":"`+testUser+`"}`), "", false, false},
		{"taken, 400", there, answerWith(400, `{"message":"username must be unique"}`), KindInvalidInput, true, false},
		{"taken, 409", there, answerWith(409, ``), KindInvalidInput, true, false},
		{"not done, by a 200", there, answerWith(200, `{"success":false}`), "", true, false},
		{"lost, 500", there, answerWith(500, ``), "", true, false},
		{"made, answer unreadable", there, answerWith(200, `{"use`), "", true, false},
		{"made, answer unknown", there, answerWith(200, `{"id":"short"}`), "", true, false},
		{"refused for another reason", `{"data":[]}`, answerWith(400, `{"message":"bad"}`), KindInvalidInput, true, false},
		{"lost and not there", `{"data":[]}`, answerWith(500, ``), KindUnavailable, true, true},
		{"key refused", "", answerWith(401, `{"message":"Unauthorized"}`), KindUnauthorized, false, false},
		{"limited", "", answerWith(429, ``), KindRateLimited, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t).route("POST /users", test.reply).route("GET /users", answerWith(200, test.list))
			got, err := f.client.CreateUser(t.Context(), "ann", "Ann")
			if test.kind != "" {
				if e := wantError(t, err, test.kind); e.Retryable != test.retry {
					t.Errorf("retryable %v", e.Retryable)
				}
			} else if diff := cmp.Diff(ann(t), got, sameUser); diff != "" || err != nil {
				t.Error(diff, err)
			}
			want := []string{"POST /users"}
			if test.lists {
				want = append(want, "GET /users")
			}
			f.want(want...)
			if body := f.seen()[0].body; body != `{"username":"ann","fullName":"Ann"}` {
				t.Error(body)
			}
		})
	}
	f := newFake(t)
	_, err := f.client.CreateUser(t.Context(), " ", "")
	wantKind(t, err, KindInvalidInput)
	f.want()
}

func TestUpdateUserSendsTheFullNameOnly(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"user": `{"userId":"` + testUser + `","username":"ann","fullName":"Ann"}`, "success": `{"success":true}`, "empty": ``} {
		f := newFake(t).reply(answerWith(200, body))
		got, err := f.client.UpdateUser(t.Context(), mustUser(t), "Ann")
		if err != nil || got.ID != mustUser(t) || got.FullName != "Ann" {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if f.seen()[0].body != `{"fullName":"Ann"}` {
			t.Error(f.seen()[0].body)
		}
		f.want("PUT /users/" + testUser)
	}
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	f := newFake(t).reply(answerWith(200, `{"success":true}`))
	if err := f.client.DeleteUser(t.Context(), mustUser(t)); err != nil {
		t.Error(err)
	}
	f.want("DELETE /users/" + testUser)
	for name, err := range map[string]error{
		"delete": f.client.DeleteUser(t.Context(), UserID{}),
		"read":   func() error { _, err := f.client.User(t.Context(), UserID{}); return err }(),
		"update": func() error { _, err := f.client.UpdateUser(t.Context(), UserID{}, "x"); return err }(),
	} {
		if e := wantError(t, err, KindInvalidInput); e.Outcome != OutcomeNotSent {
			t.Errorf("%s: %v", name, e)
		}
	}
	f.want("DELETE /users/" + testUser)
}

func TestCreateUserTellsWhoseATakenUsernameIs(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		400: `{"error":{"code":"INVALID_INPUT","message":"username must be unique"}}`,
		409: ``,
		422: `{"message":"duplicate key"}`,
	} {
		f := newFake(t).route("POST /users", answerWith(status, body)).
			route("GET /users", answerWith(200, `{"data":[{"userId":"`+testUser+`","username":"ann"}]}`))
		got, err := f.client.CreateUser(t.Context(), "ann", "Ann")
		e := wantError(t, err, KindInvalidInput)
		if got != (User{}) || e.Status != status || e.Outcome != OutcomeRejected || e.Fault != FaultCaller || e.Retryable {
			t.Errorf("%d: %v, %#v", status, got, e)
		}
		if !strings.Contains(e.Message, "the username ann exists already, as user "+testUser) || !strings.HasPrefix(e.Advice, "Use the user "+testUser) {
			t.Errorf("%d: %v", status, e)
		}
	}
}
