package app_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// whole goes through a list page by page, and fails when a page is longer than asked for, when two begin at the same place, or when
// there are more than there could be.
func whole[T any](t testing.TB, limit int, page func(app.Page) (app.Part[T], error)) []T {
	t.Helper()
	all, seen := []T{}, map[string]bool{"": true}
	for p := (app.Page{Limit: limit}); ; {
		part, err := page(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(part.Items) > max(limit, 1) && limit != 0 {
			t.Fatalf("a page of %d has %d rows", limit, len(part.Items))
		}
		all = append(all, part.Items...)
		if part.Next == "" {
			return all
		}
		if seen[part.Next] {
			t.Fatalf("the list comes back to %s", part.Next)
		}
		seen[part.Next] = true
		p.After = part.Next
	}
}

// sameInPages fails unless the list is what is wanted, whatever the length of its pages.
func sameInPages[T any](t testing.TB, name string, want []T, page func(app.Page) (app.Part[T], error)) {
	t.Helper()
	for _, limit := range []int{1, 3, 500} {
		if got := whole(t, limit, page); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%s in pages of %d gives\n%+v\nwant\n%+v", name, limit, got, want)
		}
	}
}

// city is the sample folder with customers of all sorts: groups, holds, names in other letters, families, documents open in part.
func city() apptest.Files {
	f := apptest.PublicSector()
	customers := []string{"Q-1,Östlund Café,RES,USD,,yes,no,1 A,Lakemont,WI,1,US", "q-2,brightwater annex,COM,USD,,no,yes,2 A,Lakemont,WI,1,US"}
	vouchers := []string{}
	for i := range 40 {
		customers = append(customers, fmt.Sprintf("D-%02d,%s,%s,USD,,no,no,%d Mill Street,Lakemont,WI,53551,US", i, []string{"Ash & Co", "ash tree", "Birch", "Ösby"}[i%4], []string{"RES", "COM"}[i%2], i))
		day, number := civil.MustParse("2026-11-01").AddDays(i%9), fmt.Sprintf("CM-%02d", i)
		vouchers = append(vouchers,
			fmt.Sprintf("%s,%s,credit_note,D-%02d,,PARKS,,USD,101-44200,%d.00,,Credit", number, day, i/2, i+1),
			fmt.Sprintf("%s,%s,credit_note,D-%02d,,PARKS,,USD,101-11530,,%d.00,Credit", number, day, i/2, i+1))
		if i%3 == 0 {
			vouchers = append(vouchers,
				fmt.Sprintf("I%s,%s,invoice,D-%02d,,PARKS,2026-12-%02d,USD,101-11530,7.00,,Fee", number, day, i/2, i%28+1),
				fmt.Sprintf("I%s,%s,invoice,D-%02d,,PARKS,2026-12-%02d,USD,101-44200,,7.00,Fee", number, day, i/2, i%28+1))
		}
	}
	return f.Append("customers", customers...).Append("vouchers", vouchers...)
}

// posted is a door to the city with a run posted, of which one reimbursement is reversed, and some settled by hand.
func posted(t *testing.T, d *apptest.Door) *apptest.Decisions {
	t.Helper()
	d.Import(t, city())
	x := d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"C-0..D-12"}}, Date: runDate})
	if len(x.Reimbursements) < 6 {
		t.Fatalf("%d reimbursements show too little", len(x.Reimbursements))
	}
	if _, err := d.Reverse(ctx, apptest.Call, []string{x.Reimbursements[1].Number}, runDate, "sent to the wrong one"); err != nil {
		t.Fatal(err)
	}
	for _, party := range []string{"D-15", "D-18"} {
		if _, err := d.AutoSettle(ctx, apptest.Call, openitem.Customers, party, runDate); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Vendors, Party: x.Reimbursements[2].Vendor, Voucher: x.Reimbursements[2].Number, Journal: "PAY-1", Amount: "1.00"}); err != nil {
		t.Fatal(err)
	}
	return x
}

func codesOf(rows []app.Party) []string {
	codes := []string{}
	for _, r := range rows {
		codes = append(codes, r.Code)
	}
	return codes
}

