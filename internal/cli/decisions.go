package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"quittance/internal/format/sheet"
	"quittance/internal/reimbursement"
	"quittance/internal/spool"
)

// sink shows a run: its decisions as they come, then the run itself.
type sink interface {
	add(d reimbursement.Decisions) error
	close(run *reimbursement.RunView) error
}

// sinkTo gives the sink of the output that was asked for, which writes to w.
func (e *env) sinkTo(w io.Writer, summary bool) sink {
	switch {
	case summary:
		return &summarySink{e, w}
	case e.Output == "json":
		return &jsonSink{w: w}
	case e.Output == "jsonl":
		return jsonlSink{w}
	case e.Output == "csv":
		return &csvSink{newCSV(w, csvColumns)}
	}
	return newTableSink(e, w)
}

// patient is the sink of a command that writes: the database may make its unit try again, and then the decisions come from
// their beginning once more. It shows nothing before the command is done, and starts over when a decision comes that
// stands before one already seen; they come by customer and currency.
type patient struct {
	e       *env
	summary bool
	last    string
	sink    sink
	spool   spool.Spool
}

func (p *patient) add(d reimbursement.Decisions) error {
	first, last := keysOf(d)
	if first == "" {
		return nil
	}
	if p.sink == nil || first <= p.last {
		if err := p.spool.Close(); err != nil {
			return err
		}
		p.sink = p.e.sinkTo(&p.spool, p.summary)
	}
	p.last = last
	return p.sink.add(d)
}

func (p *patient) close(run *reimbursement.RunView) error {
	if p.sink == nil {
		p.sink = p.e.sinkTo(&p.spool, p.summary)
	}
	if err := p.sink.close(run); err != nil {
		return err
	}
	return p.spool.CopyTo(p.e.stdout)
}

// keysOf gives the least and the greatest customer with currency of some decisions; blank when there are none.
func keysOf(d reimbursement.Decisions) (first, last string) {
	see := func(customer, currency string) {
		k := customer + "\x00" + currency
		if first == "" || k < first {
			first = k
		}
		last = max(last, k)
	}
	for i := range d.Reimbursements {
		see(d.Reimbursements[i].Customer, d.Reimbursements[i].Currency)
	}
	for i := range d.Excluded {
		see(d.Excluded[i].Customer, d.Excluded[i].Currency)
	}
	return first, last
}

// jsonlSink writes a line a decision, named by its kind, then the run.
type jsonlSink struct{ w io.Writer }

func (s jsonlSink) add(d reimbursement.Decisions) error {
	for i := range d.Reimbursements {
		if err := writeJSON(s.w, map[string]any{"reimbursement": &d.Reimbursements[i]}); err != nil {
			return err
		}
	}
	for i := range d.Nettings {
		if err := writeJSON(s.w, map[string]any{"netting": &d.Nettings[i]}); err != nil {
			return err
		}
	}
	for i := range d.Excluded {
		if err := writeJSON(s.w, map[string]any{"excluded": &d.Excluded[i]}); err != nil {
			return err
		}
	}
	return nil
}

func (s jsonlSink) close(run *reimbursement.RunView) error {
	return writeJSON(s.w, map[string]any{"run": run})
}

// jsonSink writes one object. Its three arrays come interleaved, and the run last, so they wait in spools.
type jsonSink struct {
	w                                  io.Writer
	reimbursements, nettings, excluded jsonArray
}

