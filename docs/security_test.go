package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`(internal/[a-z/]+): ((?:Test|Fuzz)[A-Za-z0-9]+)`")

// Every row of the table of attacks names tests that are there.
func TestAttacksHaveTests(t *testing.T) {
	text, err := os.ReadFile("security.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| attack") {
			continue
		}
		rows++
		tests := namedTest.FindAllStringSubmatch(line, -1)
		if tests == nil {
			t.Errorf("no test is named for: %s", line)
		}
		for _, m := range tests {
			files, err := filepath.Glob(filepath.Join("..", m[1], "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, f := range files {
				source, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				found = found || strings.Contains(string(source), "\nfunc "+m[2]+"(")
			}
			if !found {
				t.Errorf("there is no %s in %s", m[2], m[1])
			}
		}
	}
	if rows < 20 {
		t.Errorf("%d rows were read", rows)
	}
}