// Parties are listed by code; what is looked for is found by code and by name, and every filter gives what a plain filter would.
func TestListsOfParties(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		yes, no := true, false
		for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
			list := d.Customers
			if side == openitem.Vendors {
				list = d.Vendors
			}
			of := func(f app.PartyFilter) func(app.Page) (app.Part[app.Party], error) {
				return func(p app.Page) (app.Part[app.Party], error) { return list(ctx, apptest.Call, f, p) }
			}
			all := whole(t, 500, of(app.PartyFilter{}))
			sameInPages(t, "all", all, of(app.PartyFilter{}))
			if !slices.IsSorted(codesOf(all)) || len(all) < 6 {
				t.Errorf("%ss come as %v", side, codesOf(all))
			}
			for name, x := range map[string]struct {
				f    app.PartyFilter
				keep func(app.Party) bool
			}{
				"group": {app.PartyFilter{Group: "COM"}, func(p app.Party) bool { return p.Group == "COM" }},
				"held":  {app.PartyFilter{Held: &yes}, func(p app.Party) bool { return p.Hold || p.DoNotReimburse }},
				"free":  {app.PartyFilter{Held: &no}, func(p app.Party) bool { return !p.Hold && !p.DoNotReimburse }},
				"credits": {app.PartyFilter{Credit: true}, func(p app.Party) bool {
					return slices.ContainsFunc(p.Open, func(o app.OpenBalance) bool { return o.Credits != "0.00" })
				}},
				"both": {app.PartyFilter{Credit: true, Group: "RES"}, func(p app.Party) bool {
					return p.Group == "RES" && slices.ContainsFunc(p.Open, func(o app.OpenBalance) bool { return o.Credits != "0.00" })
				}},
			} {
				want := slices.DeleteFunc(slices.Clone(all), func(p app.Party) bool { return !x.keep(p) })
				sameInPages(t, name, want, of(x.f))
			}
			for _, text := range []string{"d-0", "D-", "ASH", "ash", "Ösb", "öst", "ÖST", "q", "bright", "nobody", "%", "onetime-d", "v-1001"} {
				var found []string
				for _, limit := range []int{2, 500} {
					got := codesOf(whole(t, limit, of(app.PartyFilter{Search: text})))
					if limit == 2 {
						found = got
					} else if !slices.Equal(got, found) {
						t.Errorf("%q gives %v and, in longer pages, %v", text, found, got)
					}
				}
				var want []string
				for _, p := range all {
					if strings.HasPrefix(p.Code, text) || strings.HasPrefix(p.Code, strings.ToUpper(text)) || strings.HasPrefix(strings.ToLower(p.Name), strings.ToLower(text)) {
						want = append(want, p.Code)
					}
				}
				slices.Sort(found)
				if !slices.Equal(found, want) {
					t.Errorf("%q among %ss gives %v, want %v", text, side, found, want)
				}
			}
		}
	})
}

// A long list is gone through a bounded way at a time, and still comes whole.
func TestLongListOfCustomers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		const n = 5000
		rows := make([]string, n)
		for i := range rows {
			rows[i] = fmt.Sprintf("L-%05d,%s,%s,USD,,no,no,1 A,Lakemont,WI,1,US", i, []string{"Same Name", "Zed"}[i%2], []string{"RES", "RARE"}[i/(n-2)])
		}
		d.Import(t, apptest.PublicSector().Append("customers", rows...))
		for name, x := range map[string]struct {
			f    app.PartyFilter
			want int
		}{"a rare group": {app.PartyFilter{Group: "RARE"}, 2}, "equal names": {app.PartyFilter{Search: "same"}, n / 2}, "rare among equal names": {app.PartyFilter{Search: "SAME", Group: "RARE"}, 1}} {
			parts := 0
			got := whole(t, 500, func(p app.Page) (app.Part[app.Party], error) {
				parts++
				return d.Customers(ctx, apptest.Call, x.f, p)
			})
			slices.SortFunc(got, func(a, b app.Party) int { return strings.Compare(a.Code, b.Code) })
			if len(slices.CompactFunc(codesOf(got), func(a, b string) bool { return a == b })) != x.want || parts < 2 {
				t.Errorf("%s gives %d of %d in %d parts", name, len(got), x.want, parts)
			}
		}
	})
}

