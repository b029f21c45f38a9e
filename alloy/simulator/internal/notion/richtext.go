package notion

import (
	"strings"
	"unicode/utf8"
)

const (
	maxTextLength = 2000 // characters in one rich text object
	maxArray      = 100  // members of an array in a request
)

// plainText makes rich text of a string.
func plainText(text string) []any {
	if text == "" {
		return []any{}
	}
	return []any{textRun(text, nil, nil)}
}

func textRun(content string, link, annotations any) object {
	style := object{"bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default"}
	if given, isObject := annotations.(object); isObject {
		for key, value := range given {
			if _, known := style[key]; known {
				style[key] = value
			}
		}
	}
	var href any
	if l, isObject := link.(object); isObject {
		href = l["url"]
	} else {
		link = nil
	}
	return object{
		"type": "text", "text": object{"content": content, "link": link}, "annotations": style,
		"plain_text": content, "href": href,
	}
}

// textOf joins the plain text of rich text.
func textOf(rich any) string {
	list, _ := rich.([]any)
	var b strings.Builder
	for _, run := range list {
		if o, isObject := run.(object); isObject {
			text, _ := o["plain_text"].(string)
			b.WriteString(text)
		}
	}
	return b.String()
}

// readRichText completes the rich text of a request; path names it in errors.
func readRichText(path string, given any) ([]any, error) {
	list, isList := given.([]any)
	if !isList {
		return nil, invalid("body failed validation: body.%s should be an array, instead was `%s`.", path, short(given))
	}
	if len(list) > maxArray {
		return nil, tooLong(path, len(list))
	}
	out := make([]any, 0, len(list))
	for i, item := range list {
		o, _ := item.(object)
		if o["type"] != nil && o["type"] != "text" {
			return nil, invalid("body failed validation: body.%s[%d].type should be `\"text\"`, instead was `%s`.", path, i, short(o["type"]))
		}
		text, _ := o["text"].(object)
		content, isText := text["content"].(string)
		if !isText {
			return nil, invalid("body failed validation: body.%s[%d].text should be defined, instead was `undefined`.", path, i)
		}
		if n := utf8.RuneCountInString(content); n > maxTextLength {
			return nil, invalid("body failed validation: body.%s[%d].text.content.length should be ≤ `%d`, instead was `%d`.", path, i, maxTextLength, n)
		}
		out = append(out, textRun(content, text["link"], o["annotations"]))
	}
	return out, nil
}

func tooLong(path string, got int) error {
	return invalid("body failed validation: body.%s.length should be ≤ `%d`, instead was `%d`.", path, maxArray, got)
}

// short quotes a value of a request for an error message.
func short(v any) string {
	if v == nil {
		return "undefined"
	}
	text := quoted(v)
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}
