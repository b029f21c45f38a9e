package connect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alloy-mcp/alloy-mcp/alloy"
)

// form is what a connector without OAuth asks the person for.
type form struct {
	App     string
	Problem string
	Fields  []Field
}

// Field is one input that a connector's credential metadata asks for.
type Field struct {
	Name     string // the key inside "data"
	Label    string
	Help     string
	Required bool
	Secret   bool
	Options  []string // the allowed values, where they are listed
}

// Fields reads the fields that a person fills in from the metadata's input
// schema: the properties of "data", in the schema's required order and then by
// name. A method that asks for nothing has none.
func Fields(method alloy.AuthMethod) ([]Field, error) {
	if len(method.InputSchema) == 0 {
		return nil, nil
	}
	var schema struct {
		Properties struct {
			Data struct {
				Required   []string `json:"required"`
				Properties map[string]struct {
					Title       string `json:"title"`
					Description string `json:"description"`
					Format      string `json:"format"`
					Enum        []any  `json:"enum"`
				} `json:"properties"`
			} `json:"data"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(method.InputSchema, &schema); err != nil {
		return nil, fmt.Errorf("read the fields of the credential metadata: %w", err)
	}
	data := schema.Properties.Data
	var fields []Field
	for name, property := range data.Properties {
		field := Field{
			Name: name, Label: property.Title, Help: property.Description,
			Required: slices.Contains(data.Required, name),
			Secret:   property.Format == "password" || looksSecret(name),
		}
		if field.Label == "" {
			field.Label = label(name)
		}
		for _, value := range property.Enum {
			field.Options = append(field.Options, fmt.Sprint(value))
		}
		fields = append(fields, field)
	}
	rank := func(f Field) int {
		if i := slices.Index(data.Required, f.Name); i >= 0 {
			return i
		}
		return len(data.Required)
	}
	slices.SortFunc(fields, func(a, b Field) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	return fields, nil
}

// looksSecret decides by words: a field too many is masked rather than one too few.
func looksSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"key", "token", "secret", "password", "passphrase", "pin"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// label turns "apiKey" into "Api key".
func label(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		case r == '_' || r == '-':
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (p *pages) showForm(w http.ResponseWriter, r *http.Request, request *request, problem string, status int) {
	fields, err := Fields(request.method)
	if err != nil {
		p.show(w, r, page{Status: http.StatusBadGateway, Title: "This app cannot be connected here", Lines: []string{"Alloy describes its fields in a form that we cannot read."}})
		return
	}
	content := form{App: request.connector.Name, Problem: problem, Fields: fields}
	p.show(w, r, page{
		Status: status, Title: "Connect " + request.connector.Name,
		Lines: []string{"What you enter goes to Alloy, which keeps it. Your assistant never sees it."},
		Form:  &content,
	})
}

// maxForm bounds the body of a submitted form.
const maxForm = 64 << 10

// submit checks what the person entered and hands it to Alloy. The values are
// kept nowhere, and the form that is shown again after a mistake is empty.
func (p *pages) submit(w http.ResponseWriter, r *http.Request) {
	request, ok := p.pending(w, r)
	if !ok {
		return
	}
	if request.method.Type == alloy.AuthOAuth2 {
		http.Redirect(w, r, request.url, http.StatusSeeOther)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	data, err := formData(request.method, r)
	if err != nil {
		p.showForm(w, r, request, sentence(err.Error()), http.StatusUnprocessableEntity)
		return
	}
	// Handing over goes on when the browser is closed, so that what happened is known.
	if _, err := p.flow.store(context.WithoutCancel(r.Context()), request, data); err != nil {
		if _, again := p.pending(w, r); !again {
			return
		}
		p.showForm(w, r, request, advice(err), http.StatusUnprocessableEntity)
		return
	}
	p.flow.log.InfoContext(r.Context(), "account connected", "connector", request.connector.ID)
	p.show(w, r, page{Status: http.StatusOK, Title: request.connector.Name + " is connected", Lines: []string{"Alloy has stored it. Go back to your assistant; you can close this window."}})
}

// formData reads the submitted fields. Its errors name fields, never values.
func formData(method alloy.AuthMethod, r *http.Request) (map[string]any, error) {
	if err := r.ParseForm(); err != nil {
		return nil, errors.New("the form could not be read; please fill it in again")
	}
	fields, err := Fields(method)
	if err != nil {
		return nil, err
	}
	data := make(map[string]any)
	for _, field := range fields {
		value := strings.TrimSpace(r.PostForm.Get(field.Name))
		switch {
		case value == "" && field.Required:
			return nil, fmt.Errorf("%s is missing", field.Label)
		case value == "":
			continue
		case len(field.Options) > 0 && !slices.Contains(field.Options, value):
			return nil, fmt.Errorf("%s must be one of %s", field.Label, strings.Join(field.Options, ", "))
		}
		data[field.Name] = value
	}
	return data, nil
}

// store creates the credential, once for each request: of two submissions at
// the same time (a double click) the second waits and finds it done.
func (f *Flow) store(ctx context.Context, request *request, data map[string]any) (string, error) {
	request.submitting.Lock()
	defer request.submitting.Unlock()
	if view := request.view(time.Now()); view.Status == Connected {
		return view.CredentialID, nil
	}
	if request.isUncertain() {
		return "", errors.New("whether it was stored is not known")
	}
	id, err := f.config.Alloy.As(request.user).CreateCredential(ctx, request.connector.ID, request.method.Type, data)
	if err != nil {
		f.log.WarnContext(ctx, "storing a credential failed", "connector", request.connector.ID, "error", err)
		var failed *alloy.Error
		if errors.As(err, &failed) && failed.Outcome == alloy.OutcomeUnknown {
			request.markUncertain() // handing it over again could store it twice
		}
		return "", err
	}
	request.connect(id)
	return id, nil
}

// advice is what the person reads about a failed submission.
func advice(err error) string {
	var failed *alloy.Error
	if errors.As(err, &failed) && failed.Advice != "" {
		return sentence(failed.Advice)
	}
	return "Alloy did not take it; please check what you entered."
}

func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(first)) + s[size:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
