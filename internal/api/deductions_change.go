package api

import (
	"context"
	"net/http"
	"net/url"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
)

// DeductionChange changes a deduction; what is not given stays as it is.
type DeductionChange struct {
	Reason      *string     `json:"reason,omitempty" maxLength:"60" doc:"A new one may lead to another owner and team."`
	Type        *string     `json:"type,omitempty" maxLength:"60"`
	Account     *string     `json:"account,omitempty" maxLength:"250"`
	Plan        *string     `json:"plan,omitempty" maxLength:"60"`
	TheirCode   *string     `json:"their_code,omitempty" maxLength:"60" doc:"The customer's own reason code; names the reason by the map of codes unless reason is given."`
	ClaimNumber *string     `json:"claim_number,omitempty" maxLength:"60"`
	Note        *string     `json:"note,omitempty" maxLength:"4000"`
	Owner       *string     `json:"owner,omitempty" maxLength:"60"`
	Team        *string     `json:"team,omitempty" maxLength:"60"`
	Priority    *int        `json:"priority,omitempty" minimum:"0" maximum:"9"`
	FollowUp    *civil.Date `json:"follow_up,omitempty"`
	Work        *string     `json:"work,omitempty" maxLength:"60" doc:"State of work; next_work of the deduction says which ones it may move to."`
	Substate    *string     `json:"substate,omitempty" maxLength:"60"`
	DuplicateOf *string     `json:"duplicate_of,omitempty" maxLength:"60"`
	Comment     string      `json:"comment,omitempty" maxLength:"4000"`
}

// VersionedChange is a change decided on a version of the deduction.
type VersionedChange struct {
	DeductionChange
	Version int64 `json:"version,omitempty" minimum:"0" doc:"Of the deduction when it was looked at; when it has another one now, nothing is changed (409)."`
}

// DisputeChange moves the dispute with the customer.
type DisputeChange struct {
	To       string     `json:"to" minLength:"1" maxLength:"60" doc:"State of the dispute; next_dispute of the deduction says which ones it may move to."`
	Date     civil.Date `json:"date,omitempty" doc:"On which it happened; today when it is not given."`
	PaidBack string     `json:"paid_back,omitempty" maxLength:"30" doc:"What the customer repaid by this, with paid_back and partly_paid_back."`
	Text     string     `json:"text,omitempty" maxLength:"4000" doc:"Comment."`
	Version  int64      `json:"version,omitempty" minimum:"0" doc:"Of the deduction when it was looked at."`
}

// Comment is a comment.
type Comment struct {
	Text string `json:"text" minLength:"1" maxLength:"4000"`
}

// Watching says who watches.
type Watching struct {
	Watcher string `json:"watcher,omitempty" maxLength:"60" doc:"Who acts when it is not given."`
	Watch   bool   `json:"watch" doc:"Whether it is to be watched, or no longer."`
}

func deductionDesk(d *door) {
	add(d, operation{
		id: "update-deduction", method: http.MethodPatch, path: "/companies/{company}/deductions/{deduction}", tag: deductionTag, permission: identity.Deduct, matched: true,
		summary: "Change a deduction", about: "Reason, treatment, owner, follow-up, state of work and so on. The history keeps what was before.",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[VersionedChange]) (*app.DeductionView, error) {
		return d.app.UpdateDeduction(ctx, call, in.Deduction, in.Body.Version, app.DeductionUpdate(in.Body.DeductionChange))
	}))
	add(d, operation{
		id: "dispute-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/dispute", tag: deductionTag, permission: identity.Deduct, matched: true,
		summary: "Move the dispute of a deduction", about: "As the dispute rule allows: window, attempts, days to answer. No money is moved by it.",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[DisputeChange]) (*app.DeductionView, error) {
		b := in.Body
		return d.app.DisputeDeduction(ctx, call, in.Deduction, b.Version, app.DisputeMove{To: b.To, Date: b.Date, PaidBack: b.PaidBack, Text: b.Text})
	}))
	add(d, operation{
		id: "comment-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/comments", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK, matched: true,
		summary: "Comment on a deduction",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[Comment]) (*app.DeductionView, error) {
		return d.app.CommentDeduction(ctx, call, in.Deduction, in.Body.Text)
	}))
	add(d, operation{
		id: "watch-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/watchers", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK, matched: true,
		summary: "Watch a deduction, or no longer",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[Watching]) (*app.DeductionView, error) {
		return d.app.WatchDeduction(ctx, call, in.Deduction, in.Body.Watcher, in.Body.Watch)
	}))
	add(d, operation{
		id: "expire-deductions", method: http.MethodPost, path: "/companies/{company}/deductions-expiry", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK,
		summary: "Mark deductions as expired", about: "Those whose window to dispute ended before today and whose dispute is not under way; some hundreds a command. Expected values are made anew by what was won and lost. Meant to be asked for daily.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
	},
	) (*reply[Expired], error) {
		n, err := d.app.ExpireDeductions(ctx, d.call(ctx, in.Company.Company, in.Key))
		return &reply[Expired]{Expired{n}}, err
	})
}

