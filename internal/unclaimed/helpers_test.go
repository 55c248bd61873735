package unclaimed_test

import (
	"errors"

	"quittance/internal/fault"
)

// fieldOf gives the field that the first error of a list names.
func fieldOf(err error) string {
	var l fault.List
	if errors.As(err, &l) && len(l) > 0 {
		return l[0].Field
	}
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Field
	}
	return ""
}
