package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
)

// Hit is something that was looked for.
type Hit struct {
	Kind string `json:"kind"` // customer, vendor, deduction, payment_journal, voucher, reimbursement, run, account
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
		for _, find := range []func(context.Context, *db.Tx, *ledger.Company, string, int) ([]Hit, error){findParties, findDeductions, findVouchers, findRuns, findAccounts} {
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
