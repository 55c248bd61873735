package sheet

import "testing"

func TestShowsDate(t *testing.T) {
	for _, c := range []struct {
		id   int
		code string
		want bool
	}{
		{0, "", false},
		{14, "", true},
		{22, "", true},
		{49, "", false},
		{164, "yyyy-mm-dd", true},
		{164, "[$-409]d/m/yyyy", true},
		{164, `#,##0.00" days"`, false},
		{164, "[Red]0.00", false},
		{164, `0\d`, false},
		{164, "0.00;[Red]-0.00", false},
		{164, "h:mm", true},
		{164, "General", false},
		{164, `"`, false},
		{164, `\`, false},
	} {
		if got := showsDate(c.id, c.code); got != c.want {
			t.Errorf("showsDate(%d, %q) = %v", c.id, c.code, got)
		}
	}
}
