package app_test

import (
	"fmt"
	"testing"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
)

// A preview says what the command does right after it, and leaves every table as it was.
func TestPreviewIsWhatHappens(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), "INV,2026-11-02,invoice,C-1,,,USD,101-11530 100.00,101-44200 -100.00", "CN,2026-11-20,credit_note,C-1,,,USD,601-44200 300.00,601-11530 -300.00",
			"INV-2,2026-11-03,invoice,C-2,,,USD,101-11530 40.00,101-44200 -40.00", "CN-2,2026-11-03,credit_note,C-2,,,USD,101-44200 30.00,101-11530 -30.00"))
		date := day("2026-11-21")
		req := app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: "INV", Credit: "CN", Amount: "60.00", Date: date}
		document := app.DocumentRequest{Type: "invoice", Party: "C-3", Date: date, Lines: []app.DocumentLine{{Account: "601-44200", Amount: "12.00"}}}
		journal := app.JournalRequest{Date: date, Text: "moved", Lines: []app.JournalLine{{Account: "101-44200", Debit: "5.00"}, {Account: "101-11010", Credit: "5.00"}}}
		one := func(number string, err error) ([]string, error) { return []string{number}, err }
		for _, c := range []struct {
			name    string
			preview func() (*app.Effect, error)
			command func() (vouchers []string, settled []app.Settled, reopened string, err error)
		}{
			{"settle", func() (*app.Effect, error) { return d.PreviewSettle(ctx, d.call, req) }, func() ([]string, []app.Settled, string, error) {
				s, err := d.Settle(ctx, d.call, req)
				return []string{s.Voucher}, []app.Settled{s}, "", err
			}},
			{"auto-settle", func() (*app.Effect, error) {
				return d.PreviewAutoSettle(ctx, d.call, openitem.Customers, "C-2", date)
			}, func() ([]string, []app.Settled, string, error) {
				s, err := d.AutoSettle(ctx, d.call, openitem.Customers, "C-2", date)
				return nil, s, "", err
			}},
			{"document", func() (*app.Effect, error) { return d.PreviewDocument(ctx, d.call, document) }, func() ([]string, []app.Settled, string, error) {
				numbers, err := one(d.PostDocument(ctx, d.call, document))
				return numbers, nil, "", err
			}},
			{"journal", func() (*app.Effect, error) { return d.PreviewJournal(ctx, d.call, journal) }, func() ([]string, []app.Settled, string, error) {
				numbers, err := one(d.PostJournal(ctx, d.call, journal))
				return numbers, nil, "", err
			}},
			{"reverse", func() (*app.Effect, error) {
				return d.PreviewReverseVoucher(ctx, d.call, "CN-2", date, "wrong customer")
			}, func() ([]string, []app.Settled, string, error) {
				numbers, err := one(d.ReverseVoucher(ctx, d.call, "CN-2", date, "wrong customer"))
				return numbers, nil, "", err
			}},
		} {
			t.Run(c.name, func(t *testing.T) {
				before := rowCounts(t, d)
				e, perr := c.preview()
				if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
					t.Errorf("the preview wrote: before\n%v\nafter\n%v", before, after)
				}
				if c.name == "reverse" { // a settled voucher is not reversed: the preview is refused as the command is
					if fault.CodeOf(perr) != fault.Refused {
						t.Fatalf("the preview of reversing a settled voucher gives %v", perr)
					}
					if _, err := d.Unsettle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "C-2", Debit: "INV-2", Credit: "CN-2", Date: date}); err != nil {
						t.Fatal(err)
					}
					e, perr = c.preview()
				}
				if perr != nil {
					t.Fatal(perr)
				}
				vouchers, settled, reopened, err := c.command()
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(e.Settled) != fmt.Sprint(settled) && len(settled)+len(e.Settled) > 0 || e.Reopened != reopened {
					t.Errorf("shown: %+v %q\nwas:   %+v %q", e.Settled, e.Reopened, settled, reopened)
				}
				if len(e.Vouchers) != len(vouchers) {
					t.Fatalf("%d vouchers were shown, %v were posted", len(e.Vouchers), vouchers)
				}
				for i, number := range vouchers {
					v, err := d.Voucher(ctx, d.call, number)
					if err != nil {
						t.Fatal(err)
					}
					v.PostedBy, v.PostedAt = "", "" // of the command only
					if fmt.Sprintf("%+v", *v) != fmt.Sprintf("%+v", e.Vouchers[i]) {
						t.Errorf("shown: %+v\nwas:   %+v", e.Vouchers[i], *v)
					}
				}
			})
		}
		viewer := d.call
		viewer.Actor = identity.Actor{Name: "vera", Roles: []identity.Role{identity.Viewer}}
		if _, err := d.PreviewJournal(ctx, viewer, journal); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a viewer's preview gives %v", err)
		}
	})
}

// Undoing shows what will be open again.
func TestPreviewUnsettle(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		req := settled(t, d, "USD")
		before := rowCounts(t, d)
		e, err := d.PreviewUnsettle(ctx, d.call, req)
		if err != nil {
			t.Fatal(err)
		}
		if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("the preview wrote: before\n%v\nafter\n%v", before, after)
		}
		reopened, err := d.Unsettle(ctx, d.call, req)
		if err != nil || reopened != e.Reopened || reopened != "100.00 USD" {
			t.Errorf("shown %q, reopened %q, %v", e.Reopened, reopened, err)
		}
	})
}
