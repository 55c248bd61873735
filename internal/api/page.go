package api

import (
	"context"
	"net/url"
	"sort"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Paged is the input of a list.
type Paged struct {
	After string `query:"after" maxLength:"500" doc:"Where the page begins: what the page before gave as next. Without it, the first page."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many items at most. A list with a filter may give fewer, or none, and still a next."`
}

func (p Paged) page() app.Page { return app.Page{After: p.After, Limit: p.Limit} }

// page is the answer of a list.
type page[T any] struct {
	Link string `header:"Link" doc:"Address of the next page (rel=next)."`
	Body app.Part[T]
}

// pageOf gives a page with the address of the next one.
func pageOf[T any](ctx context.Context, part app.Part[T], err error) (*page[T], error) {
	if err != nil {
		return nil, err
	}
	return &page[T]{Link: next(ctx, part.Next), Body: part}, nil
}

// next gives the header that names the next page; blank when there is none.
func next(ctx context.Context, after string) string {
	if after == "" {
		return ""
	}
	u := visitOf(ctx).r.URL
	query := u.Query()
	query.Set("after", after)
	return "<" + (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: query.Encode()}).String() + `>; rel="next"`
}

// cut gives a page of a list that is small enough to be given whole, and is in the order of its keys.
func cut[T any](all []T, key func(*T) string, p Paged) app.Part[T] {
	from := 0
	if p.After != "" {
		from = sort.Search(len(all), func(i int) bool { return key(&all[i]) > p.After })
	}
	to := min(len(all), from+p.Limit)
	part := app.Part[T]{Items: all[from:to]}
	if to < len(all) && to > from {
		part.Next = key(&all[to-1])
	}
	return part
}

// cutInOrder is cut for a list that is in another order: the page begins behind the item with the key.
func cutInOrder[T any](all []T, key func(*T) string, p Paged) app.Part[T] {
	from := 0
	for i := range all {
		if p.After != "" && key(&all[i]) == p.After {
			from = i + 1
		}
	}
	rest := p
	rest.After = ""
	return cut(all[from:], key, rest)
}

// dates reads two parameters that are dates, or blank.
func dates(from, to string) (f, t civil.Date, err error) {
	if f, err = date("from", from); err != nil {
		return 0, 0, err
	}
	t, err = date("to", to)
	return f, t, err
}

// date reads a parameter that is a date, or blank.
func date(name, text string) (civil.Date, error) {
	if text == "" {
		return 0, nil
	}
	d, err := civil.Parse(text)
	if err != nil {
		return 0, fault.New(fault.Invalid, "%v", err).In(name).At("query")
	}
	return d, nil
}

// flag reads a parameter that is true or false, or blank.
func flag(text string) *bool {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return nil
	}
	return &b
}
