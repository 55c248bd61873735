package app

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/payout"
	"quittance/internal/request"
)

const checksAFile = 1000 // checks that one PDF has at most

// PaymentFile is a payment file, without its content.
type PaymentFile struct {
	Code     string         `json:"code"`
	Journal  string         `json:"journal"`
	Bank     string         `json:"bank"`
	Kind     string         `json:"kind"` // check, ach, iso20022, positive_pay
	Name     string         `json:"name"`
	MadeBy   string         `json:"made_by"`
	MadeAt   string         `json:"made_at"`
	SHA256   string         `json:"sha256"`
	Payments int            `json:"payments"`
	Currency string         `json:"currency"`
	Total    string         `json:"total"`
	Totals   map[string]any `json:"totals"` // control totals of the format
	Copies   int            `json:"copies"` // how often it was handed out again
}

// VendorPaymentsMade is what was generated.
type VendorPaymentsMade struct {
	Files   []PaymentFile          `json:"files"`
	Refused []VendorPaymentProblem `json:"refused"`
}

// VendorPaymentMaking says what to generate, and how.
type VendorPaymentMaking struct {
	Choice    VendorPaymentChoice `json:"choice"`
	SameDay   bool                `json:"same_day"`  // ACH payments settle today
	Effective civil.Date          `json:"effective"` // of ACH payments; blank: the payments' date
}

// GenerateVendorPayments prints the checks and makes the files of payments that have neither yet: a file for each bank account and kind.
// What keeps a payment from being generated is told by payment, and keeps the others from nothing. Manual payments are passed over.
func (a *App) GenerateVendorPayments(ctx context.Context, call Call, req VendorPaymentMaking) (*VendorPaymentsMade, error) {
	if err := req.Choice.check(); err != nil {
		return nil, err
	}
	cmd := command{name: "vendor_payment.generate", permission: identity.Pay, input: req}
	if first, found, err := earlier[*VendorPaymentsMade](ctx, a, call, cmd); err != nil || found {
		return first, err
	}
	each := call
	each.Key = ""
	made := &VendorPaymentsMade{Files: []PaymentFile{}, Refused: []VendorPaymentProblem{}}
	groups, err := a.toGenerate(ctx, each, req.Choice)
	if err != nil {
		return nil, err
	}
	if err := a.equipped(ctx, each, groups); err != nil { // before the first file is made
		return nil, err
	}
	for _, of := range groups {
		if err := a.generateGroup(ctx, each, req, idsOfChosen(of), made); err != nil {
			return nil, err
		}
	}
	switch {
	case len(made.Files) == 0 && len(made.Refused) == 1 && len(req.Choice.Payments) == 1:
		return nil, fault.New(fault.Refused, "%s", made.Refused[0].Problem).ByRule("not_ready")
	case len(made.Files) == 0 && len(made.Refused) == 0:
		return nil, fault.New(fault.Refused, "there is nothing to print and no file to make: the payments are generated already, or are manual").ByRule("nothing_to_do")
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *VendorPaymentsMade, error) {
		codes := make([]string, len(made.Files))
		for i, f := range made.Files {
			codes[i] = f.Code
		}
		return req.Choice.Journal, map[string]any{"files": codes, "refused": len(made.Refused)}, made, nil
	})
}

// toGenerate gives the payments that wait to be generated, by file.
func (a *App) toGenerate(ctx context.Context, call Call, choice VendorPaymentChoice) (groups [][]payout.Chosen, err error) {
	ch := vendorChange{command: command{permission: identity.Pay}, statuses: []payout.Status{payout.Created, payout.Approved}}
	type key struct {
		bank int64
		kind payout.Kind
	}
	at := map[key]int{}
	chosen, err := a.chooseVendorPayments(ctx, call, ch, choice)
	for _, p := range chosen {
		if p.Kind == payout.ByHand {
			continue
		}
		k := key{p.Bank, p.Kind}
		i, known := at[k]
		if !known || (p.Kind == payout.ByCheck && len(groups[i]) == checksAFile) {
			i = len(groups)
			at[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups, err
}

// equipped refuses payments of which those of one file cannot be made by the settings of their bank account.
func (a *App) equipped(ctx context.Context, call Call, groups [][]payout.Chosen) error {
	return query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		for _, of := range groups {
			if err := payout.Equipped(ctx, tx, a.keys, of[0].Bank, of[0].Kind); err != nil {
				return err
			}
		}
		return nil
	})
}

// generateGroup makes one file of what can be paid and written of its payments; what cannot be is noted.
func (a *App) generateGroup(ctx context.Context, call Call, req VendorPaymentMaking, ids []int64, made *VendorPaymentsMade) error {
	for len(ids) > 0 {
		f, err := a.generateOne(ctx, call, req, ids)
		var u *payout.Unwritable
		if err == nil {
			made.Files = append(made.Files, *f)
			return nil
		}
		if !errors.As(err, &u) || len(u.Problems) == 0 {
			return err
		}
		var some []*payout.Payment
		if err := query(ctx, a, call, identity.Pay, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
			some, err = payout.ByID(ctx, tx, slices.Sorted(maps.Keys(u.Problems)))
			return err
		}); err != nil {
			return err
		}
		for _, p := range some {
			made.Refused = append(made.Refused, VendorPaymentProblem{p.Name(), u.Problems[p.ID]})
		}
		ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return u.Problems[id] != "" })
	}
	return nil
}