// A customer and a vendor show what is known of them; bank details in clear are for those who may see them.
func TestPartyDetail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		c, err := d.Party(ctx, apptest.Call, openitem.Customers, "D-15", false)
		if err != nil || c.Code != "D-15" || c.Street != "15 Mill Street" || len(c.Open) != 1 || len(c.Ages) == 0 || c.Bank != nil {
			t.Errorf("%+v, %v", c, err)
		}
		one, err := d.Party(ctx, apptest.Call, openitem.Vendors, "ONETIME-D-02", false)
		if err != nil || one.OneTime != "yes" || !slices.Equal(one.Customers, []string{"D-02"}) {
			t.Errorf("%+v, %v", one, err)
		}
		if _, err := d.Party(ctx, apptest.Call, openitem.Customers, "ONETIME-D-02", false); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("a vendor among the customers gives %v", err)
		}
	})
}

// Items come whole in pages, and each filter gives what a plain filter would.
func TestListsOfItems(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		yes, no := true, false
		for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
			for _, party := range []string{"", "D-15", "D-02", "ONETIME-D-02"} {
				for _, closed := range []bool{false, true} {
					want, err := d.OpenItems(ctx, apptest.Call, side, party, closed)
					if err != nil || (closed && party == "") {
						continue
					}
					for name, x := range map[string]struct {
						f    app.ItemFilter
						keep func(app.OpenItem) bool
					}{
						"all":      {app.ItemFilter{}, func(app.OpenItem) bool { return true }},
						"credits":  {app.ItemFilter{Credits: &yes}, func(i app.OpenItem) bool { return i.Amount[0] == '-' }},
						"debits":   {app.ItemFilter{Credits: &no}, func(i app.OpenItem) bool { return i.Amount[0] != '-' }},
						"account":  {app.ItemFilter{Account: "101-11530"}, func(i app.OpenItem) bool { return i.Account == "101-11530" }},
						"currency": {app.ItemFilter{Currency: "EUR"}, func(i app.OpenItem) bool { return i.Currency == "EUR" }},
					} {
						f := x.f
						f.Side, f.Party, f.Closed = side, party, closed
						some := slices.DeleteFunc(slices.Clone(want), func(i app.OpenItem) bool { return !x.keep(i) })
						page := func(p app.Page) (app.Part[app.OpenItem], error) { return d.Items(ctx, apptest.Call, f, p) }
						if party != "" {
							sameInPages(t, name, some, page)
							continue
						}
						got := whole(t, 3, page)
						for _, list := range [][]app.OpenItem{some, got} {
							slices.SortFunc(list, func(a, b app.OpenItem) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
						}
						if !slices.Equal(got, some) {
							t.Errorf("%s of all %ss gives\n%+v\nwant\n%+v", name, side, got, some)
						}
					}
				}
			}
		}
	})
}

