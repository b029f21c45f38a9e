package index_test

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/alloy-mcp/alloy-mcp/internal/catalog/index"
	"github.com/alloy-mcp/alloy-mcp/internal/pace"
)

// small is a catalogue of four apps of which everything is known.
func small(t testing.TB) *index.Index {
	t.Helper()
	apps := []index.App{
		{ID: "hubspot", Name: "HubSpot", Categories: []string{"crm"}},
		{ID: "gmail", Name: "Gmail", Aliases: []string{"google mail"}, Categories: []string{"email"}},
		{ID: "shipStation", Name: "ShipStation", Categories: []string{"shipping"}},
		{ID: "linear", Name: "Linear", Categories: []string{"project-management"}},
	}
	docs := []index.Doc{
		{ConnectorID: "hubspot", ActionID: "createContact", Name: "Create a contact", Group: "contacts", Effect: "write"},
		{ConnectorID: "hubspot", ActionID: "getContact", Name: "Retrieve a contact", Group: "contacts", Effect: "read"},
		{ConnectorID: "hubspot", ActionID: "listContacts", Name: "Retrieve contacts", Group: "contacts", Effect: "read"},
		{ConnectorID: "hubspot", ActionID: "deleteContact", Name: "Archive a contact", Group: "contacts", Effect: "destructive"},
		{ConnectorID: "hubspot", ActionID: "batchCreateContacts", Name: "Create a batch of contacts", Group: "contacts", Effect: "write"},
		{ConnectorID: "hubspot", ActionID: "updateDeal", Name: "Update", Description: "Perform a partial update of a deal", Group: "deals", Effect: "write"},
		{ConnectorID: "gmail", ActionID: "sendMessage", Name: "Send a message", Description: "Sends an email to the recipients.", Group: "messages", Effect: "write"},
		{ConnectorID: "gmail", ActionID: "listMessages", Name: "List messages", Description: "Lists the messages in the mailbox.", Group: "messages", Effect: "read"},
		{ConnectorID: "gmail", ActionID: "trashMessage", Name: "Trash a message", Group: "messages", Effect: "destructive"},
		{ConnectorID: "shipStation", ActionID: "listOrders", Name: "List orders", Group: "orders", Effect: "read"},
		{ConnectorID: "shipStation", ActionID: "deleteOrder", Name: "Delete order", Group: "orders", Effect: "destructive"},
		{ConnectorID: "linear", ActionID: "issue_create", Name: "Create an issue", Group: "issues", Effect: "write"},
		{ConnectorID: "linear", ActionID: "issue_search", Name: "Search issues", Group: "issues", Effect: "read"},
	}
	ix, err := index.Build(apps, docs)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// all connects every app of [small].
func all() []string { return []string{"hubspot", "gmail", "shipStation", "linear"} }

func TestFirstHit(t *testing.T) {
	t.Parallel()
	ix := small(t)
	tests := map[string]struct {
		query     index.Query
		connector string
		action    string
	}{
		"plain words":             {index.Query{Text: "create a contact"}, "hubspot", "createContact"},
		"an action's id":          {index.Query{Text: "batchCreateContacts"}, "hubspot", "batchCreateContacts"},
		"an id in small letters":  {index.Query{Text: " listcontacts "}, "hubspot", "listContacts"},
		"a whole id":              {index.Query{Text: "hubspot.updateDeal", Connected: []string{"gmail"}}, "hubspot", "updateDeal"},
		"an id behind a name":     {index.Query{Text: "HubSpot: updateDeal"}, "hubspot", "updateDeal"},
		"an id of the caller's":   {index.Query{Text: "issue_search", ConnectorID: "linear"}, "linear", "issue_search"},
		"nearly an id":            {index.Query{Text: "createContacts"}, "hubspot", "createContact"},
		"nearly an id, in words":  {index.Query{Text: "please archiveContact now"}, "hubspot", "deleteContact"},
		"one of them":             {index.Query{Text: "get a contact"}, "hubspot", "getContact"},
		"several":                 {index.Query{Text: "show all contacts"}, "hubspot", "listContacts"},
		"another verb":            {index.Query{Text: "get rid of a contact"}, "hubspot", "deleteContact"},
		"parted verb":             {index.Query{Text: "throw the message away"}, "gmail", "trashMessage"},
		"another noun":            {index.Query{Text: "change the opportunity"}, "hubspot", "updateDeal"},
		"a batch":                 {index.Query{Text: "create contacts in bulk"}, "hubspot", "batchCreateContacts"},
		"a verb that says more":   {index.Query{Text: "mail Ada the report"}, "gmail", "sendMessage"},
		"an app that is named":    {index.Query{Text: "what is new in gmail?"}, "gmail", "listMessages"},
		"an alias":                {index.Query{Text: "list google mail messages"}, "gmail", "listMessages"},
		"an id":                   {index.Query{Text: "shipStation orders"}, "shipStation", "listOrders"},
		"a name in two words":     {index.Query{Text: "ship station: list orders"}, "shipStation", "listOrders"},
		"a name that is a word":   {index.Query{Text: "create an issue in Linear"}, "linear", "issue_create"},
		"a misspelt name":         {index.Query{Text: "list shipstaton orders"}, "shipStation", "listOrders"},
		"misspelt words":          {index.Query{Text: "creat a contcat"}, "hubspot", "createContact"},
		"a kind of app":           {index.Query{Text: "delete somebody from my CRM", Connected: all()}, "hubspot", "deleteContact"},
		"the app of the caller":   {index.Query{Text: "create", ConnectorID: "linear"}, "linear", "issue_create"},
		"what is not wanted":      {index.Query{Text: "delete a contact, not the order"}, "hubspot", "deleteContact"},
		"German":                  {index.Query{Text: "einen Kontakt löschen"}, "hubspot", "deleteContact"},
		"French":                  {index.Query{Text: "créer un contact"}, "hubspot", "createContact"},
		"Spanish":                 {index.Query{Text: "buscar incidencias"}, "linear", "issue_search"},
		"Portuguese":              {index.Query{Text: "enviar uma mensagem"}, "gmail", "sendMessage"},
		"Italian":                 {index.Query{Text: "elimina un ordine"}, "shipStation", "deleteOrder"},
		"Dutch":                   {index.Query{Text: "bestellingen opsommen"}, "shipStation", "listOrders"},
		"Russian":                 {index.Query{Text: "удалить контакт"}, "hubspot", "deleteContact"},
		"Japanese":                {index.Query{Text: "連絡先を作成する"}, "hubspot", "createContact"},
		"Chinese":                 {index.Query{Text: "删除订单"}, "shipStation", "deleteOrder"},
		"a compound":              {index.Query{Text: "Kontaktbestellungen auflisten"}, "shipStation", "listOrders"},
		"a separable verb":        {index.Query{Text: "lege bitte einen Kontakt an"}, "hubspot", "createContact"},
		"a foreign phrase":        {index.Query{Text: "supprimer la personne de contact"}, "hubspot", "deleteContact"},
		"a foreign preposition":   {index.Query{Text: "eliminar el contacto de la orden"}, "hubspot", "deleteContact"},
		"making something else":   {index.Query{Text: "make the deal bigger", ConnectorID: "hubspot"}, "hubspot", "updateDeal"},
		"giving":                  {index.Query{Text: "give Ada a contact"}, "hubspot", "createContact"},
		"what should be done":     {index.Query{Text: "the contact should be deleted"}, "hubspot", "deleteContact"},
		"what somebody did":       {index.Query{Text: "which contacts did we delete?"}, "hubspot", "listContacts"},
		"how to do it":            {index.Query{Text: "how do I delete a contact?"}, "hubspot", "deleteContact"},
		"a side of a thing":       {index.Query{Text: "get the status of a contact"}, "hubspot", "getContact"},
		"a name at the beginning": {index.Query{Text: "Lena should be deleted", ConnectorID: "hubspot"}, "hubspot", "deleteContact"},
		"only of connected apps":  {index.Query{Text: "create one", Connected: []string{"linear"}}, "linear", "issue_create"},
		"a named app is no other": {index.Query{Text: "delete an order in shipstation", Connected: []string{"hubspot"}}, "shipStation", "deleteOrder"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := ix.Search(test.query)
			if len(answer.Hits) == 0 {
				t.Fatalf("%q found nothing; nearest %v", test.query.Text, answer.Nearest)
			}
			if hit := answer.Hits[0]; hit.ConnectorID != test.connector || hit.ActionID != test.action {
				t.Errorf("%q found %s.%s first, want %s.%s", test.query.Text, hit.ConnectorID, hit.ActionID, test.connector, test.action)
			}
		})
	}
}