// generateOne makes one file. Payments of which one cannot be paid or written are [payout.Unwritable].
func (a *App) generateOne(ctx context.Context, call Call, req VendorPaymentMaking, ids []int64) (*PaymentFile, error) {
	return do(ctx, a, call, command{name: "vendor_payment.generate.some", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentFile, error) {
		policy, err := postingPolicy(c)
		if err != nil {
			return "", nil, nil, err
		}
		payments, err := payout.ByID(ctx, tx, ids)
		if err != nil {
			return "", nil, nil, err
		}
		problems, err := unpayable(ctx, tx, c, payments)
		if err != nil {
			return "", nil, nil, err
		}
		if err := payout.Unready(payments, problems); err != nil {
			return "", nil, nil, err
		}
		f, err := payout.Generate(ctx, tx, c, payout.Making{Keys: a.keys, Company: c.Name, Policy: policy, SameDay: req.SameDay, Effective: req.Effective}, payments)
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewFile(ctx, tx, f)
		return f.Code, view, view, err
	})
}

// unpayable says which payments the actor may not make, because of the requests that they pay or of approvals that they lack.
func unpayable(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment) (map[int64]error, error) {
	barred, err := barredPayments(ctx, tx, payments)
	if err != nil {
		return nil, err
	}
	problems := make(map[int64]error, len(barred))
	for id, code := range barred {
		problems[id] = request.SomebodyElse(tx, code)
	}
	return problems, unapproved(ctx, tx, c, payments, problems)
}

func viewFile(ctx context.Context, tx *db.Tx, f *payout.File) (*PaymentFile, error) {
	banks, err := payout.Banks(ctx, tx)
	if err != nil {
		return nil, err
	}
	v := &PaymentFile{
		Code: f.Code, Kind: f.Kind, Name: f.Name, MadeBy: f.MadeBy, MadeAt: time.UnixMicro(f.MadeAt).UTC().Format(time.RFC3339), SHA256: hex.EncodeToString(f.SHA256), Payments: f.Payments, Totals: f.Totals, Copies: f.Copies,
	}
	for _, b := range banks {
		if b.ID == f.Bank {
			v.Bank, v.Currency, v.Total = b.Code, b.Currency, amountOf(b.Currency, f.Total)
		}
	}
	if f.Journal != 0 {
		v.Journal, err = payout.JournalCode(ctx, tx, f.Journal)
	}
	return v, err
}

// PaymentFileFilter narrows a list of payment files; what is blank does not.
type PaymentFileFilter struct {
	Journal string
	Bank    string // code of the bank account
	Kind    string // check, ach, iso20022, positive_pay
}

func (f PaymentFileFilter) read(ctx context.Context, tx *db.Tx) (to payout.FileFilter, err error) {
	to.Kind = f.Kind
	if f.Journal != "" {
		j, err := payout.FindJournal(ctx, tx, f.Journal)
		if err != nil {
			return to, err
		}
		to.Journal = j.ID
	}
	if f.Bank != "" {
		b, err := payout.FindBank(ctx, tx, f.Bank)
		if err != nil {
			return to, err
		}
		to.Bank = b.ID
	}
	return to, nil
}

// PaymentFiles gives payment files, the newest first.
func (a *App) PaymentFiles(ctx context.Context, call Call, f PaymentFileFilter, p Page) (Part[PaymentFile], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[PaymentFile]{Items: []PaymentFile{}}
	limit, err := p.open("payment files", &before)
	if err := cmp.Or(err, plain("journal", f.Journal), plain("bank", f.Bank), plain("kind", f.Kind)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		of, err := f.read(ctx, tx)
		if err != nil {
			return err
		}
		all, at, err := payout.Files(ctx, tx, of, before.ID, limit)
		if err != nil {
			return err
		}
		for i := range all {
			v, err := viewFile(ctx, tx, &all[i])
			if err != nil {
				return err
			}
			part.Items = append(part.Items, *v)
		}
		if before.ID = at; at != 0 {
			part.Next = next("payment files", before)
		}
		return nil
	})
	return part, err
}

