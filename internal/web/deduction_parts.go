package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/web/ui"
)

// partsForm is a form that divides an amount: a card a part, the rest always in sight, and above it what it would do.
type partsForm struct {
	title, lead string
	card        string // key of the title of a part
	form        ui.Form
	head        []ui.Field
	fields      []partField
	rows        int
	whole       string // exact decimal
	currency    string
	digits      int
	effect      templ.Component
	do          ui.Form
	carry       url.Values
	accounts    []string
}

// partField is a field of a part. For are the kinds of part that it is for, as classes; blank: all.
type partField struct {
	ui.Field
	For string
}

const (
	partsAtFirst = 2
	partsMost    = 40
)

// parts gives how many parts the form has.
func (v *visit) parts() int {
	n, _ := strconv.Atoi(v.form("rows"))
	n = min(max(n, partsAtFirst), partsMost)
	if v.form("step") == "more" {
		n = min(n+1, partsMost)
	}
	return n
}

// at gives a field in a part: its name ends with the part's place.
func (p partField) at(i int) ui.Field {
	f := p.Field
	f.Name += strconv.Itoa(i)
	f.Quiet = true
	return f
}

// showParts shows the form, with its effect when there is one and with errors at their parts.
func (v *visit) showParts(page ui.Page, f partsForm, err error) error {
	page.Title = f.title
	f.rows = v.parts()
	cur, cerr := money.CurrencyOf(f.currency)
	if cerr != nil {
		return cerr
	}
	f.digits = int(cur.Digits)
	if v.r.Method == "POST" {
		f.form.Typed = v.r.PostForm
	}
	f.form.Err = err
	if err != nil {
		f.effect = nil
		return v.again(err, page, partsBody(f))
	}
	if f.effect != nil {
		f.carry = url.Values{}
		for name, values := range v.r.PostForm {
			if name != "key" {
				f.carry[name] = values
			}
		}
		f.carry["step"] = []string{"do"}
	}
	return v.show(page, partsBody(f))
}

// atParts moves errors that app places by lines or parts to the cards that those were typed in.
func atParts(err error, at []int, otherwise string) error {
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		n, ok := partOf(&one)
		if ok && n < len(at) {
			if one.Field == "" {
				one.Field = otherwise
			}
			one.Field += strconv.Itoa(at[n])
			one.Place = "" // the card says it
		}
		list = append(list, &one)
	}
	return list.Err()
}

// partOf reads which line an error is about: from its place, "line 2", or its field, "lines[1].account".
func partOf(e *fault.Error) (int, bool) {
	if n, ok := rowOf(e.Place); ok {
		i, err := strconv.Atoi(n)
		return i, err == nil
	}
	for _, list := range []string{"lines[", "parts["} {
		if rest, ok := strings.CutPrefix(e.Field, list); ok {
			n, field, found := strings.Cut(rest, "]")
			i, err := strconv.Atoi(n)
			if found && err == nil {
				e.Field = strings.TrimPrefix(field, ".")
				return i, true
			}
		}
	}
	return 0, false
}

// effectOf shows what a command would do to a deduction: how it stands then, and the vouchers.
func (v *visit) effectOf(e *app.DeductionEffect) templ.Component {
	var parts []templ.Component
	if o := e.Outcome; o != nil {
		if o.Proposed {
			text := v.say("deductions.would_propose")
			if o.Limit != "" {
				text += " " + o.Limit
			}
			parts = append(parts, proposedNotice(text))
		}
		amount := func(a string) ui.Cell { return ui.Cell{Amount: a, Currency: o.Currency} }
		parts = append(parts, ui.Definitions([]ui.Definition{
			{Name: v.say("deductions.original"), Value: amount(o.Amount)},
			{Name: v.say("deductions.resolved"), Value: amount(o.Resolved)},
			{Name: v.say("deductions.split_off"), Value: amount(o.Split)},
			{Name: v.say("deductions.remaining_then"), Value: amount(o.Remaining)},
			{Name: v.say("deductions.financial"), Value: ui.BadgeCell(v.financialBadge(o.Financial))},
			{Name: v.say("deductions.children"), Value: ui.TextCell(strings.Join(o.Children, ", "))},
		}))
	}
	return templ.Join(append(parts, v.vouchersToCome(e.Vouchers))...)
}

// sum adds up the parts that were typed, as far as they are amounts.
func (f partsForm) sum() string {
	var t tally
	for i := range f.rows {
		text := f.form.Typed.Get("amount" + strconv.Itoa(i))
		var one tally
		if one.add(text, f.currency); one.err == nil {
			t.add(text, f.currency)
		}
	}
	sum, err := t.text(f.currency)
	if err != nil {
		return ""
	}
	return sum
}

func (f partsForm) rest() string {
	var t tally
	t.add(f.whole, f.currency)
	if sum := f.sum(); ui.Negative(sum) {
		t.add(sum[1:], f.currency)
	} else if sum != "" {
		t.add("-"+sum, f.currency)
	}
	rest, err := t.text(f.currency)
	if err != nil {
		return ""
	}
	return rest
}
