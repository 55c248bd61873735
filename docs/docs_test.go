// Package docs_test runs the documentation: what a page shows of a command is what the command prints.
//
// A ```console block holds commands ("$ quittance …", with "> " before further lines) and what each prints, a line "exit code N" last
// where N is not 0, and "..." for lines left out. The commands of a page run in order, in a folder of its own where docs/ is
// the real one. -update writes what was printed into the pages.
package docs_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/cli"
	"quittance/internal/demo"
	"quittance/internal/server"
)

var update = flag.Bool("update", false, "write what the commands print into the pages")

var block = regexp.MustCompile("(?s)```console\n(.*?)```")

func TestPages(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	pages := []string{"README.md"}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".md" {
			name, _ := filepath.Rel(root, path)
			pages = append(pages, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			checkLinks(t, root, page)
			runPage(t, root, page)
		})
	}
}

// runPage runs the commands of a page and compares, or rewrites, what they print.
func runPage(t *testing.T, root, page string) {
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	if !block.Match(text) {
		return
	}
	t.Chdir(t.TempDir())
	if err := os.Symlink(filepath.Join(root, "docs"), "docs"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"QUITTANCE_DB", "QUITTANCE_KEY", "QUITTANCE_KEY_FILE", "QUITTANCE_TOKEN"} {
		t.Setenv(name, "")
	}
	fresh := block.ReplaceAllStringFunc(string(text), func(b string) string {
		return "```console\n" + runBlock(t, strings.TrimSuffix(strings.TrimPrefix(b, "```console\n"), "```")) + "```"
	})
	if *update {
		if err := os.WriteFile(filepath.Join(root, page), []byte(fresh), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// runBlock runs the commands of one block and gives the block as it should be.
func runBlock(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); {
		command, ok := strings.CutPrefix(lines[i], "$ ")
		if !ok {
			t.Fatalf("a console block begins with %q; expected a command", lines[i])
		}
		out.WriteString(lines[i] + "\n")
		for i++; i < len(lines) && strings.HasPrefix(lines[i], "> "); i++ {
			command += "\n" + lines[i][2:]
			out.WriteString(lines[i] + "\n")
		}
		var shown []string
		for ; i < len(lines) && !strings.HasPrefix(lines[i], "$ "); i++ {
			shown = append(shown, lines[i])
		}
		printed := strings.Split(strings.TrimRight(runCommand(t, command), "\n"), "\n")
		if len(printed) == 1 && printed[0] == "" {
			printed = nil
		}
		if *update {
			out.WriteString(strings.Join(elided(shown, printed), ""))
		} else if want := strings.TrimRight(strings.Join(shown, "\n"), "\n"); !matches(shown, printed) {
			t.Errorf("$ %s\nprints\n%s\nbut the page shows\n%s", command, strings.Join(printed, "\n"), want)
		}
	}
	return out.String()
}

// elided gives the lines to show: as printed, but left out as the page did.
func elided(shown, printed []string) []string {
	keep, rest := -1, 0
	for i, l := range shown {
		if l == "..." && keep < 0 {
			keep, rest = i, len(shown)-i-1
		}
	}
	var lines []string
	for i, l := range printed {
		if keep >= 0 && len(printed) > keep+rest && i >= keep && i < len(printed)-rest {
			if i == keep {
				lines = append(lines, "...\n")
			}
			continue
		}
		lines = append(lines, steady(l)+"\n")
	}
	return lines
}

func matches(shown, printed []string) bool {
	for len(shown) > 0 && shown[len(shown)-1] == "" {
		shown = shown[:len(shown)-1]
	}
	for i, l := range shown {
		if l == "..." {
			rest := shown[i+1:]
			return len(printed) >= i+len(rest) && equal(shown[:i], printed[:i]) && equal(rest, printed[len(printed)-len(rest):])
		}
	}
	return equal(shown, printed)
}

func equal(shown, printed []string) bool {
	if len(shown) != len(printed) {
		return false
	}
	for i := range shown {
		if steady(shown[i]) != steady(printed[i]) {
			return false
		}
	}
	return true
}

var volatile = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "2026-11-30T16:20:00Z"},
	{regexp.MustCompile(`\b(\d+):[0-9a-f]{64}`), "$1:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},
	{regexp.MustCompile(`operator:[\w.-]+`), "operator:ann"},
	{regexp.MustCompile(`SQLite [\d.]+`), "SQLite 3.54.1"},
	{regexp.MustCompile(`go1\.[\d.]+`), "go1.26.8"},
	{regexp.MustCompile(`\bk[0-9a-f]{8}\b`), "k1a2b3c4d"},
	{regexp.MustCompile(`\d+ bytes\)`), "335872 bytes)"},
}

// steady replaces what differs from day to day and from machine to machine.
func steady(line string) string {
	line = strings.TrimRight(line, " ")
	for _, v := range volatile {
		line = v.find.ReplaceAllString(line, v.put)
	}
	return line
}

var (
	byToken = regexp.MustCompile(`^QUITTANCE_TOKEN=\$\(cat (\S+)\) `)
	intoOne = regexp.MustCompile(` > (\S+)$`)
)

// runCommand runs a command line: quittance through its door, by a token and into a file where it says so, anything else by the shell.
func runCommand(t *testing.T, command string) string {
	t.Helper()
	var out bytes.Buffer
	if m := byToken.FindStringSubmatch(command); m != nil {
		token, err := os.ReadFile(m[1])
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("QUITTANCE_TOKEN", strings.TrimSpace(string(token)))
		defer os.Unsetenv("QUITTANCE_TOKEN")
		command = strings.TrimPrefix(command, m[0])
	}
	var file bytes.Buffer
	stdout := &out
	m := intoOne.FindStringSubmatch(command)
	if m != nil && strings.HasPrefix(command, "quittance ") {
		command, stdout = strings.TrimSuffix(command, m[0]), &file
		defer func() {
			if err := os.WriteFile(m[1], file.Bytes(), 0o600); err != nil {
				t.Error(err)
			}
		}()
	}
	if !strings.HasPrefix(command, "quittance ") {
		cmd := exec.Command("bash", "-c", command)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			t.Errorf("$ %s: %v\n%s", command, err, out.String())
		}
		return out.String()
	}
	code := cli.Run(context.Background(), words(command)[1:], strings.NewReader(""), stdout, &out, cli.Hooks{Demo: sample, Server: &server.Config{}})
	if code != 0 {
		fmt.Fprintf(&out, "exit code %d\n", code)
	}
	return out.String()
}

