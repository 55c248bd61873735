package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// VoucherLine is an entry of a voucher, posted or to come: one of debit and credit is blank.
type VoucherLine struct {
	Account, AccountHref string
	Party, PartyHref     string
	Text                 string
	Debit, Credit        string
}

// VoucherTable shows the entries of a voucher in one currency, with the sums of both sides, which the caller has from app.
func VoucherTable(caption, currency string, lines []VoucherLine, debit, credit string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		t := Table{Caption: caption, Dense: true, Columns: []Column{
			{Title: T(ctx, "voucher.account"), Kind: Code},
			{Title: T(ctx, "voucher.party")},
			{Title: T(ctx, "voucher.text"), Wide: true},
			{Title: T(ctx, "voucher.debit"), Kind: Amounts, Note: currency},
			{Title: T(ctx, "voucher.credit"), Kind: Amounts, Note: currency},
		}}
		for _, l := range lines {
			t.Rows = append(t.Rows, Row{Cells: []Cell{
				LinkCell(l.Account, l.AccountHref), LinkCell(l.Party, l.PartyHref), TextCell(l.Text),
				AmountCell(l.Debit, currency, true), AmountCell(l.Credit, currency, true),
			}})
		}
		if debit != "" || credit != "" {
			t.Sums = []Cell{TextCell(T(ctx, "table.sum")), {}, {}, AmountCell(debit, currency), AmountCell(credit, currency)}
		}
		return DataTable(t).Render(ctx, w)
	})
}
