package api_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/api"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
)

// example is a command of the guide, and what it answers.
var example = regexp.MustCompile("(?s)```sh\n(curl -s .*?)```\n\n```json\n(.*?)```")

// TestGuide runs the example of docs/api.md; -update writes what is answered into it.
func TestGuide(t *testing.T) {
	const page = "../../docs/api.md"
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed, so that the example of docs/api.md is NOT TESTED")
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, dbtest.Open(t, dbtest.URL(t, dbtest.Kinds()[0])), api.Options{})
	s.Import(t, apptest.PublicSector())
	token := s.token(t, "carl", "clerk")
	examples := 0
	fresh := example.ReplaceAllStringFunc(string(text), func(found string) string {
		examples++
		m := example.FindStringSubmatch(found)
		cmd := exec.Command("sh", "-c", m[1])
		cmd.Env = append(os.Environ(), "API="+s.url, "TOKEN="+token, "no_proxy=*")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%v: %s", m[1], err, out)
		}
		out = regexp.MustCompile(`"request_id":"[A-Z0-9]+"`).ReplaceAll(out, []byte(`"request_id":"…"`))
		var shown bytes.Buffer
		if err := json.Indent(&shown, out, "", " "); err != nil {
			t.Fatalf("%s\nanswers %s", m[1], out)
		}
		answer := strings.TrimSpace(shown.String()) + "\n"
		if answer != m[2] && !*update {
			t.Errorf("%s\nanswers\n%s\nbut the page shows\n%s", m[1], answer, m[2])
		}
		return "```sh\n" + m[1] + "```\n\n```json\n" + answer + "```"
	})
	if examples != 5 {
		t.Errorf("the page has %d examples", examples)
	}
	if *update {
		if err := os.WriteFile(page, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
