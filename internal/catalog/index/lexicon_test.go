package index

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLexicon(t *testing.T) {
	t.Parallel()
	l, err := readLexicon()
	if err != nil {
		t.Fatal(err)
	}
	said := map[class]bool{}
	for _, senses := range l.verbs {
		for _, sense := range senses {
			said[sense.class] = true
		}
	}
	for _, rules := range l.rules {
		for _, r := range rules {
			for _, clause := range r.clauses {
				for _, a := range clause {
					said[a.class] = true
				}
			}
		}
	}
	for name, c := range l.classes {
		if !said[c] {
			t.Errorf("no verb is of the class %q: it is misspelt somewhere", name)
		}
	}
	phrases := map[string][]string{}
	for first, list := range l.foreignPhrases {
		for _, phrase := range list {
			phrases[first] = append(phrases[first], phrase.english...)
			if n := len(phrase.words); n < 2 || phrase.words[0].text == "" || phrase.words[n-1].text == "" {
				t.Errorf("a foreign phrase begins with %q and has a gap at its end, or one word", first)
			}
		}
	}
	for table, words := range map[string]map[string][]string{"foreign": l.foreign, "prefixes": l.prefixes, "phrases": phrases} {
		for word, english := range words {
			for _, e := range english {
				if class, _, _ := strings.Cut(e, "+"); class[0] == '!' && l.classes[class[1:]] == 0 {
					t.Errorf("%s: %q stands for the class %q, which does not exist", table, word, e)
				}
			}
		}
	}
	if len(l.languages) >= maxLanguages {
		t.Errorf("%d languages are more than fit", len(l.languages))
	}
	if len(l.classes) >= maxClasses {
		t.Errorf("%d classes are more than fit", len(l.classes))
	}
}

// TestLexiconText holds what the reader of the files cannot see.
func TestLexiconText(t *testing.T) {
	t.Parallel()
	files, err := lexiconFiles.ReadDir("lexicon")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := lexiconFiles.ReadFile("lexicon/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(content), "\n") {
			if strings.HasPrefix(line, "#") {
				continue
			}
			for _, wrong := range []string{",,", ", ,", ",>", ", >", ">>>", " ,", "\t", "  "} {
				if strings.Contains(line, wrong) {
					t.Errorf("%s line %d has %q", file.Name(), i+1, wrong)
				}
			}
			if line != strings.TrimRight(line, " ,") {
				t.Errorf("%s line %d ends with a comma or a space", file.Name(), i+1)
			}
		}
	}
}

func TestWrongLexicon(t *testing.T) {
	t.Parallel()
	l, err := readLexicon()
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(string) error{
		"no colon":         l.readVerbs,
		"a > !nothing":     l.readNoun,
		"a > b*much":       l.readNoun,
		"a = b @ much":     l.readNoun,
		"create update xx": l.readKin,
		"create sing 0.5":  l.readKin,
		"no colon either":  l.readForeign,
	} {
		if err := read(name); err == nil {
			t.Errorf("%q: no error", name)
		}
	}
}

func TestStem(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"contact", "contacts"},
		{"company", "companies"},
		{"delete", "deletes", "deleted", "deleting"},
		{"create", "creates", "creating"},
		{"retrieve", "retrieves", "retrieving", "retrieval"},
		{"shipment", "shipments"},
		{"associate", "association", "associations"},
		{"subscribe", "subscribes", "subscribed"},
		{"hop", "hopping", "hopped"},
		{"status"},
		{"é"},
		{"ad"},
		{"Upper"},
	} {
		for _, word := range same[1:] {
			if got, want := stem(word), stem(same[0]); got != want {
				t.Errorf("stem(%q) is %q and stem(%q) %q", word, got, same[0], want)
			}
		}
	}
	for _, words := range [][2]string{{"order", "ordinary"}, {"list", "listen"}, {"page", "pager"}} {
		if stem(words[0]) == stem(words[1]) {
			t.Errorf("%q and %q have the stem %q both", words[0], words[1], stem(words[0]))
		}
	}
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	l, err := readLexicon()
	if err != nil {
		t.Fatal(err)
	}
	v := newVocabulary(map[string]int{"contact": 9, "label": 9, "table": 9, "shipment": 9}, l)
	for wrong, right := range map[string]string{
		"contcat": "contact", "contat": "contact", "conntact": "contact", "lable": "label", "shpment": "shipment", "shipmnet": "shipment",
		"xqzzwk": "", "oo": "", "": "",
	} {
		got := ""
		if found := v.correct(wrong); len(found) > 0 {
			got = found[0].word
		}
		if got != right {
			t.Errorf("%q is corrected to %q, want %q", wrong, got, right)
		}
	}
}

func TestWordsOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"createHTTPHook":    {"createHTTPHook", "create", "HTTP", "Hook"},
		"get_user-by.ID":    {"get", "user", "by", "ID"},
		"listURLs":          {"listURLs", "list", "URLs"},
		"Datenbank öffnen!": {"Datenbank", "öffnen"},
		"":                  nil,
	} {
		var got []string
		wordsOf(text, func(word string, _ bool) bool {
			got = append(got, word)
			return true
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if got := fold("Créer ÉTIQUETTE Straße"); got != "creer etiquette strasse" {
		t.Errorf("folded to %q", got)
	}
}
