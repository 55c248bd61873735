package folder

import (
	"archive/zip"
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"

	"quittance/internal/format/sheet"
)

// Excerpt is some rows of a file of the folder as they stand there, to show what is wrong in its place.
type Excerpt struct {
	Header []string
	Rows   map[int][]string // by line; a line that is broken is one cell
}

// maxExcerpt is how many characters of a cell an excerpt shows.
const maxExcerpt = 120

// ParsePlace takes a place apart: file, line and column. It is false for a text that is no place.
func ParsePlace(text string) (file string, line, column int, ok bool) {
	parts := strings.Split(text, ":")
	n := len(parts)
	if n < 3 {
		return "", 0, 0, false
	}
	line, err := strconv.Atoi(parts[n-2])
	column, cerr := strconv.Atoi(parts[n-1])
	return strings.Join(parts[:n-2], ":"), line, column, err == nil && cerr == nil
}

// Excerpts gives the lines of the files of an archive (see [ReadArchive]) that are asked for by file, and their headers. What
// cannot be read is left out.
func Excerpts(src io.ReaderAt, size, unpacked int64, lines map[string][]int) map[string]Excerpt {
	out := map[string]Excerpt{}
	z, err := zip.NewReader(src, size)
	if err != nil {
		return out
	}
	if sheet.IsWorkbook(z) {
		excerptsOfBook(src, size, unpacked, lines, out)
		return out
	}
	left := unpacked
	files, _ := newReader().zipped(z)
	for name, f := range files {
		if wanted := lines[name+".csv"]; len(wanted) > 0 {
			x := newExcerpt(wanted)
			x.csv(f, &left)
			out[name+".csv"] = x.Excerpt
		}
	}
	return out
}

func excerptsOfBook(src io.ReaderAt, size, unpacked int64, lines map[string][]int, out map[string]Excerpt) {
	b, err := sheet.OpenBook(src, size, unpacked)
	if err != nil {
		return
	}
	for _, name := range b.Sheets() {
		if specOf(name) == nil || len(lines[name]) == 0 {
			continue
		}
		x := newExcerpt(lines[name])
		for rec := range newReader().sheetRecords(b, name) {
			if !x.take(rec.line, rec.cells) {
				break
			}
		}
		out[name] = x.Excerpt
	}
}

// excerpt is the making of one.
type excerpt struct {
	Excerpt
	left map[int]bool // lines still to come
}

func newExcerpt(lines []int) *excerpt {
	x := &excerpt{Excerpt: Excerpt{Rows: map[int][]string{}}, left: map[int]bool{}}
	for _, n := range lines {
		x.left[n] = true
	}
	return x
}

// take keeps a line that is asked for, or is the header; it says whether more are to come.
func (x *excerpt) take(line int, cells []cell) bool {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = cutAt(c.Text, maxExcerpt)
	}
	if x.Header == nil {
		x.Header = texts
	}
	if x.left[line] {
		x.Rows[line] = texts
		delete(x.left, line)
	}
	return len(x.left) > 0
}

// csv reads the lines of a packed CSV file.
func (x *excerpt) csv(f *zip.File, left *int64) {
	src, err := f.Open()
	if err != nil {
		return
	}
	defer src.Close()
	in := bufio.NewReaderSize(sheet.Count(src, left, 0), maxLineBytes)
	for line := 1; ; line++ {
		raw, err := in.ReadSlice('\n')
		text := strings.TrimPrefix(strings.TrimRight(string(raw), "\r\n"), "\ufeff")
		if errors.Is(err, bufio.ErrBufferFull) {
			err = skipLine(in)
		}
		if text != "" {
			cells, _, wrong := splitLine(nil, text)
			if wrong != "" {
				cells = []cell{{Text: printable(cutAt(text, maxExcerpt))}}
			}
			if !x.take(line, cells) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cutAt cuts a text to so many characters.
func cutAt(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}