func TestNothingFits(t *testing.T) {
	t.Parallel()
	ix := small(t)
	tests := map[string]struct {
		query index.Query
		app   string
	}{
		"an app that is not there":       {index.Query{Text: "create a Trello card"}, "Trello"},
		"a missing app and a known word": {index.Query{Text: "delete a message in Discord"}, "Discord"},
		"another matter":                 {index.Query{Text: "what is the weather in Oslo?"}, ""},
		"an action that the app lacks":   {index.Query{Text: "translate the message", ConnectorID: "gmail"}, ""},
		"a thing that the app lacks":     {index.Query{Text: "create a sprint", ConnectorID: "hubspot"}, ""},
		"a verb that no action has":      {index.Query{Text: "merge contacts", ConnectorID: "hubspot"}, ""},
		"a thing of its own":             {index.Query{Text: "create a canvas", ConnectorID: "hubspot"}, ""},
		"a thing that nobody knows":      {index.Query{Text: "send a zorblax", ConnectorID: "gmail"}, ""},
		"a sum":                          {index.Query{Text: "what is 15 % of 2,340?"}, ""},
		"an unknown connector":           {index.Query{Text: "create a contact", ConnectorID: "nothing"}, ""},
		"nothing at all":                 {index.Query{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := ix.Search(test.query)
			if !answer.None || len(answer.Hits) > 0 || answer.App != test.app {
				t.Errorf("%q: none %v, hits %v, app %q; want none and the app %q", test.query.Text, answer.None, answer.Hits, answer.App, test.app)
			}
		})
	}
}

