package ofx

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/format/statement"
)

// aggregates are those that are read: each must have its end.
var aggregates = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq("OFX SIGNONMSGSRSV1 SONRS STATUS BANKMSGSRSV1 STMTTRNRS STMTRS BANKACCTFROM BANKTRANLIST BANKTRANLISTP STMTTRN STMTTRNP " +
		"CURRENCY ORIGCURRENCY PAYEE BANKACCTTO CCACCTTO LEDGERBAL AVAILBAL CREDITCARDMSGSRSV1 CCSTMTTRNRS CCSTMTRS CCACCTFROM") {
		aggregates[name] = true
	}
}

// parser makes the tree of elements. An element with a text ends with the next tag; one without a text is an aggregate when its end comes, and was an empty
// element when the end of another comes first.
type parser struct {
	text  string
	at    int
	line  int
	stack []*element
	last  *element // the element with a text that may still be ended by its tag
	count int
}

func (p *parser) wrong(format string, args ...any) *fault.Error {
	return statement.Invalid(fmt.Sprintf("line %d", p.line), format, args...)
}

// parse gives the element that the text begins with.
func parse(text string, line int) (*element, error) {
	p := &parser{text: text, line: line}
	root := &element{}
	p.stack = []*element{root}
	for p.at < len(p.text) {
		if len(root.kids) > 0 && len(p.stack) == 1 {
			break // what comes after the end of OFX says nothing
		}
		if err := p.token(); err != nil {
			return nil, err
		}
	}
	if len(p.stack) > 1 {
		open := p.stack[len(p.stack)-1]
		for _, e := range p.stack[1:] {
			if aggregates[e.name] {
				open = e
			}
		}
		return nil, p.wrong("the file ends, but %s of line %d has no end (</%s>); it was cut off, load it from the bank again", statement.Short(open.name), open.line, statement.Short(open.name))
	}
	return root.kids[0], nil
}

// token reads a tag or a text.
func (p *parser) token() error {
	rest := p.text[p.at:]
	if rest[0] != '<' {
		end := strings.IndexByte(rest, '<')
		if end < 0 {
			end = len(rest)
		}
		return p.content(rest[:end], end, true)
	}
	switch {
	case strings.HasPrefix(rest, "<![CDATA["):
		inner, _, found := strings.Cut(rest[9:], "]]>")
		if !found {
			return p.wrong("a text (CDATA) has no end; the file was cut off, load it from the bank again")
		}
		return p.content(inner, len(inner)+12, false)
	case strings.HasPrefix(rest, "<!--"), strings.HasPrefix(rest, "<?"):
		by := map[bool]string{true: "-->", false: "?>"}[rest[1] == '!']
		inner, _, found := strings.Cut(rest, by)
		if !found {
			return p.wrong("a comment has no end; the file was cut off, load it from the bank again")
		}
		p.skip(len(inner) + len(by))
		return nil
	case strings.HasPrefix(rest, "<!"):
		return p.wrong("the file has a document type or entities of its own, which no statement needs; it is not read")
	}
	end := strings.IndexAny(rest[1:], "<>")
	if end < 0 || rest[1+end] == '<' {
		return p.wrong("the tag %q has no end; the file was cut off, load it from the bank again", statement.Short(statement.Clean(rest)))
	}
	name := strings.ToUpper(strings.TrimSpace(rest[1 : 1+end]))
	defer p.skip(end + 2)
	if closed, ok := strings.CutPrefix(name, "/"); ok {
		return p.close(strings.TrimSpace(closed))
	}
	return p.open(name)
}

func (p *parser) skip(n int) {
	p.line += strings.Count(p.text[p.at:p.at+n], "\n")
	p.at += n
}

// content takes a text: it makes its element a simple one.
func (p *parser) content(text string, size int, escaped bool) error {
	defer p.skip(size)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	if escaped {
		text = unescape(text)
	}
	if p.last != nil {
		p.last.text += text
		return nil
	}
	top := p.stack[len(p.stack)-1]
	if len(p.stack) == 1 || len(top.kids) > 0 || aggregates[top.name] {
		return p.wrong("%q stands between elements; load the file from the bank again", statement.Short(statement.Clean(text)))
	}
	top.text = text
	p.last = top
	p.stack = p.stack[:len(p.stack)-1]
	return nil
}

func (p *parser) open(name string) error {
	empty := strings.HasSuffix(name, "/")
	name, _, _ = strings.Cut(strings.TrimSuffix(name, "/"), " ")
	p.count++
	switch {
	case name == "" || len(name) > 64 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != "":
		return p.wrong("<%s> is no tag of OFX; load the file from the bank again", statement.Short(statement.Clean(name)))
	case p.count > maxElements:
		return fault.New(fault.Limited, "the file has more than %d elements; ask for smaller ones", maxElements).ByRule("too_large")
	}
	p.last = nil
	p.drop()
	e := &element{name: name, line: p.line}
	top := p.stack[len(p.stack)-1]
	top.kids = append(top.kids, e)
	if !empty {
		p.stack = append(p.stack, e)
	}
	if len(p.stack) > maxDepth {
		return p.wrong("the file is nested deeper than %d elements; no statement is", maxDepth)
	}
	return nil
}

// simple are the elements that banks leave empty without an end; whatever follows one does not belong to it.
var simple = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq("MEMO NAME CHECKNUM REFNUM FITID PAYEEID SIC DTUSER DTAVAIL SRVRTID EXTDNAME BRANCHID ACCTKEY INTU.BID INTU.USERID INTU.ORG MESSAGE LANGUAGE TRNUID CLTCOOKIE ORG FID " +
		"ADDR1 ADDR2 ADDR3 CITY STATE POSTALCODE COUNTRY PHONE MKTGINFO") {
		simple[name] = true
	}
}

// drop ends empty simple elements that are open.
func (p *parser) drop() {
	for len(p.stack) > 1 && simple[p.stack[len(p.stack)-1].name] {
		p.stack = p.stack[:len(p.stack)-1]
	}
}

// close ends an element: the simple one before it, or an aggregate.
func (p *parser) close(name string) error {
	if p.last != nil && p.last.name == name {
		p.last = nil
		return nil
	}
	p.last = nil
	for i := len(p.stack) - 1; i > 0; i-- {
		e := p.stack[i]
		if e.name == name {
			p.stack = p.stack[:i]
			return nil
		}
		if aggregates[e.name] {
			return p.wrong("</%s> stands where %s of line %d has no end; the file is damaged, load it from the bank again", statement.Short(name), e.name, e.line)
		}
		parent := p.stack[i-1] // e was an empty element: what came after it is its parent's
		parent.kids = append(parent.kids, e.kids...)
		e.kids = nil
	}
	return p.wrong("</%s> ends nothing that is open; the file is damaged, load it from the bank again", statement.Short(statement.Clean(name)))
}

const maxEntity = 12 // bytes of an entity

// unescape reads the entities of OFX, and those of characters.
func unescape(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, _, ended := strings.Cut(rest[:min(len(rest), maxEntity)], ";")
		c, known := entities[name]
		if n, numeric := strings.CutPrefix(name, "#"); numeric && ended && len(n) < 8 {
			code, err := strconv.ParseInt(strings.Replace(n, "x", "0x", 1), 0, 32)
			if known = err == nil && code >= ' '; known {
				c = string(rune(code))
			}
		}
		if !ended || !known {
			b.WriteByte('&')
			s = rest
			continue
		}
		b.WriteString(c)
		s = rest[len(name)+1:]
	}
}

var entities = map[string]string{"amp": "&", "lt": "<", "gt": ">", "nbsp": " ", "quot": `"`, "apos": "'"}