var word = regexp.MustCompile(`'([^']*)'|"([^"]*)"|\S+`)

// words splits a command line as a shell does, as far as the pages need it.
func words(line string) []string {
	var all []string
	for _, m := range word.FindAllStringSubmatch(line, -1) {
		if m[1]+m[2] != "" {
			m[0] = m[1] + m[2]
		}
		all = append(all, m[0])
	}
	return all
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)|src="([^":]+)"`)

// checkLinks tests that what a page of the checkout refers to is there.
func checkLinks(t *testing.T, root, page string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range link.FindAllStringSubmatch(string(text), -1) {
		to := filepath.Join(root, filepath.Dir(page), m[1]+m[3])
		if _, err := os.Stat(to); err != nil {
			t.Errorf("the page refers to %s, which is not there", m[1]+m[3])
		}
	}
}

// The example folder of the documentation is the one that the worked examples test.
func TestExamples(t *testing.T) {
	const tested = "../internal/app/apptest/testdata/public-sector"
	files, err := os.ReadDir(tested)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		want, err := os.ReadFile(filepath.Join(tested, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("examples/public-sector", f.Name()))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/examples/public-sector/%s differs from the tested one (%v)", f.Name(), err)
		}
	}
}

// sample makes the sample company; the pages are not served here, where nobody would end it.
func sample(ctx context.Context, url string, _ bool, out io.Writer) error {
	return demo.Run(ctx, url, out)
}
