// Package camt reads the bank's messages to the account holder of ISO 20022: camt.053 (statement), camt.052 (report of the day) and camt.054
// (notice of debits and credits), each in the versions 001.02, 001.04 and 001.08.
//
//   - A message has statements; an *entry* (Ntry) of one becomes a line. An entry with several transactions (TxDtls) is a batch, and they are its
//     details; what a single transaction tells belongs to the line itself.
//   - The sign of an entry is told by its CdtDbtInd alone: a reversal (RvslInd) is booked with the sign that it has.
//   - The other party is the debtor of what came in and the creditor of what went out. What came back keeps the parties of the payment that it
//     was, so that they are the other way round there.
//
// Invariants: the namespace is one of the nine that are read; a document type or an entity of the sender's own is refused before it could be
// expanded; depth and size are bounded; entries are read one by one.
//
// Source: the message definition reports of ISO 20022 (Bank-to-Customer Cash Management) and their schemas; the external code sets for balance types,
// bank transaction codes and return reasons.
package camt

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"quittance/internal/fault"
	"quittance/internal/format/statement"
)

const (
	maxDepth = 40
	prefix   = "urn:iso:std:iso:20022:tech:xsd:"
)

// messages are the messages that are read: the element in the document, that of a statement in it, and its nature.
var messages = map[string]struct{ root, one, nature string }{
	"camt.052": {"BkToCstmrAcctRpt", "Rpt", statement.Interim},
	"camt.053": {"BkToCstmrStmt", "Stmt", statement.Final},
	"camt.054": {"BkToCstmrDbtCdtNtfctn", "Ntfctn", statement.Notice},
}

// Versions are the versions of the messages that are read.
var versions = []string{"001.02", "001.04", "001.08"}

// Versions gives the names of all messages that are read.
func Versions() []string {
	var all []string
	for _, m := range []string{"camt.052", "camt.053", "camt.054"} {
		for _, v := range versions {
			all = append(all, m+"."+v)
		}
	}
	return all
}

// Parse reads a file.
func Parse(data []byte) (*statement.File, error) {
	if err := statement.Size(data); err != nil {
		return nil, err
	}
	r := newReader(data)
	if err := r.document(); err != nil {
		return nil, r.explain(err)
	}
	r.file.Complete()
	if err := r.file.Check(); err != nil {
		return nil, err
	}
	return r.file, nil
}

// reader is the reading of a file.
type reader struct {
	raw   *xml.Decoder // gives the place
	xml   *xml.Decoder // checks what raw gives
	depth int
	lines int

	file   *statement.File
	one    string // element of a statement
	nature string
	page   string
}

func newReader(data []byte) *reader {
	r := &reader{raw: xml.NewDecoder(bytes.NewReader(data)), file: &statement.File{}}
	r.raw.CharsetReader = charset
	r.xml = xml.NewTokenDecoder(r)
	return r
}

// charset reads the encodings that banks use besides UTF-8.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "us-ascii", "ascii":
		return in, nil
	case "iso-8859-1", "latin1", "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(in), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(in), nil
	}
	return nil, statement.Invalid("", "the file is encoded as %q; it is read as UTF-8 or ISO-8859-1", statement.Short(name))
}

// Token hands out the next token, and refuses what no statement has.
func (r *reader) Token() (xml.Token, error) {
	t, err := r.raw.RawToken()
	switch t.(type) {
	case xml.Directive:
		return nil, r.wrong("", "the file has a document type or entities of its own, which no statement needs; it is not read")
	case xml.StartElement:
		if r.depth++; r.depth > maxDepth {
			return nil, r.wrong("", "the file is nested deeper than %d elements; no statement is", maxDepth)
		}
	case xml.EndElement:
		r.depth--
	}
	return t, err
}

// at gives the line that is being read.
func (r *reader) at() int {
	line, _ := r.raw.InputPos()
	return line
}

// wrong is an error at the element of a path, or where the reader stands.
func (r *reader) wrong(path, format string, args ...any) *fault.Error {
	if path == "" {
		path = fmt.Sprintf("line %d", r.at())
	}
	return statement.Invalid(path, format, args...)
}

// explain turns an error of the decoder into one for people.
func (r *reader) explain(err error) error {
	var ours *fault.Error
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &ours):
		if ours.Place == "" {
			ours.Place = fmt.Sprintf("line %d", r.at())
		}
		return ours
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Msg, "EOF"):
		return r.wrong("", "the file ends before its last element is closed; it was cut off, load it from the bank again").Because(err)
	case errors.As(err, &syntax) && strings.Contains(syntax.Msg, "UTF-8"):
		return r.wrong("", "the file is not encoded as it says (UTF-8); load it from the bank again, without opening it in an editor").Because(err)
	case errors.As(err, &syntax):
		return r.wrong("", "the file is not well-formed XML: %s; load it from the bank again", statement.Clean(syntax.Msg)).Because(err)
	}
	return r.wrong("", "the file cannot be read as XML: %s; load it from the bank again", statement.Clean(err.Error())).Because(err)
}

// document reads the whole document.
func (r *reader) document() error {
	root, err := r.first()
	if err != nil {
		return err
	}
	name, ours := strings.CutPrefix(root.Name.Space, prefix)
	m, known := messages[name[:min(8, len(name))]]
	if root.Name.Local != "Document" || !ours || !known || !contains(Versions(), name) {
		return r.wrong("", "the file is a %s of %q; statements are read as %s; ask the bank for one of them",
			statement.Short(root.Name.Local), statement.Short(root.Name.Space), strings.Join(Versions(), ", "))
	}
	r.file.Format, r.one, r.nature = name, m.one, m.nature
	return r.children(func(start xml.StartElement) error {
		if start.Name.Local != m.root {
			return r.wrong("", "the document has %q where a %s has %s", statement.Short(start.Name.Local), name, m.root)
		}
		return r.children(r.part)
	})
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

// first gives the first element.
func (r *reader) first() (xml.StartElement, error) {
	for {
		t, err := r.xml.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := t.(xml.StartElement); ok {
			return start, nil
		}
	}
}

// children hands out the elements in the one that is open, up to its end. Each must be read whole.
func (r *reader) children(take func(xml.StartElement) error) error {
	for {
		t, err := r.xml.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := take(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// part reads the header of the message, or one of its statements.
func (r *reader) part(start xml.StartElement) error {
	switch start.Name.Local {
	case "GrpHdr":
		var h struct {
			ID   string     `xml:"MsgId"`
			Page pagination `xml:"MsgPgntn"`
		}
		if err := r.xml.DecodeElement(&h, &start); err != nil {
			return err
		}
		r.file.ID, r.page = statement.Clean(h.ID), h.Page.String()
		if h.Page.Last == "false" {
			r.file.Doubts = append(r.file.Doubts, statement.Doubt{Place: fmt.Sprintf("line %d", r.at()), Text: "the message says that further pages follow it; import them too"})
		}
		return nil
	case r.one:
		return r.statement()
	}
	return r.xml.Skip()
}
