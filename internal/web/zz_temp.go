package web

import "quittance/internal/web/ui"

func (v *visit) optionsOf(group string, values []string) (all []ui.Option) {
	for _, x := range values {
		all = append(all, ui.Option{Value: x, Text: v.say(group + x)})
	}
	return all
}

func codeAndName(code, name string) string {
	if name == "" || name == code {
		return code
	}
	return code + " · " + name
}