func TestFoundAnywayBesideAMissingApp(t *testing.T) {
	t.Parallel()
	answer := small(t).Search(index.Query{Text: "create a HubSpot contact from Salesforce"})
	if answer.None || answer.App != "" || answer.Hits[0].ActionID != "createContact" {
		t.Errorf("answer %+v: HubSpot can do this", answer)
	}
}

func TestElsewhere(t *testing.T) {
	t.Parallel()
	ix := small(t)
	answer := ix.Search(index.Query{Text: "delete an order", Connected: []string{"hubspot"}})
	if !answer.None || len(answer.Elsewhere) == 0 || answer.Elsewhere[0].ActionID != "deleteOrder" {
		t.Errorf("answer %+v: want none of HubSpot's, and ShipStation's elsewhere", answer)
	}
	if answer := ix.Search(index.Query{Text: "delete a contact", Connected: []string{"hubspot"}}); len(answer.Elsewhere) > 0 {
		t.Errorf("elsewhere is %v although HubSpot can do it", answer.Elsewhere)
	}
}

func TestTwoSteps(t *testing.T) {
	t.Parallel()
	answer := small(t).Search(index.Query{Text: "create a contact in HubSpot and send her a message with Gmail", Limit: 4})
	got := map[string]bool{}
	for _, hit := range answer.Hits[:2] {
		got[hit.ActionID] = true
	}
	if want := map[string]bool{"createContact": true, "sendMessage": true}; !cmp.Equal(got, want) {
		t.Errorf("the first two are %v, want %v", got, want)
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	answer := small(t).Search(index.Query{
		Text:    "delete a contact",
		Allowed: func(_, action string) bool { return !strings.HasPrefix(action, "delete") },
	})
	for _, hit := range append(answer.Hits, answer.Nearest...) {
		if strings.HasPrefix(hit.ActionID, "delete") {
			t.Errorf("found %s, which is not allowed", hit.ActionID)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	ix := small(t)
	for limit, want := range map[int]int{1: 1, 3: 3} {
		if got := len(ix.Search(index.Query{Text: "contact", Limit: limit}).Hits); got != want {
			t.Errorf("a limit of %d gave %d hits", limit, got)
		}
	}
}

func TestEqualActionsInOrderOfTheirIDs(t *testing.T) {
	t.Parallel()
	var docs []index.Doc
	for _, id := range []string{"c", "a", "b", "a"} {
		docs = append(docs, index.Doc{ConnectorID: id, ActionID: "createThing", Name: "Create a contact"})
	}
	ix, err := index.Build(nil, docs)
	if err != nil {
		t.Fatal(err)
	}
	if ix.Len() != 3 {
		t.Errorf("%d actions, want 3: one of the four came twice", ix.Len())
	}
	var got []string
	for _, hit := range ix.Search(index.Query{Text: "create a contact"}).Hits {
		got = append(got, hit.ConnectorID)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestHostileQueries(t *testing.T) {
	t.Parallel()
	ix := small(t)
	for name, text := range map[string]string{
		"a megabyte":        strings.Repeat("delete contact ", 70_000),
		"one long word":     strings.Repeat("x", 1<<20),
		"not UTF-8":         "delete \xff\xfe a contact \x80",
		"only signs":        "?!., -- '' \"\" @ # ::",
		"ten thousand":      strings.Repeat("zzyzx ", 10_000),
		"many parts":        strings.Repeat("create a contact and ", 1_000),
		"emoji":             "🗑️ contact 👩‍👩‍👧",
		"right to left":     "מחק איש קשר \u202e delete",
		"open quotes":       "create \"",
		"nothing but marks": strings.Repeat("\u0301", 5_000),
		"ideographs":        strings.Repeat("削除連絡先", 5_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := pace.Processor(t)
			answer := ix.Search(index.Query{Text: text})
			if took := pace.Processor(t) - before; took > pace.Stretch(t, maxHostile*slowdown, took) {
				t.Errorf("a search computed for %v", took)
			}
			if answer.None == (len(answer.Hits) > 0) {
				t.Errorf("none is %v with %d hits", answer.None, len(answer.Hits))
			}
		})
	}
}

func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a very long description of a thing ", 500)
	docs := []index.Doc{
		{ConnectorID: "a", ActionID: strings.Repeat("getThing", 10_000), Name: long, Description: long, Group: long, Parameters: strings.Fields(long)},
		{ConnectorID: "a", ActionID: "", Name: "\xff\xfe", Description: "\x80"},
		{ConnectorID: "", ActionID: "createContact", Name: "Create a contact"},
	}
	ix, err := index.Build([]index.App{{}, {ID: "a", Name: "\xff", Aliases: []string{"", "  "}}}, docs)
	if err != nil {
		t.Fatal(err)
	}
	if hits := ix.Search(index.Query{Text: "create a contact"}).Hits; len(hits) == 0 || hits[0].ActionID != "createContact" {
		t.Errorf("found %v", hits)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	ix := small(t)
	want := ix.Search(index.Query{Text: "delete a contact"})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if got := ix.Search(index.Query{Text: "delete a contact"}); !cmp.Equal(got, want) {
					t.Errorf("found %v, and before %v", got, want)
				}
			}
		})
	}
	group.Wait()
}

