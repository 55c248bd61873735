package pain

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"quittance/internal/fault"
)

const maxDepth = 40

// The elements of pain.002 that are read. Those that are there once are lists where a second one would change what is said.

type reportDocument struct {
	XMLName xml.Name
	Message *reportXML `xml:"CstmrPmtStsRpt"`
}

type reportXML struct {
	Header []struct {
		ID      string `xml:"MsgId"`
		Created string `xml:"CreDtTm"`
	} `xml:"GrpHdr"`
	Original []struct {
		ID      string      `xml:"OrgnlMsgId"`
		Name    string      `xml:"OrgnlMsgNmId"`
		Count   string      `xml:"OrgnlNbOfTxs"`
		Status  string      `xml:"GrpSts"`
		Reasons []reasonXML `xml:"StsRsnInf"`
	} `xml:"OrgnlGrpInfAndSts"`
	Blocks []blockXML `xml:"OrgnlPmtInfAndSts"`
}

type blockXML struct {
	ID       string       `xml:"OrgnlPmtInfId"`
	Status   string       `xml:"PmtInfSts"`
	Reasons  []reasonXML  `xml:"StsRsnInf"`
	Payments []paymentXML `xml:"TxInfAndSts"`
}

type paymentXML struct {
	StatusID    string      `xml:"StsId"`
	Instruction string      `xml:"OrgnlInstrId"`
	EndToEnd    string      `xml:"OrgnlEndToEndId"`
	Status      string      `xml:"TxSts"`
	Reasons     []reasonXML `xml:"StsRsnInf"`
	Bank        string      `xml:"AcctSvcrRef"`
	Amount      amount      `xml:"OrgnlTxRef>Amt>InstdAmt"`
}

type reasonXML struct {
	Code  string   `xml:"Rsn>Cd"`
	Own   string   `xml:"Rsn>Prtry"`
	Texts []string `xml:"AddtlInf"`
}

// guard hands out the tokens of a document, and refuses what no message has before anything is made of it.
type guard struct {
	raw   *xml.Decoder
	depth int
}

// Token gives the next token. Texts are without spaces around them.
func (g *guard) Token() (xml.Token, error) {
	t, err := g.raw.RawToken()
	switch t := t.(type) {
	case xml.Directive:
		return nil, g.wrong("the file has a document type or entities of its own, which no message needs; it is not read")
	case xml.StartElement:
		if g.depth++; g.depth > maxDepth {
			return nil, g.wrong("the file is nested deeper than %d elements; no message is", maxDepth)
		}
	case xml.EndElement:
		g.depth--
	case xml.CharData:
		return xml.CharData(bytes.TrimSpace(t)), err
	}
	return t, err
}

func (g *guard) wrong(format string, args ...any) *fault.Error {
	line, _ := g.raw.InputPos()
	return wrong(fmt.Sprintf("line %d", line), format, args...)
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
	return nil, wrong("line 1", "the file is encoded as %q; it is read as UTF-8 or ISO-8859-1", short(name))
}

// decode reads a document and gives the name of its message.
func decode(data []byte, doc *reportDocument) (string, error) {
	if len(data) > MaxBytes {
		return "", fault.New(fault.Limited, "the file has %d bytes; at most %d are read, ask for smaller ones", len(data), MaxBytes).ByRule("too_large")
	}
	g := &guard{raw: xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))}
	g.raw.CharsetReader = charset
	d := xml.NewTokenDecoder(g)
	if err := d.Decode(doc); err != nil {
		return "", g.explain(err)
	}
	for { // nothing may stand after the document
		switch t, err := d.Token(); t.(type) {
		case xml.StartElement, xml.EndElement:
			return "", g.wrong("the file has something after its document; was it put together from several?")
		default:
			if errors.Is(err, io.EOF) {
				return known(doc.XMLName)
			}
			if err != nil {
				return "", g.explain(err)
			}
		}
	}
}

// known gives the name of the message of a document that is read.
func known(root xml.Name) (string, error) {
	name, ours := strings.CutPrefix(root.Space, namespace)
	if root.Local != "Document" || !ours || !slices.Contains(Reports, name) {
		return "", wrong("line 1", "the file is a %q of %q; status reports are read as %s", short(root.Local), short(root.Space), strings.Join(Reports, " and "))
	}
	return name, nil
}

// explain turns an error of the decoder into one for people.
func (g *guard) explain(err error) error {
	var ours *fault.Error
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Msg, "EOF"):
		return g.wrong("the file ends before its last element is closed; it was cut off, ask for it again").Because(err)
	case errors.As(err, &syntax):
		return g.wrong("the file is not well-formed XML: %s; ask for it again", strings.Map(visible, syntax.Msg)).Because(err)
	}
	return g.wrong("the file cannot be read as XML; ask for it again").Because(err)
}

// visible leaves out what is no sign to be printed.
func visible(r rune) rune {
	if r < ' ' || r >= 0x7f {
		return '?'
	}
	return r
}
