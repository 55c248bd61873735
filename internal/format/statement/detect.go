package statement

import (
	"bytes"
	"regexp"
	"strings"
)

// The formats.
const (
	Camt  = "camt"
	BAI2  = "bai2"
	MT940 = "mt940"
	OFX   = "ofx"
	CSV   = "csv"
	XLSX  = "xlsx"
)

const looked = 8 << 10 // bytes of a file that Detect looks at

var (
	namespace = regexp.MustCompile(`urn:iso:std:iso:20022:tech:xsd:([a-z]+\.[0-9.]+)`)
	swiftTag  = regexp.MustCompile(`(?m)^:20:`)
)

// Detect says which format a file has, by how it begins. CSV is what is left: it needs a column map.
func Detect(data []byte) (string, error) {
	if err := Size(data); err != nil {
		return "", err
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return XLSX, nil
	}
	head := bytes.TrimPrefix(data[:min(len(data), looked)], []byte("\ufeff"))
	if bytes.IndexByte(head, 0) >= 0 {
		return "", Invalid("", "the file is in UTF-16 or not a text; save it as UTF-8, or load it from the bank again")
	}
	text := strings.TrimSpace(strings.ReplaceAll(string(head), "\r", "\n"))
	upper := strings.ToUpper(text)
	switch {
	case strings.HasPrefix(text, "01,"):
		return BAI2, nil
	case strings.HasPrefix(upper, "OFXHEADER:"), strings.HasPrefix(text, "<") && strings.Contains(upper, "<OFX>") || strings.HasPrefix(text, "<") && strings.Contains(upper, "<?OFX"):
		return OFX, nil
	case strings.HasPrefix(text, "<"):
		found := namespace.FindStringSubmatch(text)
		switch {
		case found == nil:
			return "", Invalid("", "the file is XML, but neither a camt statement nor OFX; look whether it is the file that the bank calls account statement")
		case !strings.HasPrefix(found[1], "camt.05"):
			return "", Invalid("", "the file is a message %s, no statement; statements are camt.052, camt.053 and camt.054", found[1])
		}
		return Camt, nil
	case strings.HasPrefix(text, "{1:"), swiftTag.MatchString(text):
		return MT940, nil
	case strings.HasPrefix(text, "%PDF"):
		return "", Invalid("", "the file is a PDF; ask the bank for the statement as camt.053, BAI2, MT940, OFX or CSV")
	case strings.ContainsAny(text, ",;\t|"):
		return CSV, nil
	}
	return "", Invalid("", "the file is none that is known; statements are read as camt.053, BAI2, MT940, OFX, CSV or XLSX")
}
