package folder

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// file reads one CSV file of the folder.
func (r *reader) file(fsys fs.FS, s *spec) {
	name := s.name + ".csv"
	info, err := fs.Stat(fsys, name)
	switch {
	case err != nil:
		r.add(place(name, 1, 1), "cannot be read; look at its permissions")
		return
	case !info.Mode().IsRegular():
		r.add(place(name, 1, 1), "is not a regular file; expected a CSV file")
		return
	case info.Size() > maxFileBytes:
		r.add(place(name, 1, 1), "has %d bytes; at most %d are read, split the folder", info.Size(), maxFileBytes)
		return
	}
	f, err := fsys.Open(name)
	if err != nil {
		r.add(place(name, 1, 1), "cannot be read; look at its permissions")
		return
	}
	defer f.Close()
	r.table(s, name, r.csvRecords(f, name), false)
}

// csvRecords gives the records of a CSV file (RFC 4180). Since no text holds a line break, a record is a line: so each
// broken line is reported by itself, the next one is read afresh, and memory is bounded by a line. A line that is
// broken gives no record, a blank one neither.
func (r *reader) csvRecords(f io.Reader, name string) iter.Seq[record] {
	return func(yield func(record) bool) {
		lines := bufio.NewReaderSize(f, maxLineBytes)
		if start, _ := lines.Peek(3); len(start) >= 2 && (string(start[:2]) == "\xff\xfe" || string(start[:2]) == "\xfe\xff") {
			r.add(place(name, 1, 1), "is in UTF-16; save it as CSV in UTF-8")
			return
		} else if string(start) == "\xef\xbb\xbf" {
			_, _ = lines.Discard(3)
		}
		rec := record{}
		for rec.line = 1; ; rec.line++ {
			raw, err := lines.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				r.add(place(name, rec.line, 1), "the line has more than %d bytes; at most that many are read", maxLineBytes)
				err = skipLine(lines)
				raw = nil
			}
			raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
			if len(raw) > 0 {
				var broken int
				var wrong string
				if rec.cells, broken, wrong = splitLine(rec.cells[:0], string(raw)); wrong != "" {
					r.add(place(name, rec.line, broken), "%s", wrong)
				} else if !yield(rec) {
					return
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					r.add(place(name, rec.line, 1), "%s", unreadable(err))
				}
				return
			}
		}
	}
}

// skipLine passes over the rest of a line that is too long.
func skipLine(lines *bufio.Reader) error {
	for {
		if _, err := lines.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// splitLine appends the fields of a line to cells. When something is wrong, it says what, and in which field.
func splitLine(cells []cell, line string) (_ []cell, broken int, wrong string) {
	if i := firstBad(line); i >= 0 {
		return cells, fieldAt(line, i), badCharacter(line[i:])
	}
	for {
		field, rest, wrong := cutField(line)
		if wrong != "" {
			return cells, len(cells) + 1, wrong
		}
		cells = append(cells, cell{Text: field})
		if rest == "" {
			return cells, 0, ""
		}
		line = rest[1:]
	}
}

// cutField takes the first field off a line; rest is blank, or begins with a comma.
func cutField(line string) (field, rest, wrong string) {
	quoted, ok := strings.CutPrefix(line, `"`)
	if !ok {
		end := strings.IndexByte(line, ',')
		if end < 0 {
			end = len(line)
		}
		if strings.Contains(line[:end], `"`) {
			return "", "", `has a quote within a text without quotes; write the text as "…" and a quote in it as ""`
		}
		return line[:end], line[end:], ""
	}
	end := closingQuote(quoted)
	if end < 0 {
		return "", "", "the quotes do not end on this line; a text has no line break, and a quote in it is doubled"
	}
	field, rest = quoted[:end], quoted[end+1:]
	if rest != "" && rest[0] != ',' {
		return "", "", "goes on after its closing quote; a quote in a text is doubled"
	}
	return strings.ReplaceAll(field, `""`, `"`), rest, ""
}

// fieldAt gives the ordinal of the field that byte i of the line is in.
func fieldAt(line string, i int) int {
	field, quoted := 1, false
	for _, b := range []byte(line[:i]) {
		switch {
		case b == '"':
			quoted = !quoted
		case b == ',' && !quoted:
			field++
		}
	}
	return field
}

// closingQuote gives the index of the quote that ends a quoted text, passing over doubled ones; -1 when there is none.
func closingQuote(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return i
	}
	return -1
}

// badCharacter says what is wrong with the first character of s.
func badCharacter(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return "is not UTF-8; save the file as CSV in UTF-8"
	}
	return fmt.Sprintf("holds the control character U+%04X; take it away", r)
}

// firstBad gives the index of the first byte that is not UTF-8, or of the first control character; -1 when none is.
func firstBad(s string) int {
	for i, r := range s {
		if r >= ' ' && r < 0x7f {
			continue
		}
		if unicode.IsControl(r) {
			return i
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
