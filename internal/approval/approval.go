// Package approval lets people decide on what others ask for. It knows no accounting.
//
//   - A *subject* is what is approved: a kind, an id, a name, the digest of its content, and facts (amount, requester, payee, …).
//   - An *approval rule* says who decides on subjects of a kind, organisation, type and band of amounts: *steps*, one after the other, each
//     with its approvers (users or roles) and how many of them are needed.
//   - An *approval* is one subject's way through the steps of the rule that held when it was submitted. Its *events* are its history.
//   - A *delegation* lets another user stand in for an approver for some days; a *limit* says how much one person may approve.
//
// Invariants: a subject has at most one live approval (waiting, more information, approved), guarded by the database. What is carried out
// has the digest that was approved; other content makes the approval void. The requester does not approve, nor who submitted it, nor the
// operator, nor who is paid by it, nor somebody who stands in for one of these; nobody decides twice, neither at another step nor through a
// deputy; who approved does not carry it out. All of that is tested here, so that it holds whatever the door. Where no rule fits,
// the steps that the caller names decide (a request always has some), and without such no approval is needed.
//
// Source: requests rules, "Approval"; the states are drawn in docs/approval.md.
package approval

import (
	"fmt"
	"strings"

	"quittance/internal/money"
	"quittance/internal/policy"
)

// Kind is a kind of subject.
type Kind = policy.Kind

// State is where an approval is.
type State string

// The states, as stored.
const (
	Waiting         State = "waiting"          // for approvers of its step
	MoreInformation State = "more_information" // for an answer of who asked for it
	Approved        State = "approved"
	Rejected        State = "rejected"
	Withdrawn       State = "withdrawn"
	Voided          State = "void" // the content changed
	Used            State = "used" // carried out
)

// States gives all states, in the order of the code.
func States() []State {
	return []State{Waiting, MoreInformation, Approved, Rejected, Withdrawn, Voided, Used}
}

// Verb is what happens to an approval.
type Verb string

// The verbs, as stored.
const (
	Submitting  Verb = "submit"
	Approving   Verb = "approve"
	Rejecting   Verb = "reject"
	Asking      Verb = "ask"
	Answering   Verb = "answer"
	Withdrawing Verb = "withdraw"
	Voiding     Verb = "void"
	Using       Verb = "use"
	Reminding   Verb = "remind"
)

// Verbs gives all verbs, in the order of the code.
func Verbs() []Verb {
	return []Verb{Submitting, Approving, Rejecting, Asking, Answering, Withdrawing, Voiding, Using, Reminding}
}

// Next says where each verb may lead from each state. A subject without an approval is submitted, to waiting or approved.
var Next = map[State]map[Verb][]State{
	"":              {Submitting: {Waiting, Approved}},
	Waiting:         {Approving: {Waiting, Approved}, Rejecting: {Rejected}, Asking: {MoreInformation}, Withdrawing: {Withdrawn}, Voiding: {Voided}, Reminding: {Waiting}},
	MoreInformation: {Answering: {Waiting}, Withdrawing: {Withdrawn}, Voiding: {Voided}},
	Approved:        {Withdrawing: {Withdrawn}, Voiding: {Voided}, Using: {Used}},
}

// Live says whether something can still become of it.
func (s State) Live() bool { return s == Waiting || s == MoreInformation || s == Approved }

// Subject is what is to be approved.
type Subject struct {
	Kind      Kind
	ID        int64 // within the kind
	Name      string
	Title     string // one line that says what it is
	Digest    []byte // SHA-256 of its content
	Facts     Facts
	Fields    *policy.Fields   // what policies see beside the facts; nil: the facts
	Decision  *policy.Decision // of the policies, when they were asked already; nil: Submit asks them
	Submitter string           // who submits; blank: the unit's actor
	Evidence  any              // what approvers are shown, kept as JSON
	Look      string           // why a person decides whatever policies approve; blank: they may
	Otherwise []Step           // who decides where no rule fits; nil: nobody needs to
	Untold    bool             // who submits many tells of them together, by [TellMany]
}

// Facts are what approval rules and limits look at.
type Facts struct {
	Type         string // within the kind
	Organisation string
	Currency     string
	Amount       money.Amount   // in the currency
	Worth        money.Amount   // in the accounting currency
	Accounting   money.Currency // the accounting currency
	Requester    string         // blank: who submits
	Payee        string         // code of who is paid; blank: nobody, or many
	Payees       []string       // codes of all who are paid, or of those that are users
}

// Approval is a subject's way through the steps.
type Approval struct {
	ID          int64
	N           int64 // the company's number
	Kind        Kind
	Subject     int64
	Name        string
	Title       string
	Digest      []byte
	State       State
	Facts       Facts
	SubmittedBy string
	SubmittedAt int64 // UTC microseconds
	Rule        string
	RuleN       int
	Decision    int64 // of the policies; 0: none was in force
	Automatic   bool  // nobody needed to approve
	Step        int   // that it waits for, from 1; past Steps: none
	Steps       int
	EndedAt     int64 // UTC microseconds; 0: not yet
	Evidence    string
	untold      bool
}

// Code names the approval for people, such as AP-000001.
func (a *Approval) Code() string { return fmt.Sprintf("AP-%06d", a.N) }

// Who is one approver of a step: a user, or whoever has a role.
type Who struct {
	Role bool
	Name string
}

// String writes who as rules do: user:ann, role:controller.
func (w Who) String() string {
	if w.Role {
		return "role:" + w.Name
	}
	return "user:" + w.Name
}

// ParseWho reads what String writes.
func ParseWho(s string) (Who, bool) {
	kind, name, ok := strings.Cut(s, ":")
	return Who{kind == "role", name}, ok && name != "" && (kind == "role" || kind == "user")
}

// MarshalText writes who as String does.
func (w Who) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (w *Who) UnmarshalText(b []byte) error {
	x, ok := ParseWho(string(b))
	if !ok {
		return fmt.Errorf("%q is no approver; expected user:NAME or role:NAME", b)
	}
	*w = x
	return nil
}

// Step is one step of an approval rule.
type Step struct {
	Approvers     []Who `json:"approvers"`
	Need          int   `json:"need"`           // persons; as many as approvers: each of them
	RemindAfter   int   `json:"remind_after"`   // hours; 0: never
	EscalateAfter int   `json:"escalate_after"` // hours; 0: never
	EscalateTo    []Who `json:"escalate_to"`    // who may decide too from then on
}

// Open is a step of an approval.
type Open struct {
	N                   int
	Need                int
	Approvers           []Who
	EscalateTo          []Who
	StartedAt, RemindAt int64 // UTC microseconds; 0: not yet, never
	EscalateAt          int64
	RemindedAt          int64
	EscalatedAt         int64 // when those in EscalateTo were told
	RemindAfter         int   // hours
	EscalateAfter       int
}

// Event is something that happened to an approval.
type Event struct {
	N         int
	At        int64 // UTC microseconds
	Actor     string
	Verb      Verb
	State     State // after it
	Step      int
	ActingFor string // who delegated; blank: for oneself
	Capacity  string // as which approvers, comma between
	Reason    string
	Digest    []byte
}
