package ui

// Definition is a name with its value.
type Definition struct {
	Name  string
	Value Cell
}

func (d Definition) blank() bool {
	v := d.Value
	return v.Text == "" && v.Amount == "" && v.Body == nil && len(v.Badges) == 0
}

// Stat is a figure with its name; Href is where it comes from.
type Stat struct {
	Name, Text, Sub, Href string
	Amount, Currency      string
}

// Tab is a part of a thing.
type Tab struct {
	Text, Href, Count string
	Here              bool
}

// Event is one step of a timeline.
type Event struct {
	When, By, Detail string
	What, Amount     Cell
	Tone             string
}

// Progress is how far a long work has come.
type Progress struct {
	Label  string
	Done   int64
	All    int64
	Events string
}

// ProgressEvent is what the server sends of a long work. Text and Rate are ready to be shown; End says that the page is to be read anew.
type ProgressEvent struct {
	Done int64  `json:"done"`
	All  int64  `json:"all"`
	Text string `json:"text"`
	Rate string `json:"rate"`
	End  bool   `json:"end"`
}

// Line is an amount in a currency.
type Line struct{ Amount, Currency, Href string }

func noticeIcon(tone string) string {
	switch tone {
	case "good":
		return "check"
	case "bad", "warn":
		return "alert"
	}
	return "info"
}

// trail says when and by whom.
func (e Event) trail() string {
	if e.By == "" {
		return e.When
	}
	return e.When + " · " + e.By
}

// current is the value of aria-current.
func current(here bool) string {
	if here {
		return "page"
	}
	return "false"
}