// Expired says how many deductions were marked as expired.
type Expired struct {
	Count int `json:"count"`
}

// Resolving asks for the resolution of a deduction.
type Resolving struct {
	Date  civil.Date       `json:"date,omitempty" doc:"Of the vouchers; today when it is not given."`
	Lines []ResolutionLine `json:"lines" minItems:"1" maxItems:"100" doc:"Posted together or not at all; what they leave stays open."`
}

// ResolutionLine is a part of what remains, and what becomes of it.
type ResolutionLine struct {
	Kind      string           `json:"kind" enum:"write_off,accrual_plan,match,credit_note,return,chargeback,paid_back,correct"`
	Amount    string           `json:"amount,omitempty" maxLength:"30" doc:"All that the other lines leave when it is not given (one line at most)."`
	Account   string           `json:"account,omitempty" maxLength:"250"`
	Plan      string           `json:"plan,omitempty" maxLength:"60"`
	Credit    string           `json:"credit,omitempty" maxLength:"60" doc:"Voucher of the open credit, or of the payment that repaid it."`
	Customer  string           `json:"customer,omitempty" maxLength:"60" doc:"Whose credit it is."`
	NoteLines []CreditNoteLine `json:"note_lines,omitempty" maxItems:"100" doc:"Lines of a new credit note."`
	Basis     string           `json:"basis,omitempty" enum:"price,quantity" doc:"Of a credit note."`
	Goods     string           `json:"goods,omitempty" maxLength:"250" doc:"Of a credit note by quantity: the returned lines."`
	Number    string           `json:"number,omitempty" maxLength:"60"`
	Due       civil.Date       `json:"due_date,omitempty"`
	KeepDue   bool             `json:"keep_due_date,omitempty"`
	Reason    string           `json:"reason,omitempty" maxLength:"60"`
	Text      string           `json:"text,omitempty" maxLength:"250"`
}

// CreditNoteLine is a line of a new credit note.
type CreditNoteLine struct {
	Account string `json:"account" minLength:"1" maxLength:"250"`
	Amount  string `json:"amount" minLength:"1" maxLength:"30"`
}

func (r Resolving) request(number string) app.ResolveRequest {
	req := app.ResolveRequest{Deduction: number, Date: r.Date}
	for _, l := range r.Lines {
		line := app.ResolveLine{
			Kind: l.Kind, Amount: l.Amount, Account: l.Account, Plan: l.Plan, Credit: l.Credit, Customer: l.Customer, Basis: l.Basis, Goods: l.Goods, Number: l.Number, Due: l.Due, KeepDue: l.KeepDue,
			Reason: l.Reason, Text: l.Text,
		}
		for _, n := range l.NoteLines {
			line.NoteLines = append(line.NoteLines, app.NoteLine(n))
		}
		req.Lines = append(req.Lines, line)
	}
	return req
}

// Split asks to split children off a deduction.
type Split struct {
	Parts []SplitPart `json:"parts" minItems:"1" maxItems:"100"`
}

// SplitPart is a part to be split off.
type SplitPart struct {
	Amount string `json:"amount" minLength:"1" maxLength:"30"`
	Type   string `json:"type,omitempty" maxLength:"60" doc:"The parent's when it is not given."`
	Reason string `json:"reason,omitempty" maxLength:"60" doc:"The parent's when it is not given."`
	Note   string `json:"note,omitempty" maxLength:"4000"`
}

func (s Split) request(number string) app.SplitRequest {
	req := app.SplitRequest{Deduction: number}
	for _, p := range s.Parts {
		req.Parts = append(req.Parts, app.SplitChild(p))
	}
	return req
}