// Runs, their lines and their reimbursements come whole in pages.
func TestListsOfRuns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		x := posted(t, d)
		if _, err := d.Propose(ctx, apptest.Call, app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"D-13..Z"}}, Date: runDate}, nil); err != nil {
			t.Fatal(err)
		}
		runs, err := d.Runs(ctx, apptest.Call)
		if err != nil || len(runs) != 2 {
			t.Fatal(runs, err)
		}
		for _, state := range []string{"", "posted", "proposed", "cancelled"} {
			want := slices.DeleteFunc(slices.Clone(runs), func(r reimbursement.RunView) bool { return state != "" && string(r.State) != state })
			sameInPages(t, "runs "+state, want, func(p app.Page) (app.Part[reimbursement.RunView], error) {
				return d.RunsPage(ctx, apptest.Call, state, p)
			})
		}
		if r, err := d.RunState(ctx, apptest.Call, x.Run.ID); err != nil || !reflect.DeepEqual(*r, *x.Run) {
			t.Errorf("%+v, %v; want %+v", r, err, x.Run)
		}
		if p, err := d.Posting(ctx, apptest.Call, x.Run.ID); err != nil || p.Done != p.All || p.All != x.Run.Totals.Candidates || p.Posted != x.Run.Totals.Reimbursements || p.StartedAt == "" {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := d.Posting(ctx, apptest.Call, runs[0].ID); err != nil || p.Done != 0 || p.All == 0 || p.StartedAt != "" {
			t.Errorf("%+v, %v", p, err)
		}
		yes, no := true, false
		for _, run := range runs {
			lines := func(f app.LineFilter) func(app.Page) (app.Part[app.RunLine], error) {
				return func(p app.Page) (app.Part[app.RunLine], error) {
					return d.RunLinesPage(ctx, apptest.Call, run.ID, f, p)
				}
			}
			all := whole(t, 500, lines(app.LineFilter{}))
			if int64(len(all)) != run.Totals.Candidates {
				t.Errorf("%d lines of %d candidates", len(all), run.Totals.Candidates)
			}
			for name, y := range map[string]struct {
				f    app.LineFilter
				keep func(app.RunLine) bool
			}{
				"all":      {app.LineFilter{}, func(app.RunLine) bool { return true }},
				"excluded": {app.LineFilter{Excluded: &yes}, func(l app.RunLine) bool { return l.Reason != "" }},
				"included": {app.LineFilter{Excluded: &no}, func(l app.RunLine) bool { return l.Reason == "" }},
				"customer": {app.LineFilter{Customer: "D-0"}, func(l app.RunLine) bool { return strings.HasPrefix(l.Customer, "D-0") }},
				"nobody":   {app.LineFilter{Reason: "no such"}, func(app.RunLine) bool { return false }},
			} {
				sameInPages(t, name, slices.DeleteFunc(slices.Clone(all), func(l app.RunLine) bool { return !y.keep(l) }), lines(y.f))
			}
		}
		reimbursements := func(f app.ReimbursementFilter) func(app.Page) (app.Part[reimbursement.View], error) {
			return func(p app.Page) (app.Part[reimbursement.View], error) {
				return d.Reimbursements(ctx, apptest.Call, f, p)
			}
		}
		all := whole(t, 500, reimbursements(app.ReimbursementFilter{}))
		if len(all) != len(x.Reimbursements) || all[1].ReversedBy == "" {
			t.Errorf("%d reimbursements, want %d", len(all), len(x.Reimbursements))
		}
		customer := x.Reimbursements[3].Customer
		for name, y := range map[string]struct {
			f    app.ReimbursementFilter
			keep func(reimbursement.View) bool
		}{
			"all":         {app.ReimbursementFilter{}, func(reimbursement.View) bool { return true }},
			"of the run":  {app.ReimbursementFilter{Run: x.Run.ID}, func(reimbursement.View) bool { return true }},
			"of other":    {app.ReimbursementFilter{Run: runs[0].ID}, func(reimbursement.View) bool { return false }},
			"of customer": {app.ReimbursementFilter{Customer: customer}, func(v reimbursement.View) bool { return v.Customer == customer }},
			"by number":   {app.ReimbursementFilter{Number: "RB-0000000"}, func(v reimbursement.View) bool { return strings.HasPrefix(v.Number, "RB-0000000") }},
			"by another":  {app.ReimbursementFilter{Number: "CM"}, func(reimbursement.View) bool { return false }},
		} {
			want := slices.DeleteFunc(slices.Clone(all), func(v reimbursement.View) bool { return !y.keep(v) })
			if y.f.Customer != "" {
				slices.Reverse(want)
			}
			sameInPages(t, name, want, reimbursements(y.f))
		}
	})
}

// A trace tells what happened to a reimbursement, when, and by whom.
func TestTrace(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		x := posted(t, d)
		whats := func(tr *app.Trace) (all []string) {
			for _, s := range tr.History {
				if s.By == "" || (s.At == "") != (s.What == "marked") {
					t.Errorf("%+v", s)
				}
				if len(all) == 0 || all[len(all)-1] != s.What {
					all = append(all, s.What)
				}
			}
			return all
		}
		plain, err := d.Trace(ctx, apptest.Call, x.Reimbursements[0].Number)
		if err != nil || plain.Run != x.Run.ID || plain.PayeeOpen != plain.Amount || !slices.Equal(whats(plain), []string{"posted", "settled"}) || len(plain.History) != 1+len(plain.Settles) {
			t.Errorf("%+v, %v", plain, err)
		}
		reversed, err := d.Trace(ctx, apptest.Call, x.Reimbursements[1].Number)
		if err != nil || reversed.PayeeOpen != "0.00" || !slices.Contains(whats(reversed), "reversed") || !slices.Contains(whats(reversed), "unsettled") {
			t.Errorf("%+v, %v", reversed, err)
		}
		marked, err := d.Trace(ctx, apptest.Call, x.Reimbursements[2].Number)
		if err != nil || !slices.Equal(whats(marked), []string{"posted", "settled", "marked"}) {
			t.Errorf("%+v, %v", marked, err)
		}
		paid := x.Reimbursements[3] // in the treasurer's fund, as the bank is
		f := city()
		d.Import(t, f.With(apptest.Files{"vouchers": "voucher,date,type,vendor,currency,account,debit,credit,text\n" +
			fmt.Sprintf("VP-1,2026-12-01,vendor_payment,%[1]s,USD,%[3]s,%[2]s,,Check\nVP-1,2026-12-01,vendor_payment,%[1]s,USD,999-11020,,%[2]s,Check\n", paid.Vendor, paid.Amount, paid.Voucher.Lines[1].Account)}))
		if _, err := d.Settle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Vendors, Party: paid.Vendor, Debit: "VP-1", Credit: paid.Number, Date: civil.MustParse("2026-12-01")}); err != nil {
			t.Fatal(err)
		}
		if tr, err := d.Trace(ctx, apptest.Call, paid.Number); err != nil || tr.PayeeOpen != "0.00" || !slices.Equal(whats(tr), []string{"posted", "settled", "paid"}) || tr.History[len(tr.History)-1].Voucher != "VP-1" {
			t.Errorf("%+v, %v", tr, err)
		}
		if _, err := d.Trace(ctx, apptest.Call, "VP-1"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("the trace of a payment gives %v", err)
		}
	})
}

