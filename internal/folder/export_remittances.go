package folder

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"quittance/internal/deduction"
	"quittance/internal/file"
	"quittance/internal/remittance"
)

// detailPart is how many characters of the detail of a remittance stand in one row: escaped, they fit a cell of a workbook.
const detailPart = 10_000

// remittances writes column maps, partners, and the remittances that were imported.
func (x *exporter) remittances(ctx context.Context) error {
	s, err := remittance.LoadSetup(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, m := range s.Maps {
		columns, err := json.Marshal(m.Map)
		if err != nil {
			return err
		}
		x.d.RemittanceMaps = append(x.d.RemittanceMaps, RemittanceMap{Map: m.Code, Name: m.Name, Columns: string(columns)})
	}
	for _, p := range s.Partners {
		x.d.RemittancePartners = append(x.d.RemittancePartners, RemittancePartner{Partner: p.Code, Customer: x.customers[p.Customer].Code, Sign: p.Sign, Bank: p.Bank, Map: p.Map})
	}
	all, err := remittance.All(ctx, x.tx)
	if err != nil {
		return err
	}
	ids := make([]int64, len(all))
	for i, r := range all {
		ids[i] = r.File
	}
	files, err := file.List(ctx, x.tx, ids)
	if err != nil {
		return err
	}
	x.remittanceCodes = map[int64]string{}
	for _, r := range all {
		x.remittanceCodes[r.ID] = r.Code
		f := files[r.File]
		x.d.Remittances = append(x.d.Remittances, Remittance{
			Remittance: r.Code, Format: r.Format, Name: r.Name, Media: f.Media, SHA256: hex.EncodeToString(r.SHA256), Size: int(f.Size), Actor: r.Actor, At: instant(r.At),
		})
		detail, err := json.Marshal(r.Detail)
		if err != nil {
			return err
		}
		text := []rune(string(detail))
		for n := 1; len(text) > 0; n++ {
			part := text[:min(detailPart, len(text))]
			text = text[len(part):]
			x.d.RemittanceDetails = append(x.d.RemittanceDetails, RemittanceDetail{Remittance: r.Code, Part: n, Detail: string(part)})
		}
	}
	return nil
}

// evidence writes what is attached to deductions, numbered within each.
func (x *exporter) evidence(ctx context.Context) error {
	all, err := deduction.AllEvidence(ctx, x.tx)
	if err != nil || len(all) == 0 {
		return err
	}
	ids := make([]int64, len(all))
	for i, a := range all {
		ids[i] = a.File
	}
	files, err := file.List(ctx, x.tx, ids)
	if err != nil {
		return err
	}
	n := 0
	for i, a := range all {
		if i == 0 || all[i-1].Deduction != a.Deduction {
			n = 0
		}
		n++
		f := files[a.File]
		x.d.DeductionEvidence = append(x.d.DeductionEvidence, DeductionEvidence{
			Deduction: x.deductionNumbers[a.Deduction], Evidence: n, Type: a.Type, Name: f.Name, Media: f.Media, SHA256: hex.EncodeToString(f.SHA256), Size: int(f.Size), Actor: f.Actor, At: instant(f.At),
		})
	}
	return nil
}
