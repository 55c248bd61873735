package folder

import (
	"context"
	"encoding/json"
	"strconv"

	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

func lineNumber(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (im *importer) runCode(number string) string {
	for i := range im.d.Reimbursements {
		if im.d.Reimbursements[i].Number == number {
			return im.d.Reimbursements[i].Run
		}
	}
	return ""
}

// readRuns finds the runs that are new.
func (im *importer) readRuns(ctx context.Context) error {
	im.runs = map[string]int64{}
	known, err := reimbursement.Runs(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range known {
		im.runs[known[i].Code] = known[i].ID
	}
	for i := range im.d.Runs {
		r := &im.d.Runs[i]
		_, had := im.runs[r.Run]
		im.keep("runs", r.Run, had, true)
		if had {
			continue
		}
		switch reimbursement.State(r.State) {
		case reimbursement.Proposed, reimbursement.Posted, reimbursement.Cancelled:
			im.freshRuns = append(im.freshRuns, r)
		default:
			im.bad(&r.Row, "state", "%q is not a state that a run is brought in with; expected proposed, posted or cancelled", r.State)
		}
	}
	codes := map[string]bool{}
	for _, r := range im.freshRuns {
		codes[r.Run] = true
	}
	for i := range im.d.Reimbursements {
		r := &im.d.Reimbursements[i]
		if _, had := im.runs[r.Run]; !had && !codes[r.Run] && r.Run != "" {
			im.bad(&r.Row, "run", "there is no run %q", r.Run)
		}
	}
	return nil
}

// reimbursementsSettle refuses a reimbursement voucher whose receivable lines are not settled whole: it must equal what it
// settles on its own ledger account.
func (im *importer) reimbursementsSettle(context.Context) error {
	for i := range im.d.Vouchers {
		v := &im.d.Vouchers[i]
		b := im.posted[v.Number]
		if b == nil || b.Type != ledger.Reimbursement {
			continue
		}
		if line, err := reimbursement.CheckPayable(im.c, b); err != nil {
			im.because(&v.Lines[line-1].Row, "account", err)
		}
		for _, it := range im.items[v.Number] {
			if it.Side == openitem.Customers && it.Open != 0 {
				im.errs = append(im.errs, fault.New(fault.Invalid, "account: a reimbursement must equal what it settles on its own ledger account: of line %d on %s a part stays unsettled; bring its settlements in with it",
					it.Line, it.Account.Written).At(v.Lines[it.Line-1].At("account")).ByRule("not_what_it_settles"))
			}
		}
	}
	return nil
}

// checkRunLines wants the customers of the run lines to exist.
func (im *importer) checkRunLines(context.Context) error {
	for i := range im.d.RunLines {
		row := &im.d.RunLines[i]
		if im.customers[row.Customer] == nil {
			im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
		}
	}
	return nil
}

// writeRuns saves the new runs with their lines.
func (im *importer) writeRuns(ctx context.Context) error {
	lines := map[string][]reimbursement.LineInfo{}
	for i := range im.d.RunLines {
		row := &im.d.RunLines[i]
		c := im.customers[row.Customer]
		l := reimbursement.LineInfo{
			Line: int64(row.Line), CustomerID: c.ID, Customer: c.Code, Currency: row.Currency.Code, Reason: reimbursement.Reason(row.Reason), Detail: row.Detail,
			Amount: row.Amount, Reimbursements: row.Reimbursements, Transfers: row.SettlementVouchers, Posted: row.State == "posted",
		}
		if v := im.vendors[row.Vendor]; v != nil {
			l.VendorID = v.ID
		}
		lines[row.Run] = append(lines[row.Run], l)
	}
	for _, r := range im.freshRuns {
		run := reimbursement.Run{
			ID: im.runs[r.Run], Code: r.Run, State: reimbursement.State(r.State), CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UnixMicro(),
			FirstNumber: int64(r.FirstNumber), LastNumber: int64(r.LastNumber), FirstTransfer: int64(r.SettlementFirst),
		}
		if !r.PostedAt.IsZero() {
			run.PostedAt = r.PostedAt.UnixMicro()
		}
		if err := json.Unmarshal([]byte(r.Selection), &run.Selection); err != nil {
			im.because(&r.Row, "selection", err)
		}
		if err := json.Unmarshal([]byte(r.Options), &run.Policy); err != nil {
			im.because(&r.Row, "options", err)
		}
		if len(im.errs) > 0 {
			continue
		}
		if err := reimbursement.Restore(ctx, im.tx, &run, lines[r.Run]); err != nil {
			return err
		}
	}
	return nil
}
