package docs_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"quittance/internal/request"
)

// The diagram of the states of requests is the table that the program goes by.
func TestRequestStates(t *testing.T) {
	text, err := os.ReadFile("requests.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[request.State][]request.State{}
	for _, m := range regexp.MustCompile(`(?m)^    (\w+) --> (\w+)$`).FindAllStringSubmatch(string(text), -1) {
		drawn[request.State(m[1])] = append(drawn[request.State(m[1])], request.State(m[2]))
	}
	for from := range drawn {
		if !slices.Contains(request.States(), from) {
			t.Errorf("the diagram draws %s, which is no state", from)
		}
	}
	for _, from := range request.States() {
		want, got := slices.Clone(request.Next[from]), drawn[from]
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("from %s the diagram goes to %v, the program to %v", from, got, want)
		}
		if from.Ended() != regexp.MustCompile(`(?m)^    `+string(from)+` --> \[\*\]$`).Match(text) {
			t.Errorf("the diagram ends otherwise than the program at %s", from)
		}
	}
	for _, k := range request.Kinds() {
		if !regexp.MustCompile("`" + string(k) + "`").Match(text) {
			t.Errorf("the kind %s is not named", k)
		}
	}
}
