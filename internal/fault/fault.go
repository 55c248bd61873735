// Package fault is the one error type of Quittance.
//
// An [Error] says four things: its [Code] (what kind of failure, mapped to an exit code and an HTTP status in one
// table each), a message for the user that names the thing and the way out, the place it happened (a field of a form,
// or file:line:column of a folder), and, for the operator only, the cause underneath. A [List] is many of them at
// once, so that a person can mend everything that is wrong in one go.
//
// Invariant: the message never holds the cause, a secret or SQL; those are for the log.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the kind of a failure. The set is closed; scripts and API clients may rely on it.
type Code string

// The codes. See [ExitCode] and [HTTPStatus] for what each becomes outside.
const (
	Usage           Code = "usage"           // the command line was used wrongly
	Invalid         Code = "invalid"         // input that can never be right as it stands
	NotFound        Code = "not_found"       // the thing named does not exist
	Conflict        Code = "conflict"        // somebody else changed or holds it; look again
	Refused         Code = "refused"         // well formed, but a rule of the house forbids it
	Denied          Code = "denied"          // this actor may not do that
	Unauthenticated Code = "unauthenticated" // who acts is not known
	Limited         Code = "limited"         // too large or too often
	Unavailable     Code = "unavailable"     // the database or another service cannot be reached now
	Violation       Code = "violation"       // the books are not right (verify)
	Internal        Code = "internal"        // a defect of the program
)

// Error is a failure with everything that a person needs to mend it.
type Error struct {
	Code    Code
	Message string // for the user: the thing, its value, the way out
	Rule    string // stable name of the rule that refused, such as "period_not_open"; may be blank
	Field   string // the field of the input, such as "due_date"; may be blank
	Place   string // where in the input, such as "vouchers.csv:12:9"; may be blank
	Cause   error  // for the operator's log only; may be nil
}

// New makes an error of the given code; the message is formatted as by fmt.Sprintf.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error gives the place, when known, and the message.
func (e *Error) Error() string {
	if e.Place != "" {
		return e.Place + ": " + e.Message
	}
	return e.Message
}

// Unwrap gives the cause, for errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.Cause }

// ByRule names the stable rule that refused.
func (e *Error) ByRule(rule string) *Error { e.Rule = rule; return e }

// In names the field of the input.
func (e *Error) In(field string) *Error { e.Field = field; return e }

// At names the place in the input.
func (e *Error) At(place string) *Error { e.Place = place; return e }

// Because keeps the cause for the operator.
func (e *Error) Because(err error) *Error { e.Cause = err; return e }

// CodeOf gives the code of err, [Internal] when it is none of ours. A nil error has no code.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var l List
	if errors.As(err, &l) && len(l) > 0 {
		return l[0].Code
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// RuleOf gives the stable rule name of err, or blank.
func RuleOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Rule
	}
	var l List
	if errors.As(err, &l) && len(l) > 0 {
		return l[0].Rule
	}
	return ""
}

// List is several failures found together. It is an error when it is not empty; see [List.Err].
type List []*Error

// Add appends err; a List is taken apart, anything else is wrapped as [Internal]. A nil err adds nothing.
func (l *List) Add(err error) {
	if err == nil {
		return
	}
	var many List
	var one *Error
	switch {
	case errors.As(err, &many):
		*l = append(*l, many...)
	case errors.As(err, &one):
		*l = append(*l, one)
	default:
		*l = append(*l, New(Internal, "%v", err).Because(err))
	}
}

// Err gives the list as an error, or nil when it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error gives one line a failure.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// exits is the one table from codes to exit codes of the command line (0 done, 1 refused or failed, 2 wrong usage,
// 3 a violation found by verify). Source: interchange, "The command line".
var exits = map[Code]int{Usage: 2, Violation: 3}

// ExitCode gives the exit code of the command line for err.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	if n, ok := exits[CodeOf(err)]; ok {
		return n
	}
	return 1
}

// statuses is the one table from codes to HTTP status.
var statuses = map[Code]int{
	Usage: 400, Invalid: 422, NotFound: 404, Conflict: 409, Refused: 409, Denied: 403,
	Unauthenticated: 401, Limited: 429, Unavailable: 503, Violation: 409, Internal: 500,
}

// HTTPStatus gives the HTTP status for err; 200 for nil.
func HTTPStatus(err error) int {
	if err == nil {
		return 200
	}
	return statuses[CodeOf(err)]
}