// Claim raises a claim before there is a payment.
type Claim struct {
	Customer    string     `json:"customer" minLength:"1" maxLength:"60"`
	Amount      string     `json:"amount" minLength:"1" maxLength:"30"`
	Currency    string     `json:"currency,omitempty" maxLength:"3"`
	Date        civil.Date `json:"date,omitempty"`
	Type        string     `json:"type,omitempty" maxLength:"60"`
	Reason      string     `json:"reason,omitempty" maxLength:"60"`
	Basis       string     `json:"basis,omitempty" enum:"price,quantity"`
	Invoice     string     `json:"invoice,omitempty" maxLength:"60"`
	ClaimNumber string     `json:"claim_number,omitempty" maxLength:"60"`
	TheirCode   string     `json:"their_code,omitempty" maxLength:"60"`
	Note        string     `json:"note,omitempty" maxLength:"4000"`
}

// Decision approves, rejects or withdraws.
type Decision struct {
	Date   civil.Date `json:"date,omitempty" doc:"Of the vouchers; today when it is not given."`
	Reason string     `json:"reason,omitempty" maxLength:"250"`
}

// decide makes the handler of a decision.
func decide(d *door, by func(context.Context, app.Call, app.DecideRequest) (*app.DeductionOutcome, error)) func(context.Context, *deductionBody[Decision]) (*reply[app.DeductionOutcome], error) {
	return changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[Decision]) (*app.DeductionOutcome, error) {
		return by(ctx, call, app.DecideRequest{Deduction: in.Deduction, Date: in.Body.Date, Reason: in.Body.Reason})
	})
}

// ReverseLine asks for the mirror of a resolution line.
type ReverseLine struct {
	Resolution string     `json:"resolution" minLength:"1" maxLength:"60" doc:"Its id, or the number of its voucher."`
	Date       civil.Date `json:"date,omitempty"`
	Reason     string     `json:"reason" minLength:"1" maxLength:"250"`
}

// look runs the preview of a command on a deduction.
func look(v *app.DeductionEffect, err error) (*reply[app.DeductionEffect], error) {
	if err != nil {
		return nil, err
	}
	return &reply[app.DeductionEffect]{*v}, nil
}

// deductionMoney are the operations that move money, each with its simulation where there is one.
func deductionMoney(d *door) {
	claims(d)
	resolutions(d)
	decisions(d)
}

func claims(d *door) {
	add(d, operation{
		id: "raise-claim", method: http.MethodPost, path: "/companies/{company}/deductions", tag: deductionTag, permission: identity.Deduct, status: http.StatusCreated,
		summary: "Raise a claim", about: "A deduction before a payment: it becomes money when it is approved.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body Claim
	},
	) (*made[app.DeductionOutcome], error) {
		o, err := d.app.RaiseClaim(ctx, d.call(ctx, in.Company.Company, in.Key), app.ClaimRequest(in.Body))
		if err != nil {
			return nil, err
		}
		return &made[app.DeductionOutcome]{Location: "/api/v1/companies/" + url.PathEscape(in.Company.Company) + "/deductions/" + url.PathEscape(o.Deduction), Body: *o}, nil
	})
	add(d, operation{
		id: "withdraw-claim", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/withdrawal", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK, matched: true,
		summary: "Withdraw a claim",
	}, decide(d, d.app.WithdrawClaim))
	add(d, operation{
		id: "split-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/split", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK, matched: true,
		summary: "Split a deduction", about: "Into children with numbers of their own; the parent keeps the rest.",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[Split]) (*app.DeductionOutcome, error) {
		return d.app.SplitDeduction(ctx, call, in.Body.request(in.Deduction))
	}))
}

func resolutions(d *door) {
	add(d, operation{
		id: "resolve-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/resolutions", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK, matched: true,
		summary: "Resolve a deduction", about: "In part or whole, by lines that are posted together or not at all. What is over a limit waits for approval.",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[Resolving]) (*app.DeductionOutcome, error) {
		return d.app.ResolveDeduction(ctx, call, in.Body.request(in.Deduction))
	}))
	add(d, operation{
		id: "simulate-resolution", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/resolutions/simulation", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK,
		summary: "What a resolution would do", about: "With the vouchers that it would post; nothing is kept.",
	}, func(ctx context.Context, in *struct {
		DeductionOf
		Body Resolving
	},
	) (*reply[app.DeductionEffect], error) {
		return look(d.app.PreviewResolveDeduction(ctx, d.call(ctx, in.Company.Company, ""), in.Body.request(in.Deduction)))
	})
	add(d, operation{
		id: "reverse-resolution", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/reversal", tag: deductionTag, permission: identity.Deduct, status: http.StatusOK, matched: true,
		summary: "Reverse a resolution line", about: "By its mirror; the deduction is open again by its amount.",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *deductionBody[ReverseLine]) (*app.DeductionOutcome, error) {
		b := in.Body
		return d.app.ReverseResolution(ctx, call, app.ReverseResolutionRequest{Deduction: in.Deduction, Resolution: b.Resolution, Date: b.Date, Reason: b.Reason})
	}))
}

