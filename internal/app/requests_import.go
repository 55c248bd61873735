package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/request"
)

// RequestImport is what an intake of requests made.
type RequestImport struct {
	Made  []RequestView `json:"made"`
	Known []string      `json:"known"` // requests that were there already under their keys
}

// requestColumns are those of a file of requests; customer and kind are needed.
var requestColumns = []string{"customer", "kind", "amount", "currency", "credits", "lines", "classification", "reason", "source", "method", "payee", "asked", "key"}

const (
	mostImported   = 5000     // requests of a file
	largestRequest = 16 << 20 // bytes of a file
)

// requestRow is a row of a file of requests, with the places of its cells by column.
type requestRow struct {
	RequestEntry
	place  string
	places map[string]string
}

// ImportRequests makes the requests of a CSV file, as drafts or submitted at once: all or none. Every error is told at its place. A row
// whose key is there already makes nothing, when it asks for the same. Name is what places call the file; a preview makes nothing.
func (a *App) ImportRequests(ctx context.Context, call Call, name string, data []byte, submit, preview bool) (*RequestImport, error) {
	cmd := command{name: "request.import", permission: identity.Reimburse, input: []any{string(data), submit}}
	if err := cmp.Or(a.mayEnter(ctx, call, cmd), plain("name", name)); err != nil {
		return nil, err
	}
	rows, err := readRequests(filepath.Base(name), data)
	if err != nil {
		return nil, err
	}
	work := func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RequestImport, error) {
		done, err := a.importRequests(ctx, tx, c, rows, submit)
		if err != nil {
			return "", nil, nil, err
		}
		return filepath.Base(name), map[string]int{"made": len(done.Made), "known": len(done.Known)}, done, nil
	}
	if preview {
		return try(ctx, a, call, cmd, work)
	}
	return do(ctx, a, call, cmd, work)
}

func (a *App) importRequests(ctx context.Context, tx *db.Tx, c *ledger.Company, rows []requestRow, submit bool) (*RequestImport, error) {
	done := &RequestImport{Made: []RequestView{}, Known: []string{}}
	var wrong fault.List
	for i := range rows {
		r := &rows[i]
		x, fresh, err := a.createRequest(ctx, tx, c, r.RequestEntry, submit)
		switch {
		case err != nil && (!ours(err) || fault.CodeOf(err) == fault.Internal):
			return nil, err
		case err != nil:
			r.add(&wrong, err)
		case fresh:
			done.Made = append(done.Made, viewRequest(c, x, tx.Today()))
		default:
			done.Known = append(done.Known, x.Code)
		}
	}
	return done, wrong.Err()
}

// add puts errors of a row at the places of the cells that they are about.
func (r *requestRow) add(wrong *fault.List, err error) {
	var many fault.List
	var one *fault.Error
	switch {
	case errors.As(err, &many):
		for _, e := range many {
			r.add(wrong, e)
		}
	case errors.As(err, &one):
		place := r.places[one.Field]
		if place == "" {
			place = r.place
		}
		wrong.Add(one.At(place))
	}
}

// readRequests reads a file of requests; its errors are those of form.
func readRequests(name string, data []byte) ([]requestRow, error) {
	if len(data) > largestRequest {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read", len(data), largestRequest).At(name)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, fault.New(fault.Invalid, "the file has no header row; expected columns such as %s", strings.Join(requestColumns[:8], ",")).At(name + ":1:1")
	}
	var wrong fault.List
	for i, h := range header {
		header[i] = strings.TrimSpace(h)
		line, column := in.FieldPos(i)
		if !slices.Contains(requestColumns, header[i]) || slices.Contains(header[:i], header[i]) {
			wrong.Add(fault.New(fault.Invalid, "%q is no column of requests, or stands twice; expected %s", shortened(h), strings.Join(requestColumns, ", ")).At(fmt.Sprintf("%s:%d:%d", name, line, column)))
		}
	}
	for _, need := range []string{"customer", "kind"} {
		if !slices.Contains(header, need) {
			wrong.Add(fault.New(fault.Invalid, "the column %s is missing", need).At(name + ":1:1"))
		}
	}
	if len(wrong) > 0 {
		return nil, wrong.Err()
	}
	var rows []requestRow
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			var bad *csv.ParseError
			place := name
			if errors.As(err, &bad) {
				place = fmt.Sprintf("%s:%d:%d", name, bad.Line, bad.Column)
			}
			wrong.Add(fault.New(fault.Invalid, "the row cannot be read: %v", errors.Unwrap(err)).At(place))
			break
		}
		r := requestRow{places: map[string]string{}}
		r.read(name, in, header, cells, &wrong)
		if rows = append(rows, r); len(rows) > mostImported {
			return nil, fault.New(fault.Limited, "the file has more than %d requests", mostImported).At(r.place)
		}
	}
	if len(rows) == 0 && len(wrong) == 0 {
		wrong.Add(fault.New(fault.Invalid, "the file has no requests").At(name + ":2:1"))
	}
	return rows, wrong.Err()
}

// read reads the cells of a row.
func (r *requestRow) read(name string, in *csv.Reader, header, cells []string, wrong *fault.List) {
	line, column := in.FieldPos(0)
	r.place = fmt.Sprintf("%s:%d:%d", name, line, column)
	if len(cells) != len(header) {
		wrong.Add(fault.New(fault.Invalid, "the row has %d cells; expected %d", len(cells), len(header)).At(r.place))
		return
	}
	for i, cell := range cells {
		line, column := in.FieldPos(i)
		r.places[header[i]] = fmt.Sprintf("%s:%d:%d", name, line, column)
		cell = strings.TrimSpace(cell)
		bad := func(format string, args ...any) {
			wrong.Add(fault.New(fault.Invalid, format, args...).In(header[i]).At(r.places[header[i]]))
		}
		switch header[i] {
		case "customer":
			r.Customer = cell
		case "kind":
			r.Kind = request.Kind(cell)
		case "amount":
			r.Amount = cell
		case "currency":
			r.Currency = cell
		case "credits":
			for _, x := range pairs(cell) {
				r.Credits = append(r.Credits, RequestCredit{x[0], x[1]})
			}
		case "lines":
			for _, x := range pairs(cell) {
				if x[1] == "" {
					bad("%q is no line of a new credit; expected ACCOUNT=AMOUNT, several with a semicolon between them", shortened(x[0]))
				}
				r.Lines = append(r.Lines, RequestLine{x[0], x[1]})
			}
		case "classification":
			r.Classification = cell
		case "reason":
			r.Reason = cell
		case "source":
			r.Source = cell
		case "method":
			r.Method = cell
		case "payee":
			r.Payee = cell
		case "asked":
			if cell == "" {
				continue
			}
			day, err := civil.Parse(cell)
			if err != nil {
				bad("%q is no day; expected YYYY-MM-DD", shortened(cell))
			}
			r.Asked = day
		case "key":
			r.Key = cell
		}
	}
}

// pairs reads NAME=AMOUNT;NAME=AMOUNT; without = the amount is blank.
func pairs(cell string) (all [][2]string) {
	for part := range strings.SplitSeq(cell, ";") {
		name, amount, _ := strings.Cut(part, "=")
		if name = strings.TrimSpace(name); name != "" || amount != "" {
			all = append(all, [2]string{name, strings.TrimSpace(amount)})
		}
	}
	return all
}