// PaymentFileContent is a payment file as it is handed out.
type PaymentFileContent struct {
	PaymentFile
	Content []byte `json:"-"`
}

// OpenPaymentFile hands a payment file out. That it is, and how often, stands in the audit trail: a file that a bank gets twice pays twice.
func (a *App) OpenPaymentFile(ctx context.Context, call Call, code string) (*PaymentFileContent, error) {
	var content []byte
	call.Key = "" // each time is told
	v, err := do(ctx, a, call, command{name: "payment_file.open", permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *PaymentFile, error) {
		if err := plain("file", code); err != nil {
			return "", nil, nil, err
		}
		f, err := payout.FindFile(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if content, err = f.Open(tx, a.keys); err != nil {
			return "", nil, nil, err
		}
		n, err := f.Copied(ctx, tx)
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewFile(ctx, tx, f)
		return code, map[string]int{"time": n}, view, err
	})
	if err != nil {
		return nil, err
	}
	return &PaymentFileContent{*v, content}, nil
}

// RecordVendorPayment gives a manual payment the reference that it was made with elsewhere, such as the number of a wire.
func (a *App) RecordVendorPayment(ctx context.Context, call Call, name, reference string) (*VendorPayment, error) {
	cmd := command{name: "vendor_payment.reference", permission: identity.Pay, input: []string{name, reference}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *VendorPayment, error) {
		if err := cmp.Or(plain("payment", name), plain("reference", reference)); err != nil {
			return "", nil, nil, err
		}
		p, err := payout.Find(ctx, tx, name)
		if err != nil {
			return "", nil, nil, err
		}
		if err := mayPay(ctx, tx, []*payout.Payment{p}); err != nil {
			return "", nil, nil, err
		}
		if err := payout.Record(ctx, tx, p, strings.TrimSpace(reference)); err != nil {
			return "", nil, nil, err
		}
		view, err := showVendorPayment(ctx, tx, name)
		return name, map[string]string{"reference": reference}, view, err
	})
}

// SpoilChecks notes that check numbers of a bank account were spoiled before they paid anything.
func (a *App) SpoilChecks(ctx context.Context, call Call, bank string, from, to int64, reason string) error {
	cmd := command{name: "checks.spoil", permission: identity.Pay, input: []any{bank, from, to, reason}}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := cmp.Or(plain("bank", bank), plain("reason", reason)); err != nil {
			return "", nil, false, err
		}
		b, err := payout.FindBank(ctx, tx, bank)
		if err != nil {
			return "", nil, false, err
		}
		return bank, map[string]any{"from": from, "to": to, "reason": reason}, true, payout.SpoilChecks(ctx, tx, &b, from, to, tx.Today(), reason)
	})
	return err
}

// AbandonVendorPayments cancels a journal whose proposal did not come to its end, as when the program was stopped, with all payments of it.
func (a *App) AbandonVendorPayments(ctx context.Context, call Call, code string) (*VendorPaymentJournal, error) {
	cmd := command{name: "vendor_payment.abandon", permission: identity.Prepare, input: code}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *VendorPaymentJournal, error) {
		if err := plain("journal", code); err != nil {
			return "", nil, nil, err
		}
		j, err := payout.Abandon(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if err := followJournal(ctx, tx, j); err != nil {
			return "", nil, nil, err
		}
		view, err := viewVendorJournal(ctx, tx, j)
		return code, nil, view, err
	})
}

// MakePositivePay makes the file that tells the bank of a bank account which checks were issued or voided up to a day (blank: today).
func (a *App) MakePositivePay(ctx context.Context, call Call, bank string, upTo civil.Date) (*PaymentFile, error) {
	cmd := command{name: "positive_pay.make", permission: identity.Pay, input: []any{bank, upTo}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *PaymentFile, error) {
		if err := plain("bank", bank); err != nil {
			return "", nil, nil, err
		}
		b, err := payout.FindBank(ctx, tx, bank)
		if err != nil {
			return "", nil, nil, err
		}
		f, err := payout.PositivePay(ctx, tx, a.keys, c.Name, &b, orToday(upTo, tx))
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewFile(ctx, tx, f)
		return f.Code, view, view, err
	})
}