func decisions(d *door) {
	add(d, operation{
		id: "approve-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/approval", tag: deductionTag, permission: identity.Approve, status: http.StatusOK, matched: true,
		summary: "Approve what is proposed for a deduction", about: "By another person than who proposed it; it is posted.",
	}, decide(d, d.app.ApproveDeduction))
	add(d, operation{
		id: "reject-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/rejection", tag: deductionTag, permission: identity.Approve, status: http.StatusOK, matched: true,
		summary: "Reject what is proposed for a deduction",
	}, decide(d, d.app.RejectDeduction))
}

// Chosen name deductions, at most 5000.
type Chosen struct {
	Numbers []string `json:"numbers" minItems:"1" maxItems:"5000" maxLength:"60" doc:"Numbers of deductions."`
}

// MassUpdate changes many deductions.
type MassUpdate struct {
	Chosen
	Update DeductionChange `json:"update"`
}

// MassResolution resolves all that remains of many deductions.
type MassResolution struct {
	Chosen
	Kind    string     `json:"kind" enum:"write_off,accrual_plan,return,chargeback"`
	Account string     `json:"account,omitempty" maxLength:"250" doc:"The deduction's, else the reason's, when it is not given."`
	Plan    string     `json:"plan,omitempty" maxLength:"60" doc:"The deduction's, else the reason's, when it is not given."`
	Reason  string     `json:"reason,omitempty" maxLength:"60"`
	Text    string     `json:"text,omitempty" maxLength:"250"`
	Date    civil.Date `json:"date,omitempty" doc:"Of the vouchers; today when it is not given."`
}

// MassApproval approves what is proposed for many deductions.
type MassApproval struct{ Chosen }

func (m MassUpdate) mass() app.MassDeductions {
	u := app.DeductionUpdate(m.Update)
	return app.MassDeductions{Numbers: m.Numbers, Update: &u}
}

func (m MassResolution) mass() app.MassDeductions {
	return app.MassDeductions{Numbers: m.Numbers, Resolve: &app.MassResolve{Kind: m.Kind, Account: m.Account, Plan: m.Plan, Reason: m.Reason, Text: m.Text, Date: m.Date}}
}

func (m MassApproval) mass() app.MassDeductions {
	return app.MassDeductions{Numbers: m.Numbers, Approve: true}
}

func deductionMass(d *door) {
	massOf[MassUpdate](d, "update", "Change many deductions", identity.Deduct)
	massOf[MassResolution](d, "resolution", "Resolve many deductions", identity.Deduct)
	massOf[MassApproval](d, "approval", "Approve what is proposed for many deductions", identity.Approve)
}

// massOf adds a mass change and its simulation.
func massOf[B interface{ mass() app.MassDeductions }](d *door, what, summary string, p identity.Permission) {
	path := "/companies/{company}/deductions-mass-" + what
	add(d, operation{
		id: "mass-" + what, method: http.MethodPost, path: path, tag: deductionTag, permission: p, status: http.StatusOK,
		summary: summary, about: "Each by itself: one that is refused holds up no other, and the answer says why.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body B
	},
	) (*reply[app.MassResult], error) {
		r, err := d.app.MassDeductions(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.mass())
		if err != nil {
			return nil, err
		}
		return &reply[app.MassResult]{*r}, nil
	})
	add(d, operation{
		id: "simulate-mass-" + what, method: http.MethodPost, path: path + "/simulation", tag: deductionTag, permission: p, status: http.StatusOK,
		summary: summary + ": what would happen", about: "Of each deduction by itself, or why not; nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body B
	},
	) (*reply[app.MassResult], error) {
		r, err := d.app.PreviewMassDeductions(ctx, d.call(ctx, in.Company.Company, ""), in.Body.mass())
		if err != nil {
			return nil, err
		}
		return &reply[app.MassResult]{*r}, nil
	})
}
