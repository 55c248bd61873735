package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// recordPairs takes the detail of an audit record, which is JSON, apart into names and values, for people. What is no object gives none.
func recordPairs(detail string) [][2]string {
	d := json.NewDecoder(strings.NewReader(detail))
	d.UseNumber() // figures stay as they are
	var fields map[string]any
	if d.Decode(&fields) != nil {
		return nil
	}
	var pairs [][2]string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if text := recordValue(fields[name]); text != "" {
			pairs = append(pairs, [2]string{strings.ReplaceAll(name, "_", " "), text})
		}
	}
	return pairs
}

// recordValue writes a value of JSON for people.
func recordValue(value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case []any:
		parts := make([]string, len(x))
		for i, y := range x {
			parts[i] = recordValue(y)
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, strings.ReplaceAll(name, "_", " ")+" "+recordValue(x[name]))
		}
		return strings.Join(parts, ", ")
	}
	return fmt.Sprint(value)
}
