package spool

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// What is written is read back, whether it fits into memory or not, twice; and a closed spool is empty.
func TestSpool(t *testing.T) {
	for _, size := range []int{0, 10, inMemory, inMemory + 1, 3*inMemory + 7} {
		var s Spool
		want := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		for rest := want; rest != ""; {
			n := min(len(rest), 100_000)
			if _, err := io.WriteString(&s, rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		for range 2 { // it can be read twice
			var got bytes.Buffer
			if err := s.CopyTo(&got); err != nil || got.String() != want {
				t.Errorf("%d bytes: read back %d (%v)", size, got.Len(), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := s.CopyTo(&got); err != nil || got.Len() != 0 {
			t.Errorf("%d bytes: %d left after the close (%v)", size, got.Len(), err)
		}
	}
}
