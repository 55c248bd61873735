package web

import (
	"strings"

	"quittance/internal/app"
	"quittance/internal/web/ui"
)

// historyField is a field that the history of a deduction names: the text for it, and how the texts for its values begin (blank: the
// values are no words of the program).
type historyField struct{ label, values string }

var historyFields = map[string]historyField{
	"reason": {"deductions.reason", ""}, "type": {"deductions.type", ""}, "account": {"deductions.account", ""}, "plan": {"deductions.plan", ""},
	"their_code": {"deductions.their_code", ""}, "claim_number": {"deductions.claim_number", ""}, "note": {"deductions.note", ""},
	"owner": {"deductions.owner", ""}, "team": {"deductions.team", ""}, "priority": {"deductions.priority", ""}, "follow_up": {"deductions.follow_up", ""},
	"work": {"deductions.work", "deduction.work."}, "substate": {"deductions.substate", ""}, "dispute": {"deductions.dispute", "deduction.dispute."},
	"attempts": {"deductions.attempts", ""}, "disputed_at": {"deductions.disputed_at", ""}, "answer_due": {"deductions.answer_due", ""}, "paid_back": {"deductions.paid_back", ""},
	"expires": {"deductions.window", ""}, "ready": {"deductions.ready", "deductions.told."}, "duplicate_of": {"deductions.duplicate_field", ""},
	"watcher": {"deductions.watcher", ""}, "evidence": {"deductions.evidence", "deduction.evidence."},
}

// deductionHistory shows the history of a deduction, in the words of the pages.
func (v *visit) deductionHistory(d *app.DeductionView) (events []ui.Event) {
	for _, e := range d.History {
		x := ui.Event{When: ui.Instant(v.with(), e.At), By: e.Actor, Tone: map[string]string{"captured": "good", "reversed": "bad", "rejected": "bad", "resolved": "good"}[e.Kind]}
		x.What = ui.TextCell(e.Kind)
		if key := "deduction.event." + e.Kind; v.frame.Lang.Has(key) {
			x.What.Text = v.say(key)
		}
		x.Detail = v.historyText(e.Kind, e.Text)
		events = append(events, x)
	}
	return events
}

// historyText gives what an event says: what people wrote as it is, what the program wrote in its words.
func (v *visit) historyText(kind, text string) string {
	switch kind {
	case "changed", "dispute", "evidence", "watcher":
		lines := strings.Split(text, "\n")
		for i := range lines {
			lines[i] = v.changedField(lines[i])
		}
		return strings.Join(lines, "\n")
	case "resolved", "proposed", "approved", "resolution_reversed": // such as: write_off 60.00 USD, return 15.00 USD
		parts := strings.Split(text, ", ")
		for i := range parts {
			parts[i] = v.firstWord("deduction.kind.", parts[i])
		}
		return strings.Join(parts, ", ")
	case "captured":
		if amount, small := strings.CutSuffix(text, ", written off for its small amount"); small {
			return v.say("deductions.told.small", "amount", amount)
		}
	case "split":
		if parent, child := strings.CutPrefix(text, "from "); child {
			return v.say("deductions.told.from", "number", parent)
		}
	}
	return text
}

// changedField writes a line such as work: captured → in_research. One that is none stays as it is.
func (v *visit) changedField(line string) string {
	name, change, _ := strings.Cut(line, ": ")
	f, known := historyFields[name]
	if !known {
		return line
	}
	if before, after, moved := strings.Cut(change, " → "); moved && f.values != "" {
		change = v.firstWord(f.values, before) + " → " + v.firstWord(f.values, after)
	}
	return v.say(f.label) + ": " + change
}

// firstWord puts the words of the pages in the place of the first word of a text, where there are such.
func (v *visit) firstWord(texts, text string) string {
	word, rest, more := strings.Cut(text, " ")
	if key := texts + word; v.frame.Lang.Has(key) {
		if word = v.say(key); more {
			word += " "
		}
		return word + rest
	}
	return text
}