func FuzzSearch(f *testing.F) {
	ix := small(f)
	for _, text := range []string{"create a contact", "déléte \xff", "list WEB-12 @ada #general https://x.y a@b.c", "削除して contact を", "and then, and then", "do not disturb", "\"quoted\" 'text'"} {
		f.Add(text, "", "hubspot")
	}
	f.Fuzz(func(t *testing.T, text, connector, connected string) {
		query := index.Query{Text: text, ConnectorID: connector, Connected: []string{connected}}
		answer := ix.Search(query)
		if answer.None == (len(answer.Hits) > 0) || len(answer.Hits) > 10 {
			t.Errorf("none is %v with %d hits", answer.None, len(answer.Hits))
		}
		if !utf8.ValidString(answer.App) {
			t.Errorf("the app %q is not UTF-8", answer.App)
		}
		if again := ix.Search(query); !cmp.Equal(answer, again) {
			t.Errorf("two answers to one query: %v and %v", answer, again)
		}
	})
}

// The name of an app, or nothing, does not say what to do; an id alone means the
// connected apps.
func TestWhatAQueryNames(t *testing.T) {
	t.Parallel()
	ix := small(t)
	for _, text := range []string{"hubspot", "HubSpot", "", "   ", "gmail and linear"} {
		if answer := ix.Search(index.Query{Text: text, Connected: all()}); !answer.Bare || len(answer.Hits) > 0 {
			t.Errorf("%q: %+v", text, answer)
		}
	}
	if answer := ix.Search(index.Query{Text: "updateDeal", Connected: []string{"gmail"}}); len(answer.Hits) > 0 || len(answer.Elsewhere) == 0 || answer.Elsewhere[0].ActionID != "updateDeal" {
		t.Errorf("an action of another app: %+v", answer)
	}
	denied := index.Query{Text: "updateDeal", Connected: all(), Allowed: func(_, action string) bool { return action != "updateDeal" }}
	for _, hit := range ix.Search(denied).Hits {
		if hit.ActionID == "updateDeal" {
			t.Error("what may not be found is found by its id")
		}
	}
}
