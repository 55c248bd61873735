package report

import (
	"bufio"
	"bytes"
	"io"
	"os"
)

const spoolInMemory = 4 << 20 // bytes of a spool that stay in memory; what is beyond goes to a temporary file

// spool keeps what is written until it is read back, in bounded memory. The zero spool is empty. Its file has no name any more, so that it
// goes away with the process, however that ends.
type spool struct {
	head bytes.Buffer
	file *os.File
	tail *bufio.Writer
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.head.Len()+len(p) <= spoolInMemory {
		return s.head.Write(p)
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "quittance-report-")
		if err != nil {
			return 0, err
		}
		if err := os.Remove(f.Name()); err != nil {
			f.Close()
			return 0, err
		}
		s.file, s.tail = f, bufio.NewWriterSize(f, 64<<10)
	}
	return s.tail.Write(p)
}

// reader gives all that was written, from the beginning.
func (s *spool) reader() (io.Reader, error) {
	head := bytes.NewReader(s.head.Bytes())
	if s.file == nil {
		return head, nil
	}
	if err := s.tail.Flush(); err != nil {
		return nil, err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.MultiReader(head, s.file), nil
}

// Close lets go of the file.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
