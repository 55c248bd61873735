// Package ofx reads the account statements in files of Open Financial Exchange: OFX 1.x (SGML, whose simple elements need no end tag) and 2.x (XML).
//
//   - An *aggregate* holds elements, and always has an end tag; a simple *element* holds a text.
//   - A file has *responses*, one an account: of a bank account (STMTRS) or a credit card (CCSTMTRS).
//   - OFX tells the closing balance (LEDGERBAL) and none before: the opening balance is computed, and said to be, so that a line that is missing is not
//     seen by the balance. The bank's id of each transaction (FITID) is unique within an account, which is checked.
//
// Invariants: a document type or an entity of the sender's own is refused; depth, elements and size are bounded; an aggregate without its end is refused,
// since then the file was cut off or damaged.
//
// Source: the OFX specification 1.6 and 2.2, chapter 11 (banking).
package ofx

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"quittance/internal/format/statement"
)

// Limits of what is read.
const (
	maxDepth    = 20
	maxElements = 3_000_000
)

// Parse reads a file.
func Parse(data []byte) (*statement.File, error) {
	text, doubts, err := statement.Decode(data)
	if err != nil {
		return nil, err
	}
	start := begin.FindStringIndex(text)
	if start == nil {
		return nil, statement.Invalid("", "the file has no element <OFX>; load it from the bank again, as OFX or QFX")
	}
	header := text[:start[0]]
	version, err := check(header, utf8.Valid(data))
	if err != nil {
		return nil, err
	}
	root, err := parse(text[start[0]:], 1+strings.Count(header, "\n"))
	if err != nil {
		return nil, err
	}
	f := &statement.File{Format: statement.OFX + " " + version, Doubts: doubts}
	if err := responses(root, f); err != nil {
		return nil, err
	}
	f.Complete()
	if err := f.Check(); err != nil {
		return nil, err
	}
	return f, nil
}

var (
	begin    = regexp.MustCompile(`(?i)<OFX>`)
	settings = regexp.MustCompile(`(?i)([A-Z]+)\s*[:=]\s*"?([^\s"?>]+)`)
)

// check reads the header: what is packed or encrypted, or is not encoded as it says, is refused.
func check(header string, utf bool) (version string, err error) {
	said := map[string]string{}
	for _, x := range settings.FindAllStringSubmatch(header, -1) {
		if key := strings.ToUpper(x[1]); key != "VERSION" || len(x[2]) == 3 { // that of XML is 1.0
			said[key] = strings.ToUpper(x[2])
		}
	}
	switch {
	case strings.Contains(strings.ToUpper(header), "<!DOCTYPE"), strings.Contains(strings.ToUpper(header), "<!ENTITY"):
		return "", statement.Invalid("line 1", "the file has a document type or entities of its own, which no statement needs; it is not read")
	case said["COMPRESSION"] != "" && said["COMPRESSION"] != "NONE":
		return "", statement.Invalid("line 1", "the file is packed (COMPRESSION %s); ask the bank for one that is not", statement.Short(said["COMPRESSION"]))
	case said["SECURITY"] != "" && said["SECURITY"] != "NONE":
		return "", statement.Invalid("line 1", "the file is encrypted (SECURITY %s); ask the bank for one that is not", statement.Short(said["SECURITY"]))
	case !utf && (strings.HasPrefix(said["ENCODING"], "UTF") || strings.HasPrefix(said["CHARSET"], "UTF")):
		return "", statement.Invalid("line 1", "the file says that it is encoded as UTF-8, but is not; load it from the bank again, without opening it in an editor")
	}
	version = said["VERSION"]
	if version == "" {
		version = "102"
	}
	if version[0] != '1' && version[0] != '2' {
		return "", statement.Invalid("line 1", "the file has the version %q; versions 1 and 2 of OFX are read", statement.Short(version))
	}
	return version, nil
}

// element is an element of the file, with its line.
type element struct {
	name string
	line int
	text string
	kids []*element
}

func (e *element) place() string { return fmt.Sprintf("line %d (%s)", e.line, e.name) }

// get gives the first element of a path within e; nil when there is none.
func (e *element) get(path ...string) *element {
	for _, name := range path {
		var found *element
		if e != nil {
			for _, k := range e.kids {
				if k.name == name {
					found = k
					break
				}
			}
		}
		e = found
	}
	return e
}

// say gives the text of the element of a path; blank when there is none.
func (e *element) say(path ...string) string {
	if found := e.get(path...); found != nil {
		return statement.Clean(found.text)
	}
	return ""
}

// all gives the elements of a name.
func (e *element) all(name string) []*element {
	var found []*element
	for _, k := range e.kids {
		if k.name == name {
			found = append(found, k)
		}
	}
	return found
}
