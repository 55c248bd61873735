package cli

import (
	"bufio"
	"bytes"
	"io"
	"os"
)

const spoolInMemory = 4 << 20 // bytes of a spool that stay in memory; what is beyond goes to a temporary file

// spool keeps what is written until it is read back, in bounded memory. The zero spool is empty. Its file has no name
// any more, so that it goes away with the program, however that ends.
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
		f, err := os.CreateTemp("", "quittance-spool-")
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

// copyTo writes all that was written to w.
func (s *spool) copyTo(w io.Writer) error {
	r, err := s.reader()
	if err == nil {
		_, err = io.Copy(w, r)
	}
	return err
}

// reset forgets everything.
func (s *spool) reset() {
	s.head.Reset()
	if s.file != nil {
		s.file.Close()
		s.file, s.tail = nil, nil
	}
}
