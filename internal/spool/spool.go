// Package spool keeps what is written until it is read back, in bounded memory.
//
//   - A *spool* holds the first 4 MB in memory, and what is beyond in a temporary file.
//
// Invariants: what was written is read back, from the beginning, as often as it is asked for; the file has no name any more once it is made,
// so that it goes away with the process, however that ends.
package spool

import (
	"bufio"
	"bytes"
	"io"
	"os"
)

const inMemory = 4 << 20 // bytes

// Spool is empty at first. It is not for several goroutines at once.
type Spool struct {
	head bytes.Buffer
	file *os.File
	tail *bufio.Writer
}

// Write keeps more; it fails where the temporary file does.
func (s *Spool) Write(p []byte) (int, error) {
	if s.file == nil && s.head.Len()+len(p) <= inMemory {
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

// Reader gives all that was written, from the beginning.
func (s *Spool) Reader() (io.Reader, error) {
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

// CopyTo writes all that was written to w.
func (s *Spool) CopyTo(w io.Writer) error {
	r, err := s.Reader()
	if err == nil {
		_, err = io.Copy(w, r)
	}
	return err
}

// Close forgets everything and lets go of the file. The spool can be written anew.
func (s *Spool) Close() error {
	s.head.Reset()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.tail = nil, nil
	return err
}
