// Package internal_test holds the whole house to its plan: which package may import which, and how long things may be.
package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "quittance"

// floors is the plan, from the ground up. A package imports from floors below, and on its own floor only from packages named to
// its left. A star stands for any one element.
var floors = [][]string{
	0: {"internal/fault", "internal/money", "internal/civil", "internal/spool"},
	1: {
		"internal/db", "internal/secret", "internal/text", "internal/format/sheet", "internal/format/statement", "internal/format/latin", "internal/format/paper", "internal/format/*",
		"internal/identity", "internal/audit", "internal/outbox", "internal/job", "internal/file", "internal/policy", "internal/approval", "internal/gate", "internal/egress", "internal/drop",
	},
	2: {"internal/ledger"},
	3: {"internal/party", "internal/openitem", "internal/receivable", "internal/payable"},
	4: {"internal/payout", "internal/bank", "internal/unclaimed"},
	5: {"internal/handover", "internal/deduction", "internal/journal", "internal/remittance", "internal/reimbursement", "internal/request"},
	6: {"internal/folder", "internal/report", "internal/verify", "internal/app"},
	7: {"internal/work", "internal/demo", "internal/bench", "internal/backup"},
	8: {"internal/cli", "internal/web/static", "internal/web/chart", "internal/web/ui", "internal/web", "internal/api"},
	9: {"internal/server", "cmd/quittance"},
}

// strangers are packages of one floor none of which imports another, nor a part of another.
var strangers = []string{"internal/cli", "internal/web", "internal/api"}

// support is for tests, and may import anything that its own tests need.
var support = []string{"internal/db/dbtest", "internal/app/apptest", "internal/api/client", "internal/api/fuzz", "internal/web/webtest"}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// place gives the floor of a package and its place on it.
func place(path string) (floor, at int, ok bool) {
	for floor, names := range floors {
		for at, name := range names {
			if match, _ := filepath.Match(name, path); match {
				return floor, at, true
			}
		}
	}
	return 0, 0, false
}

// door gives the stranger that a package is, or is a part of; blank when there is none.
func door(path string) string {
	for _, s := range strangers {
		if path == s || strings.HasPrefix(path, s+"/") {
			return s
		}
	}
	return ""
}

// forbidden says why one package of the house may not import another; blank when it may.
func forbidden(importer, imported string) string {
	floor, at, known := place(importer)
	if !known {
		return fmt.Sprintf("%s stands on no floor; name it in the table of internal/floors_test.go", importer)
	}
	below, left, known := place(imported)
	switch {
	case slices.Contains(support, imported):
		return fmt.Sprintf("%s imports %s, which is for tests only", importer, imported)
	case !known:
		return fmt.Sprintf("%s imports %s, which stands on no floor; name it in the table of internal/floors_test.go", importer, imported)
	case below > floor:
		return fmt.Sprintf("%s (floor %d) imports %s, which stands above it (floor %d)", importer, floor, imported, below)
	case below == floor && door(importer) != "" && door(importer) != door(imported):
		return fmt.Sprintf("%s imports %s; of %s none imports another", importer, imported, strings.Join(strangers, ", "))
	case below == floor && left >= at:
		return fmt.Sprintf("%s imports %s, which stands to its right on floor %d", importer, imported, floor)
	}
	return ""
}

func TestFloors(t *testing.T) {
	for _, p := range list(t) {
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		if slices.Contains(support, path) || path == "internal" || path == "docs" {
			continue
		}
		if _, _, known := place(path); !known {
			t.Errorf("%s stands on no floor; name it in the table of internal/floors_test.go", path)
			continue
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			if why := forbidden(path, other); why != "" {
				t.Error(why)
			}
		}
	}
}

// list gives the packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestForbidden(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		ok                 bool
	}{
		{"internal/app", "internal/ledger", true},
		{"internal/app", "internal/folder", true},
		{"internal/folder", "internal/app", false},
		{"internal/ledger", "internal/openitem", false},
		{"internal/format/nacha", "internal/money", true},
		{"internal/cli", "internal/web", false},
		{"internal/web", "internal/cli", false},
		{"internal/web", "internal/web/ui", true},
		{"internal/web/ui", "internal/web", false},
		{"internal/api", "internal/web/ui", false},
		{"internal/app", "internal/db/dbtest", false},
		{"internal/novelty", "internal/money", false},
		{"internal/app", "internal/novelty", false},
	} {
		if why := forbidden(c.importer, c.imported); (why == "") != c.ok {
			t.Errorf("%s imports %s: %q", c.importer, c.imported, why)
		}
	}
}

const (
	maxFile     = 500 // lines
	maxFunction = 70  // lines, from func to the closing brace
)

func TestLengths(t *testing.T) {
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != ".." && (strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata" || e.Name() == "node_modules"):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if ast.IsGenerated(f) {
			return nil
		}
		if n := files.File(f.FileStart).LineCount() - 1; n > maxFile {
			t.Errorf("%s has %d lines; at most %d, divide it by nouns", strings.TrimPrefix(path, "../"), n, maxFile)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := files.Position(fn.Pos()), files.Position(fn.End())
			if n := to.Line - from.Line + 1; n > maxFunction {
				t.Errorf("%s:%d: %s has %d lines; at most %d", strings.TrimPrefix(path, "../"), from.Line, fn.Name.Name, n, maxFunction)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
