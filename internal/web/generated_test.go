package web_test

import (
	"bytes"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	parser "github.com/a-h/templ/parser/v2"

	"quittance/internal/approval"
	"quittance/internal/text"
)

// sources gives the files below this folder whose names end so.
func sources(t *testing.T, ending string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ending) {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestGenerated holds the generated Go to its source.
func TestGenerated(t *testing.T) {
	all := sources(t, ".templ")
	if len(all) < 5 {
		t.Fatalf("only %d sources are found", len(all))
	}
	for _, path := range all {
		source, err := parser.Parse(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var b bytes.Buffer
		if _, err := generator.Generate(source, &b, generator.WithFileName("internal/web/"+filepath.ToSlash(path)), generator.WithVersion(templ.Version())); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		want, err := format.Source(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(strings.TrimSuffix(path, ".templ") + "_templ.go")
		if err != nil || !bytes.Equal(unnamed(got), unnamed(want)) {
			t.Errorf("%s is newer than its Go (%v); run: go tool templ generate -path internal/web", path, err)
		}
	}
}

var fileName = regexp.MustCompile("FileName: `[^`]*`")

// unnamed takes the paths out, which differ with the folder that templ ran in.
func unnamed(b []byte) []byte { return fileName.ReplaceAll(b, nil) }

var said = regexp.MustCompile(`(?:\bT\(ctx, |\bsay\(|\brefuse\([a-zA-Z.]+, )"([a-z_.]+)"`)

// TestTexts looks for every text that the pages name.
func TestTexts(t *testing.T) {
	n := 0
	for _, path := range append(sources(t, ".templ"), sources(t, ".go")...) {
		if path == "doc.go" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range said.FindAllSubmatch(b, -1) {
			n++
			if key := string(m[1]); !strings.HasSuffix(key, ".") && !text.English.Has(key) {
				t.Errorf("%s names the text %q, which is not there", path, key)
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d texts are found", n)
	}
}

var commandNames = regexp.MustCompile(`(?:name: |everywhere\(|own\(call, [a-zA-Z."]+, |mine\(call, |changeUser\(ctx, call, |seen\(ctx, call, |cmd\.name, .* = )"([a-z_.]+[a-z_])"`)

// TestCommandsHaveTexts looks for the words by which the audit trail names each command.
func TestCommandsHaveTexts(t *testing.T) {
	files, err := filepath.Glob("../app/*.go")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range commandNames.FindAllStringSubmatch(string(b), -1) {
			n++
			if !text.English.Has("command." + m[1]) {
				t.Errorf("%s: the command %q has no text command.%s", path, m[1], m[1])
			}
		}
	}
	for _, verb := range []string{"submit", "answer", "comment", "hold", "resume", "withdraw", "cancel", "reopen", "approve", "reject", "ask"} { // their names are put together
		if !text.English.Has("command.request." + verb) {
			t.Errorf("the command request.%s has no text", verb)
		}
	}
	for _, v := range []approval.Verb{approval.Approving, approval.Rejecting, approval.Asking, approval.Answering, approval.Withdrawing} {
		if !text.English.Has("command.approval." + string(v)) {
			t.Errorf("the command approval.%s has no text", v)
		}
	}
	if n < 30 {
		t.Errorf("only %d commands are found", n)
	}
}