// Vouchers come whole in pages, the newest first, or by number.
func TestListsOfVouchers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		list := func(f app.VoucherFilter) func(app.Page) (app.Part[app.VoucherRow], error) {
			return func(p app.Page) (app.Part[app.VoucherRow], error) { return d.Vouchers(ctx, apptest.Call, f, p) }
		}
		all := whole(t, 500, list(app.VoucherFilter{}))
		on := map[string]bool{}
		for _, v := range all {
			full, err := d.Voucher(ctx, apptest.Call, v.Number)
			if err != nil || full.PostedBy != v.PostedBy || full.PostedAt != v.PostedAt || full.Date != v.Date || full.Type != v.Type {
				t.Fatalf("%+v, %+v, %v", full, v, err)
			}
			for _, l := range full.Lines {
				on[v.Number+" "+l.Account] = true
			}
		}
		from, to := civil.MustParse("2026-11-03"), civil.MustParse("2026-11-05")
		for name, y := range map[string]struct {
			f    app.VoucherFilter
			keep func(app.VoucherRow) bool
		}{
			"all":      {app.VoucherFilter{}, func(app.VoucherRow) bool { return true }},
			"type":     {app.VoucherFilter{Type: "invoice"}, func(v app.VoucherRow) bool { return v.Type == "invoice" }},
			"dates":    {app.VoucherFilter{From: from, To: to}, func(v app.VoucherRow) bool { return v.Date >= from && v.Date <= to }},
			"account":  {app.VoucherFilter{Account: "101-44200"}, func(v app.VoucherRow) bool { return on[v.Number+" 101-44200"] }},
			"main":     {app.VoucherFilter{Account: "24210", Type: "reversal"}, func(v app.VoucherRow) bool { return v.Type == "reversal" }},
			"no entry": {app.VoucherFilter{Account: "999-44200"}, func(app.VoucherRow) bool { return false }},
		} {
			sameInPages(t, name, slices.DeleteFunc(slices.Clone(all), func(v app.VoucherRow) bool { return !y.keep(v) }), list(y.f))
		}
		byNumber := slices.DeleteFunc(slices.Clone(all), func(v app.VoucherRow) bool { return !strings.HasPrefix(v.Number, "CM-1") })
		slices.SortFunc(byNumber, func(a, b app.VoucherRow) int { return strings.Compare(a.Number, b.Number) })
		sameInPages(t, "by number", byNumber, list(app.VoucherFilter{Number: "CM-1"}))
		if len(byNumber) != 10 || byNumber[0].Total != "11.00" || byNumber[0].Party != "D-05" {
			t.Errorf("%+v", byNumber)
		}
		for name, f := range map[string]app.VoucherFilter{"type": {Type: "letter"}, "account": {Account: "no-such"}} {
			if _, err := d.Vouchers(ctx, apptest.Call, f, app.Page{}); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("an unknown %s gives %v", name, err)
			}
		}
	})
}

