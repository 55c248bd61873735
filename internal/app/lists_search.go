package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// Hit is something that was looked for.
type Hit struct {
	Kind string `json:"kind"` // customer, vendor, request, deduction, payment_journal, voucher, reimbursement, run, vendor_payment_journal, vendor_payment, bank_statement, account
	Code string `json:"code"`
	Name string `json:"name"`
}

// Search gives what has a code, a number or a name that begins with the text, at most limit (0 is 10, at most 50) of each kind; codes
// and numbers as written or in capitals, names whatever the case. Vendors are found by name among those first by code, and those who are
// paid for the customers that were found.
func (a *App) Search(ctx context.Context, call Call, text string, limit int) ([]Hit, error) {
	const usual, most = 10, 50
	if limit = cmp.Or(limit, usual); limit < 0 || limit > most {
		return nil, fault.New(fault.Invalid, "%d of each kind are not to be had; ask for 1 to %d", limit, most).In("limit")
	}
	if err := plain("text", text); err != nil {
		return nil, err
	}
	hits := []Hit{}
	if text = strings.TrimSpace(text); text == "" {
		return hits, nil
	}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		for _, find := range []func(context.Context, *db.Tx, *ledger.Company, string, int) ([]Hit, error){findParties, findRequests, findDeductions, findVouchers, findRuns, findPayouts, findStatements, findAccounts} {
			some, err := find(ctx, tx, c, text, limit)
			if err != nil {
				return err
			}
			hits = append(hits, some...)
		}
		return nil
	})
	return hits, err
}

func findParties(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	customers, _, _, err := listParties(ctx, tx, openitem.Customers, party.Filter{Search: text}, party.Place{}, limit)
	if err != nil {
		return nil, err
	}
	vendors, _, _, err := listParties(ctx, tx, openitem.Vendors, party.Filter{Search: text}, party.Place{}, limit)
	if err != nil {
		return nil, err
	}
	var hits []Hit
	known := map[string]bool{}
	for _, p := range customers {
		hits = append(hits, Hit{"customer", p.Code, p.Name})
	}
	for _, p := range vendors {
		hits, known[p.Code] = append(hits, Hit{"vendor", p.Code, p.Name}), true
	}
	for _, p := range customers {
		if p.Vendor == "" || known[p.Vendor] || len(known) == limit {
			continue
		}
		v, err := party.FindVendor(ctx, tx, p.Vendor)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(strings.ToLower(v.Name), strings.ToLower(text)) {
			hits, known[p.Vendor] = append(hits, Hit{"vendor", v.Code, v.Name}), true
		}
	}
	return hits, nil
}

// asWritten gives the ways in which a code is looked for.
func asWritten(text string) []string { return slices.Compact([]string{text, strings.ToUpper(text)}) }

func findVouchers(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	var vouchers, reimbursements []Hit
	for _, number := range asWritten(text) {
		found, _, err := ledger.ListVouchers(ctx, tx, ledger.VoucherFilter{Number: number}, nil, 2*limit)
		if err != nil {
			return nil, err
		}
		for i := range found {
			v := &found[i]
			kind, into := "voucher", &vouchers
			if v.Type == ledger.Reimbursement {
				kind, into = "reimbursement", &reimbursements
			}
			if len(*into) < limit {
				*into = append(*into, Hit{kind, v.Number, strings.TrimSpace(v.Type.String() + " of " + v.Date.String() + " " + v.Text)})
			}
		}
	}
	return append(reimbursements, vouchers...), nil
}

// findRequests finds requests by number, and by the invoice, return order or ticket that they are about.
func findRequests(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	var hits []Hit
	for _, code := range asWritten(text) {
		found, err := request.Like(ctx, tx, code, limit-len(hits))
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			hits = append(hits, Hit{"request", x.Code, strings.TrimSpace(strings.ReplaceAll(string(x.State), "_", " ") + " " + amountOf(x.Currency, x.Amount) + " " + x.Currency + " " + x.CustomerName)})
		}
	}
	return hits, nil
}

func findRuns(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	var hits []Hit
	for _, code := range asWritten(text) {
		runs, err := reimbursement.RunsLike(ctx, tx, code, limit-len(hits))
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			hits = append(hits, Hit{"run", r.Code, string(r.State) + " of " + r.Policy.Date.String()})
		}
	}
	return hits, nil
}

// findPayouts looks among the journals of vendor payments by code, and the payments by name, such as VPJ-00000001/3, and number.
func findPayouts(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	var journals, payments []Hit
	for _, code := range asWritten(text) {
		some, err := payout.JournalsLike(ctx, tx, code, limit-len(journals))
		if err != nil {
			return nil, err
		}
		for _, j := range some {
			journals = append(journals, Hit{"vendor_payment_journal", j.Code, strings.TrimSpace(string(j.State) + " of " + j.Date.String() + " " + j.Text)})
		}
		found, err := payout.Numbered(ctx, tx, code, limit-len(payments))
		if err != nil {
			return nil, err
		}
		if strings.Contains(code, "/") {
			p, err := payout.Find(ctx, tx, code)
			if err == nil {
				found = append(found, p)
			} else if c := fault.CodeOf(err); c != fault.NotFound && c != fault.Invalid {
				return nil, err
			}
		}
		for _, p := range found {
			payments = append(payments, Hit{"vendor_payment", p.Name(), strings.TrimSpace(string(p.Status) + " " + p.Number + " " + amountOf(p.Currency, p.Amount) + " " + p.Currency)})
		}
	}
	return append(journals, payments...), nil
}

// findStatements looks among the bank statements by name, such as MAIN/3, and the bank's number.
func findStatements(ctx context.Context, tx *db.Tx, _ *ledger.Company, text string, limit int) ([]Hit, error) {
	var hits []Hit
	known := map[string]bool{}
	for _, number := range asWritten(text) {
		some, _, err := bank.List(ctx, tx, bank.Filter{Number: number}, 0, limit)
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			if !known[s.Name()] && len(hits) < limit {
				known[s.Name()] = true
				hits = append(hits, Hit{"bank_statement", s.Name(), strings.TrimSpace(s.Number + " " + s.From.String() + " – " + s.To.String())})
			}
		}
	}
	return hits, nil
}

// findAccounts looks among the main accounts, by code and name, and the ledger accounts, as written.
func findAccounts(_ context.Context, _ *db.Tx, c *ledger.Company, text string, limit int) ([]Hit, error) {
	var hits []Hit
	begins := func(s, with string) bool { return strings.HasPrefix(strings.ToLower(s), strings.ToLower(with)) }
	for _, code := range slices.Sorted(maps.Keys(c.Accounts)) {
		if x := c.Accounts[code]; len(hits) < limit && (begins(code, text) || begins(x.Name, text)) {
			hits = append(hits, Hit{"account", code, x.Name})
		}
	}
	for _, x := range c.LedgerAccounts() {
		if _, main := c.Accounts[x.Written]; !main && len(hits) < limit && begins(x.Written, text) {
			hits = append(hits, Hit{"account", x.Written, c.Accounts[x.Main].Name})
		}
	}
	return hits, nil
}
