package policy

import (
	"reflect"
	"strconv"
	"strings"

	"quittance/internal/fault"
)

// FieldInfo is a field that rules know.
type FieldInfo struct {
	Name string `json:"field"`
	Type string `json:"type"` // amount, text, number, yes or no, list
}

var typeNames = map[string]string{"policy.Amount": "amount", "string": "text", "int": "number", "bool": "yes or no", "[]string": "list"}

// FieldInfos gives the fields that rules know, in the order of the code.
func FieldInfos() []FieldInfo {
	t := reflect.TypeFor[Fields]()
	all := make([]FieldInfo, t.NumField())
	for i := range all {
		all[i] = FieldInfo{t.Field(i).Tag.Get("expr"), typeNames[t.Field(i).Type.String()]}
	}
	return all
}

// NewFields gives the fields of a subject of which nothing is known.
func NewFields() Fields {
	return Fields{SaleDays: Unknown, CreditDays: Unknown, DetailsDays: Unknown, Documents: []string{}}
}

// Set reads the value of the field with the name, as people write it: 120.00, yes, receipt,photo. What cannot be read is [fault.Invalid] at the
// field.
func (f *Fields) Set(name, text string) error {
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("expr") == name {
			return setField(v.Field(i), name, strings.TrimSpace(text))
		}
	}
	return fault.New(fault.Invalid, "there is no field %q; see: quittance policies fields", cut(name)).In(name)
}

func setField(to reflect.Value, name, text string) error {
	wrong := func(what string) error {
		return fault.New(fault.Invalid, "%s: %q is no %s", name, cut(text), what).In(name)
	}
	switch x := to.Addr().Interface().(type) {
	case *string:
		*x = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return wrong("whole number")
		}
		*x = n
	case *bool:
		if text != "yes" && text != "no" && text != "true" && text != "false" {
			return wrong("answer; expected yes or no")
		}
		*x = text == "yes" || text == "true"
	case *[]string:
		*x = []string{}
		for one := range strings.SplitSeq(text, ",") {
			if one = strings.TrimSpace(one); one != "" {
				*x = append(*x, one)
			}
		}
	case *Amount:
		if err := x.UnmarshalText([]byte(text)); err != nil {
			return wrong("amount; expected a decimal such as 120.00")
		}
	}
	return nil
}
