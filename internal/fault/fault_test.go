package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"quittance/internal/fault"
)

func TestCodesAndTables(t *testing.T) {
	cases := []struct {
		err  error
		code fault.Code
		exit int
		http int
	}{
		{nil, "", 0, 200},
		{errors.New("boom"), fault.Internal, 1, 500},
		{fault.New(fault.Usage, "no such flag"), fault.Usage, 2, 400},
		{fmt.Errorf("while reading: %w", fault.New(fault.NotFound, "customer X")), fault.NotFound, 1, 404},
		{fault.New(fault.Violation, "broken"), fault.Violation, 3, 409},
		{fault.List{fault.New(fault.Invalid, "a"), fault.New(fault.Refused, "b")}, fault.Invalid, 1, 422},
	}
	for _, c := range cases {
		if got := fault.CodeOf(c.err); got != c.code {
			t.Errorf("CodeOf(%v) = %q, want %q", c.err, got, c.code)
		}
		if got := fault.ExitCode(c.err); got != c.exit {
			t.Errorf("ExitCode(%v) = %d, want %d", c.err, got, c.exit)
		}
		if got := fault.HTTPStatus(c.err); got != c.http {
			t.Errorf("HTTPStatus(%v) = %d, want %d", c.err, got, c.http)
		}
	}
}

func TestListTakesListsApart(t *testing.T) {
	var l fault.List
	l.Add(nil)
	if l.Err() != nil {
		t.Fatal("an empty list is no error")
	}
	l.Add(fault.New(fault.Invalid, "one").At("a.csv:1:1"))
	l.Add(fault.List{fault.New(fault.Invalid, "two"), fault.New(fault.Invalid, "three")})
	l.Add(errors.New("four"))
	if want := "a.csv:1:1: one\ntwo\nthree\nfour"; l.Error() != want {
		t.Errorf("got %q, want %q", l.Error(), want)
	}
}

func TestCauseStaysOutOfTheMessage(t *testing.T) {
	cause := errors.New("password=hunter2")
	err := fault.New(fault.Unavailable, "the database cannot be reached").Because(cause)
	if err.Error() != "the database cannot be reached" {
		t.Errorf("message shows %q", err.Error())
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is lost")
	}
}