// pages gives every list, to be asked for a page of it.
func pages(d *apptest.Door, run string) map[string]func(context.Context, app.Call, app.Page) (string, error) {
	return map[string]func(context.Context, app.Call, app.Page) (string, error){
		"customers": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Customers(ctx, c, app.PartyFilter{}, p)
			return x.Next, err
		},
		"customers by name": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Customers(ctx, c, app.PartyFilter{Search: "ash"}, p)
			return x.Next, err
		},
		"vendors": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Vendors(ctx, c, app.PartyFilter{}, p)
			return x.Next, err
		},
		"items": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Items(ctx, c, app.ItemFilter{Side: openitem.Customers}, p)
			return x.Next, err
		},
		"items of one": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Items(ctx, c, app.ItemFilter{Side: openitem.Customers, Party: "D-15", Closed: true}, p)
			return x.Next, err
		},
		"vouchers": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Vouchers(ctx, c, app.VoucherFilter{}, p)
			return x.Next, err
		},
		"vouchers by number": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Vouchers(ctx, c, app.VoucherFilter{Number: "CM"}, p)
			return x.Next, err
		},
		"lines": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.RunLinesPage(ctx, c, run, app.LineFilter{}, p)
			return x.Next, err
		},
		"reimbursements": func(ctx context.Context, c app.Call, p app.Page) (string, error) {
			x, err := d.Reimbursements(ctx, c, app.ReimbursementFilter{}, p)
			return x.Next, err
		},
	}
}

// What is no place of the list, or no length of a page, is refused, naming the field.
func TestPagesThatAreNone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		all := pages(d, posted(t, d).Run.ID)
		places := map[string]string{}
		for name, page := range all {
			next, err := page(ctx, apptest.Call, app.Page{Limit: 1})
			if err != nil || next == "" {
				t.Fatal(name, next, err)
			}
			places[name] = next
		}
		for name, page := range all {
			for other, after := range places {
				kin := strings.HasPrefix(name, "customers") && strings.HasPrefix(other, "customers")
				if _, err := page(ctx, apptest.Call, app.Page{After: after}); name != other && !kin && fault.CodeOf(err) != fault.Invalid {
					t.Errorf("%s from a place of %s gives %v", name, other, err)
				}
			}
			for field, p := range map[string][]app.Page{
				"after": {{After: "x"}, {After: "bm8"}, {After: "é"}, {After: places[name] + "x"}, {After: places[name][1:]}, {After: "\x00"}},
				"limit": {{Limit: -1}, {Limit: 501}},
			} {
				for _, bad := range p {
					if _, err := page(ctx, apptest.Call, bad); fault.CodeOf(err) != fault.Invalid || !strings.Contains(fmt.Sprintf("%+v", fieldsOf(err)), field) {
						t.Errorf("%s: %+v gives %v", name, bad, err)
					}
				}
			}
		}
		for _, bad := range []string{"a\x00b", "\xff"} {
			if _, err := d.Customers(ctx, apptest.Call, app.PartyFilter{Search: bad}, app.Page{}); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("looking for %q gives %v", bad, err)
			}
		}
	})
}

// fieldsOf gives the fields that an error names.
func fieldsOf(err error) (fields []string) {
	var l fault.List
	l.Add(err)
	for _, e := range l {
		fields = append(fields, e.Field)
	}
	return fields
}

// Who sees bank details in clear is seen in the audit trail.
func TestBankDetailsInClearAreRecorded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		vendors := "vendor,name,group,currency,blocked,payment_method,one_time,country,routing_number,account_number,account_type\n" +
			"ONETIME,Template,ONETIME,USD,no,check,template,US,,,\nV-1001,Brightwater Bakery,REFUND,USD,no,check,no,US,021000021,123456789,checking\n"
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": vendors}))
		masked, err := d.Party(t.Context(), apptest.Call, openitem.Vendors, "V-1001", false)
		if err != nil || masked.Bank == nil || strings.Contains(masked.Bank.AccountNumber, "123456789") {
			t.Fatalf("masked: %+v, %v", masked, err)
		}
		clear, err := d.Party(t.Context(), apptest.Call, openitem.Vendors, "V-1001", true)
		if err != nil || clear.Bank.AccountNumber != "123456789" {
			t.Fatalf("in clear: %+v, %v", clear, err)
		}
		if _, err := d.Export(t.Context(), apptest.Call, true); err != nil {
			t.Fatal(err)
		}
		trail, err := d.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "bank_details"}, app.Page{})
		if err != nil || len(trail.Items) != 2 || trail.Items[0].Command != "bank_details.export" || trail.Items[1].Command != "bank_details.show" || trail.Items[1].Subject != "V-1001" || strings.Contains(trail.Items[1].Detail, "1234") {
			t.Errorf("the trail has %+v, %v", trail.Items, err)
		}
	})
}
