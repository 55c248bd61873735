package camt_test

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quittance/internal/fault"
	"quittance/internal/format/camt"
	"quittance/internal/format/statement"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(data []byte) string {
	f, err := camt.Parse(data)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return f.Text()
}

func samples(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < 40 {
		t.Fatal(files, err)
	}
	return files
}

func TestSamples(t *testing.T) {
	for _, file := range samples(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".xml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := read(data)
			if strings.Contains(file, "damaged") != strings.HasPrefix(got, "error: ") {
				t.Errorf("got %s", got)
			}
			golden := strings.TrimSuffix(file, ".xml") + ".golden"
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

// The three versions of a message tell the same.
func TestVersionsAgree(t *testing.T) {
	version := regexp.MustCompile(`001\.0[248]|-0[248]|(camt|MSG)[0-9.]+|line [0-9]+`)
	for _, message := range []string{"camt.052", "camt.053", "camt.054"} {
		var texts []string
		for _, v := range []string{"02", "04", "08"} {
			data, err := os.ReadFile("testdata/" + message + ".001." + v + ".xml")
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, version.ReplaceAllString(read(data), ""))
		}
		if texts[0] != texts[1] || texts[1] != texts[2] {
			t.Errorf("%s differs by version:\n%s", message, strings.Join(texts, "\n"))
		}
	}
}

// schemas gives the folder of the schemas: that of QUITTANCE_XSD, or shared/xsd beside the module or a folder above it. Without them
// the test is skipped, and says so.
func schemas(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("QUITTANCE_XSD"); dir != "" {
		return dir
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if found := filepath.Join(dir, "shared", "xsd"); is(found) {
			return found
		}
	}
	t.Skip("SKIPPED: NO SCHEMAS FOUND. Set QUITTANCE_XSD to the folder of the ISO 20022 schemas; nothing was validated")
	return ""
}

func is(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

var message = regexp.MustCompile(`camt\.05[234]\.001\.[0-9]{2}`)

// validate holds a document to its schema.
func validate(t *testing.T, dir, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema", filepath.Join(dir, message.FindString(string(data))+".xsd"), file).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", file, err, out)
	}
}

func TestSamplesAreValid(t *testing.T) {
	dir := schemas(t)
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("SKIPPED: NO xmllint (Debian libxml2-utils); nothing was validated")
	}
	n := 0
	for _, file := range samples(t) {
		if !strings.Contains(file, "damaged") {
			validate(t, dir, file)
			n++
		}
	}
	if n < 9 {
		t.Errorf("validated %d", n)
	}
}

func TestHostileFilesAreRefusedSoon(t *testing.T) {
	head := `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>`
	for name, text := range map[string]string{
		"Deep":      head + strings.Repeat("<a>", 1_000_000),
		"DeepEntry": head + "<Ntry>" + strings.Repeat("<a>", 1_000_000),
		"Billion":   `<!DOCTYPE x [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>` + head + "&b;",
		"Outside":   `<!DOCTYPE x SYSTEM "file:///etc/passwd">` + head,
		"Inside":    head + "<Ntry><!ENTITY a 'x'></Ntry>",
		"Bytes":     head + strings.Repeat(" ", statement.MaxBytes),
		"Entries":   head + strings.Repeat(`<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts></Ntry>`, statement.MaxLines+1),
		"Blank":     " \n",
		"Nothing":   "",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := camt.Parse([]byte(text))
			if c := fault.CodeOf(err); c != fault.Invalid && c != fault.Limited {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*.xml", "testdata/crashers/*"} {
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
		file, err := camt.Parse(data)
		if err != nil {
			var one *fault.Error
			var many fault.List
			if !errors.As(err, &one) && !errors.As(err, &many) || fault.CodeOf(err) == fault.Internal {
				t.Errorf("%v is no error for people", err)
			}
			return
		}
		if err := file.Check(); err != nil {
			t.Errorf("what was read does not hold: %v", err)
		}
		if file.Text() == "" {
			t.Error("nothing")
		}
	})
}
