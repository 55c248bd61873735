package ui

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"quittance/internal/fault"
)

// Form is a form that changes something, with what was typed when it was refused.
type Form struct {
	Action string
	Submit string // text of the button: what will happen, with amount and count where money moves
	Cancel string // address to go back to; blank: no such link
	Danger bool
	Typed  url.Values // what was typed; nil at first
	Err    error      // why it was refused; nil at first
	Files  bool       // holds files
	Plain  bool       // without htmx: the answer is a download, or changes what stands around the page
}

// Field is a field of a form.
type Field struct {
	Name, Label, Hint string
	Type              string // text (blank), password, email, date, number, file, textarea, checkbox, select
	Value             string // unless something was typed
	Required          bool
	Options           []Option // of a select
	Autocomplete      string
	Mono              bool
	Short             bool // a few characters
	Rows              int  // of a text area; 0: three
	List              []string
	Accept            string
	Multiple          bool
	Folder            bool   // of a file field: a whole folder
	Quiet             bool   // does not say that it is optional: one of many
	ListID            string // of the list on the page that it can be chosen from
}

// Option is a choice.
type Option struct {
	Value, Text string
}

// value gives what stands in the field.
func (f Form) value(x Field) string {
	if f.Typed != nil && x.Type != "password" {
		return f.Typed.Get(x.Name)
	}
	return x.Value
}

// checked says whether a check box with the value is set.
func (f Form) checked(x Field) bool {
	if f.Typed != nil {
		for _, v := range f.Typed[x.Name] {
			if v == x.on() {
				return true
			}
		}
		return false
	}
	return x.Value != ""
}

func (x Field) on() string { return "yes" }

// Faults gives the errors of err one by one.
func Faults(err error) []*fault.Error {
	var many fault.List
	var one *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		return many
	case errors.As(err, &one):
		return []*fault.Error{one}
	}
	return []*fault.Error{fault.New(fault.Internal, "the program met an error that it does not know").Because(err)}
}

// errorOf gives what is wrong with a field; blank when nothing is.
func (f Form) errorOf(name string) string {
	for _, e := range Faults(f.Err) {
		if e.Field == name {
			return e.Message
		}
	}
	return ""
}

func (x Field) rows() string {
	if x.Rows == 0 {
		return "3"
	}
	return str(x.Rows)
}

func (x Field) id() string { return "f-" + x.Name }

// described gives the ids of what says more of a field.
func (f Form) described(x Field) string {
	ids := ""
	if x.Hint != "" {
		ids = x.id() + "-hint"
	}
	if f.errorOf(x.Name) != "" {
		if ids != "" {
			ids += " "
		}
		ids += x.id() + "-error"
	}
	return ids
}

// chose says whether one of several values of a name was set.
func (f Form) chose(name, value string) bool { return slices.Contains(f.Typed[name], value) }

// fieldAttributes are the attributes that only some fields have.
func fieldAttributes(f Form, x Field) templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("autocomplete", x.Autocomplete)
	set("aria-describedby", f.described(x))
	set("accept", x.Accept)
	set("list", x.ListID)
	a["required"], a["multiple"], a["webkitdirectory"] = x.Required, x.Multiple, x.Folder
	if f.errorOf(x.Name) != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// FaultText gives what an error says in the reader's language, where there is a text for its rule, else its message.
func FaultText(ctx context.Context, e *fault.Error) string {
	if key := "rule." + e.Rule; In(ctx).Lang.Has(key) {
		return T(ctx, key)
	}
	return e.Message
}

// Choice makes an option.
func Choice(value, text string) Option { return Option{Value: value, Text: text} }
