package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const maxZipDirectory = 1 << 20 // bytes of the list of files of a zip file, which is read into memory whole

// OpenZip opens a zip file whose list of files is not too long. The list is told by the last record of the file, which may be followed
// by a comment. Source: APPNOTE.TXT, 4.3.16.
func OpenZip(src io.ReaderAt, size int64) (*zip.Reader, error) {
	const record, comment = 22, 1<<16 - 1
	end := make([]byte, min(size, record+comment))
	if _, err := src.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	i := bytes.LastIndex(end, []byte("PK\x05\x06"))
	if i < 0 || len(end)-i < record {
		return nil, zip.ErrFormat
	}
	if n := binary.LittleEndian.Uint32(end[i+12:]); n > maxZipDirectory { // also when a larger format tells it elsewhere
		return nil, zip.ErrFormat
	}
	return zip.NewReader(src, size)
}

// IsWorkbook says whether a zip file is a workbook.
func IsWorkbook(z *zip.Reader) bool {
	for _, f := range z.File {
		if strings.TrimPrefix(f.Name, "/") == workbookPart {
			return true
		}
	}
	return false
}

// counted counts the bytes that are unpacked, whatever the archive says of itself, and stops when they are too many.
type counted struct {
	src  io.Reader
	left *int64
	all  int64
}

// Count gives a reader of what is unpacked, which takes from the bytes that are left of all.
func Count(src io.Reader, left *int64, all int64) io.Reader { return &counted{src, left, all} }

func (c *counted) Read(buf []byte) (int, error) {
	n, err := c.src.Read(buf)
	if *c.left -= int64(n); *c.left < 0 {
		return 0, TooLarge{c.all}
	}
	return n, err
}

// TooLarge says that something unpacks to more bytes than are read: all.
type TooLarge struct{ All int64 }

func (e TooLarge) Error() string {
	return fmt.Sprintf("unzips to more than the %d bytes that are read here; split it, or use CSV files that are not packed", e.All)
}