func (s *jsonSink) add(d reimbursement.Decisions) error {
	for i := range d.Reimbursements {
		if err := s.reimbursements.add(&d.Reimbursements[i]); err != nil {
			return err
		}
	}
	for i := range d.Nettings {
		if err := s.nettings.add(&d.Nettings[i]); err != nil {
			return err
		}
	}
	for i := range d.Excluded {
		if err := s.excluded.add(&d.Excluded[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *jsonSink) close(run *reimbursement.RunView) error {
	text, err := json.Marshal(run)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(s.w)
	fmt.Fprintf(out, "{\"run\": %s", text)
	for _, part := range []struct {
		name  string
		array *jsonArray
	}{{"reimbursements", &s.reimbursements}, {"nettings", &s.nettings}, {"excluded", &s.excluded}} {
		fmt.Fprintf(out, ",\n%q: [", part.name)
		if err := part.array.CopyTo(out); err != nil {
			return err
		}
		fmt.Fprint(out, "]")
	}
	fmt.Fprintln(out, "}")
	return out.Flush()
}

// jsonArray gathers the elements of an array.
type jsonArray struct {
	spool.Spool
	some bool
}

func (a *jsonArray) add(v any) error {
	if a.some {
		if _, err := io.WriteString(a, ","); err != nil {
			return err
		}
	}
	a.some = true
	return writeJSON(a, v)
}

const csvColumns = "kind number customer vendor classification currency >amount debit_account credit_account reason detail"

// csvSink writes a row for each pair of voucher lines of a reimbursement, for each netting and each excluded candidate.
type csvSink struct{ w sheet.Writer }

func (s *csvSink) add(d reimbursement.Decisions) error {
	for i := range d.Reimbursements {
		v := &d.Reimbursements[i]
		for j := 0; j+1 < len(v.Voucher.Lines); j += 2 { // a debit, then its credit
			debit, credit := v.Voucher.Lines[j], v.Voucher.Lines[j+1]
			if err := s.w.Row("reimbursement", v.Number, v.Customer, v.Vendor, v.Classification, v.Currency, debit.Debit, debit.Account, credit.Account, "", reversedBy(v)); err != nil {
				return err
			}
		}
	}
	for _, n := range d.Nettings {
		if err := s.w.Row("netting", n.Voucher, n.Customer, "", "", "", n.Amount, "", "", "", n.DebitVoucher+" settled with "+n.CreditVoucher); err != nil {
			return err
		}
	}
	for _, x := range d.Excluded {
		if err := s.w.Row("excluded", "", x.Customer, "", "", x.Currency, "", "", "", string(x.Reason), x.Detail); err != nil {
			return err
		}
	}
	return nil
}

func (s *csvSink) close(*reimbursement.RunView) error { return s.w.Close() }

func reversedBy(v *reimbursement.View) string {
	if v.ReversedBy == "" {
		return ""
	}
	return "reversed by " + v.ReversedBy
}

// summarySink shows the run and how often each reason came.
type summarySink struct {
	e *env
	w io.Writer
}

func (s *summarySink) add(reimbursement.Decisions) error { return nil }

func (s *summarySink) close(run *reimbursement.RunView) error {
	switch s.e.Output {
	case "json", "jsonl":
		return writeJSON(s.w, map[string]any{"run": run})
	case "csv":
		w := newCSV(s.w, "reason >count")
		for _, r := range slices.Sorted(maps.Keys(run.Totals.Reasons)) {
			if err := w.Row(string(r), fmt.Sprint(run.Totals.Reasons[r])); err != nil {
				return err
			}
		}
		return w.Close()
	}
	if err := headline(s.w, run); err != nil {
		return err
	}
	t := newTable("excluded_for >count")
	for _, r := range slices.Sorted(maps.Keys(run.Totals.Reasons)) {
		if err := t.add(string(r), fmt.Sprint(run.Totals.Reasons[r])); err != nil {
			return err
		}
	}
	if err := section(s.w, "", t); err != nil {
		return err
	}
	return s.e.ending(s.w, run)
}

// tableSink shows the run's headline, its vouchers, its nettings, and who is left out and why.
type tableSink struct {
	e                                  *env
	w                                  io.Writer
	reimbursements, nettings, excluded *table
	totals                             sums
	count, reversed                    int
}

func newTableSink(e *env, w io.Writer) *tableSink {
	return &tableSink{e: e, w: w, reimbursements: newTable(journalColumns), nettings: newTable("customer debit credit >amount voucher"), excluded: newTable("customer currency reason detail")}
}

func (s *tableSink) add(d reimbursement.Decisions) error {
	for i := range d.Reimbursements {
		v := &d.Reimbursements[i]
		s.count++
		if v.ReversedBy != "" {
			s.reversed++
		}
		if err := journal(s.reimbursements, v, s.count); err != nil {
			return err
		}
		if err := s.totals.add(v.Currency, v.Amount); err != nil {
			return err
		}
	}
	for _, n := range d.Nettings {
		if err := s.nettings.add(n.Customer, n.DebitVoucher, n.CreditVoucher, n.Amount, n.Voucher); err != nil {
			return err
		}
	}
	for _, x := range d.Excluded {
		if err := s.excluded.add(x.Customer, x.Currency, string(x.Reason), x.Detail); err != nil {
			return err
		}
	}
	return nil
}

func (s *tableSink) close(run *reimbursement.RunView) error {
	if err := headline(s.w, run); err != nil {
		return err
	}
	for _, currency := range s.totals.order {
		total := s.totals.text(currency)
		s.reimbursements.foot("TOTAL", "", "", "", currency, "", total, total, "", "")
	}
	if err := section(s.w, "Reimbursements", s.reimbursements); err != nil {
		return err
	}
	if err := section(s.w, "Debits settled with credits first", s.nettings); err != nil {
		return err
	}
	if err := section(s.w, "Excluded", s.excluded); err != nil {
		return err
	}
	if s.count > 0 && s.reversed == s.count {
		_, err := fmt.Fprint(s.w, "\nEvery reimbursement of the run is reversed: its credits are open again.\n")
		return err
	}
	return s.e.ending(s.w, run)
}

// section prints a table under its title, when it has rows.
func section(w io.Writer, title string, t *table) error {
	if t.count == 0 {
		return nil
	}
	fmt.Fprintln(w)
	if title != "" {
		fmt.Fprintln(w, title)
	}
	return t.print(w)
}

const journalColumns = "number customer vendor class currency account >debit >credit settles >settled"

// journal adds the voucher of a reimbursement: a row a line, and beside the lines what it settles. n is its place in the list,
// which stands for the number that it does not have yet.
func journal(t *table, v *reimbursement.View, n int) error {
	for i := range max(len(v.Voucher.Lines), len(v.Settles)) {
		row := make([]string, 10)
		switch {
		case i == 0:
			row[0], row[1], row[2], row[3], row[4] = numbered(v, n), v.Customer, payee(v), v.Classification, v.Currency
		case i == 1 && v.ReversedBy != "":
			row[0] = "reversed by " + v.ReversedBy
		}
		if i < len(v.Voucher.Lines) {
			l := v.Voucher.Lines[i]
			row[5], row[6], row[7] = l.Account, blankZero(l.Debit), blankZero(l.Credit)
		}
		if i < len(v.Settles) {
			row[8], row[9] = v.Settles[i].Voucher, v.Settles[i].Amount
		}
		if err := t.add(row...); err != nil {
			return err
		}
	}
	return nil
}

func numbered(v *reimbursement.View, n int) string {
	if v.Number == "" {
		return fmt.Sprintf("#%d", n)
	}
	return v.Number
}

func payee(v *reimbursement.View) string {
	if v.Vendor == "" && v.OneTimeVendor {
		return "(new one-time)"
	}
	return v.Vendor
}

func blankZero(decimal string) string {
	if strings.Trim(decimal, "0.") == "" {
		return ""
	}
	return decimal
}

// headline says what a run is and what it comes to.
func headline(w io.Writer, run *reimbursement.RunView) error {
	name := run.ID + ", " + string(run.State)
	if run.ID == "" {
		name = string(run.State) + ", nothing is written"
	}
	t := run.Totals
	amounts := make([]string, len(t.Amounts))
	for i, a := range t.Amounts {
		amounts[i] = a.Amount + " " + a.Currency
	}
	if len(amounts) == 0 {
		amounts = []string{"none"}
	}
	_, err := fmt.Fprintf(w, "Run         %s\nCompany     %s\nDate        %s\nCandidates  %d (customers with currency): %d reimbursed with %s, %d excluded\nAmount      %s\n",
		name, run.Company, run.Date, t.Candidates, t.ReimbursedCustomers, count(t.Reimbursements, "voucher", "vouchers"), t.Excluded, strings.Join(amounts, ", "))
	return err
}

// ending prints the notes, and what to do next.
func (e *env) ending(w io.Writer, run *reimbursement.RunView) error {
	for _, n := range run.Notes {
		fmt.Fprintf(w, "\nNote: %s\n", clean(n))
	}
	if e.Quiet {
		return nil
	}
	var err error
	switch {
	case run.State == reimbursement.Simulated && run.Totals.Candidates == 0:
		_, err = fmt.Fprint(w, "\nNo customer of the selection has an open credit.\n")
	case run.State == reimbursement.Simulated && run.Totals.Reimbursements > 0:
		_, err = fmt.Fprintf(w, "\nNext, to save it as a run: %s\nor to post it:             %s\n", e.sameWith("propose"), e.sameWith("post"))
	case run.State == reimbursement.Proposed:
		_, err = fmt.Fprintf(w, "\nNext, to post it:  quittance reimburse post --run %s\nto see its lines:  quittance reimburse list --run %[1]s\n(reimburse exclude takes a customer out of it, reimburse cancel gives it up)\n", run.ID)
	case run.State == reimbursement.Posting:
		_, err = fmt.Fprintf(w, "\nThe run is not finished. Next: quittance reimburse post --run %s goes on with it.\n", run.ID)
	case run.State == reimbursement.Posted && run.Totals.Reimbursements > 0:
		_, err = fmt.Fprintf(w, "\nNo money has moved yet: the vendor invoices are open (quittance open-items --party vendor).\nTo undo: quittance reimburse reverse --run %s --date D --reason TEXT\n", run.ID)
	}
	return err
}

// sameWith gives the command line again with another verb in place of simulate.
func (e *env) sameWith(verb string) string {
	words := []string{"quittance"}
	for _, a := range e.args {
		switch {
		case a == "simulate":
			a = verb
		case a == "" || strings.ContainsAny(a, " \t\n'\"\\$&|;<>()*?[]#~`!{}"):
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
