package bai2_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quittance/internal/fault"
	"quittance/internal/format/bai2"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(data []byte) string {
	f, err := bai2.Parse(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b) + "\n"
}

func TestSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bai2")
	if err != nil || len(files) < 12 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".bai2"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(data)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".bai2") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("got %s\nwant %s %v", got, want, err)
			}
		})
	}
}

// What would make the parser work for hours is refused before it sees it.
func TestHostileFilesAreRefusedSoon(t *testing.T) {
	head := "01,A,B,261201,0630,17,,,2/\n02,A,B,1,261130,0600,USD,2/\n03,1,USD,,,,/\n16,116,1,Z,,,x\n"
	for name, text := range map[string]string{
		"continuations": head + strings.Repeat("88,y\n", 100_000),
		"slashes":       head + "88," + strings.Repeat("/", 900) + "\n",
		"line":          head + "88," + strings.Repeat("y", 100_000) + "\n",
		"bytes":         strings.Repeat(" ", bai2.MaxBytes+1),
		"records":       head + strings.Repeat("16,116,1,Z,,,x/\n", 300_000),
	} {
		start := time.Now()
		_, err := bai2.Parse([]byte(text))
		if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s took %s", name, took)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.bai2", "testdata/crashers/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := bai2.Parse(data)
		var ours *fault.Error
		if err != nil {
			if !errors.As(err, &ours) || ours.Code == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		for _, r := range file.Receipts {
			if r.Amount <= 0 || r.Line <= 0 || r.Date.IsZero() {
				t.Errorf("%+v", r)
			}
		}
	})
}
