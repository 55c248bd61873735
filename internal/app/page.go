package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"quittance/internal/fault"
)

// Page asks for a part of a list.
type Page struct {
	After string // blank: from the beginning; else Next of the part before
	Limit int    // at most 500; 0 is 50
}

// Part is a part of a list. A list whose filter no index serves is gone through a bounded way at a time, so that a part may have
// fewer rows than asked for, or none, and still name what comes Next; the list has ended when Next is blank.
type Part[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

const (
	defaultPage = 50
	longestPage = 500
)

// limit gives how many rows the page has at most.
func (p Page) limit() (int, error) {
	switch {
	case p.Limit == 0:
		return defaultPage, nil
	case p.Limit < 0 || p.Limit > longestPage:
		return 0, fault.New(fault.Invalid, "a page of %d rows is not to be had; ask for 1 to %d", p.Limit, longestPage).In("limit")
	}
	return p.Limit, nil
}

// open reads where the page begins, as [next] wrote it for the same list, and gives its limit; place stays as it is for the first page.
func (p Page) open(list string, place any) (limit int, err error) {
	if limit, err = p.limit(); err != nil || p.After == "" {
		return limit, err
	}
	text, err := base64.RawURLEncoding.DecodeString(p.After)
	name, place64, found := bytes.Cut(text, []byte{'\n'})
	if err == nil && found && string(name) == list && utf8.Valid(text) && !bytes.Contains(place64, []byte(`\u0000`)) {
		d := json.NewDecoder(bytes.NewReader(place64))
		d.DisallowUnknownFields()
		if d.Decode(place) == nil && !d.More() {
			return limit, nil
		}
	}
	return 0, fault.New(fault.Invalid, "%q is not where a page of this list ends; give what the page before said, or nothing for the first page", shortened(p.After)).In("after")
}

// next writes where the next page of a list begins.
func next(list string, place any) string {
	b, _ := json.Marshal(place) // places are plain structs
	return base64.RawURLEncoding.EncodeToString(append([]byte(list+"\n"), b...))
}

// plain refuses a text to look for that no database can hold.
func plain(field, text string) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fault.New(fault.Invalid, "%q is no text to look for: it has a zero byte, or is not UTF-8", shortened(text)).In(field)
	}
	return nil
}

func shortened(text string) string {
	const most = 60
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
