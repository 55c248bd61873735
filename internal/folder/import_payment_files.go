package folder

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"path"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/payout"
)

// paymentFiles finds the payment files that are new; it gives the ids that are left.
func (im *importer) paymentFiles(ctx context.Context, ids []int64) ([]int64, error) {
	n := &im.payouts
	for i := range im.d.PaymentFiles {
		row := &im.d.PaymentFiles[i]
		im.keep("payment_files", "", n.hadFiles[row.File], true)
		if n.hadFiles[row.File] {
			continue
		}
		if err := im.checkCode(ctx, &row.Row, "file", row.File, ledger.PaymentFileSeries); err != nil {
			return nil, err
		}
		f := &payout.File{
			Code: row.File, Kind: row.Kind, Name: row.Name, MadeBy: cmp.Or(row.MadeBy, im.tx.Actor), MadeAt: im.micros(row.MadeAt), Payments: row.Payments, Total: row.Total, Copies: row.Copies, Size: int64(row.Size),
		}
		f.ID, ids = ids[0], ids[1:]
		if b := im.bankOf(&row.Row, row.Bank); b != nil {
			f.Bank = b.ID
			im.sameCurrency(&row.Row, row.Currency, b.Currency)
		}
		j := n.journals[row.Journal]
		switch {
		case row.Journal == "":
		case j == nil:
			im.bad(&row.Row, "journal", "there is no new vendor payment journal %q in vendor_payment_journals", row.Journal)
		default:
			f.Journal = j.ID
		}
		if (row.Journal == "") != (row.Kind == "positive_pay") {
			im.bad(&row.Row, "journal", "%q does not go with a file of %s; a positive pay file is of no journal, another of one", row.Journal, row.Kind)
		}
		if row.Totals != "" {
			if err := json.Unmarshal([]byte(row.Totals), &f.Totals); err != nil {
				im.bad(&row.Row, "totals", "is no JSON object; take it as export wrote it")
			}
		}
		n.files[row.File] = f
		n.past.Files, n.contents = append(n.past.Files, f), append(n.contents, row)
	}
	return ids, nil
}

// fileOf finds the new payment file that a row names; 0 when the column is blank, or there is none, which is then noted.
func (im *importer) fileOf(row *Row, column, code string) int64 {
	if code == "" {
		return 0
	}
	if f := im.payouts.files[code]; f != nil {
		return f.ID
	}
	im.bad(row, column, "there is no new payment file %q in payment_files", code)
	return 0
}

// writeVendorPayments writes the new journals with all that belongs to them.
func (im *importer) writeVendorPayments(ctx context.Context) error {
	n := &im.payouts
	for i, f := range n.past.Files {
		row := n.contents[i]
		content, err := im.sealedContent(&row.Row, row.Name, row.SHA256, row.Size)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		if f.SHA256, err = hex.DecodeString(row.SHA256); err != nil {
			return err
		}
		if err := im.noted(&row.Row, "sha256", payout.RestoreFile(ctx, im.tx, im.keys, f, content)); err != nil {
			return err
		}
	}
	if len(im.errs) > 0 {
		return nil
	}
	err := n.past.Restore(ctx, im.tx)
	if db.IsDuplicate(err) {
		im.bad(&im.d.VendorPayments[0].Row, "number", "a payment has a number that another payment of its bank account in the company has")
		return nil
	}
	return err
}

// noted takes an error that a row is to blame for, and gives one that it is not.
func (im *importer) noted(row *Row, column string, err error) error {
	if err == nil || fault.CodeOf(err) == fault.Internal {
		return err
	}
	im.because(row, column, err)
	return nil
}

// sealedContent gives the content that a row names; nil when it is not there or is of another size, which is then noted.
func (im *importer) sealedContent(row *Row, name, sum string, size int) (content []byte, err error) {
	if im.d.Files != nil {
		if content, err = im.d.Files(sum); err != nil {
			return nil, im.noted(row, "sha256", err)
		}
	}
	if content == nil {
		im.bad(row, "sha256", "the content of %s is not there: expected the file %s; a workbook has no files, so bring the folder in as a directory or a zip file", name, path.Join(filesDir, sum))
		return nil, nil
	}
	if len(content) != size {
		im.bad(row, "size", "the content of %s has %d bytes, not %d", name, len(content), size)
		return nil, nil
	}
	return content, nil
}
