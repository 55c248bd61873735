package folder

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"

	"quittance/internal/deduction"
	"quittance/internal/file"
	"quittance/internal/ledger"
	"quittance/internal/remittance"
)

// remittanceMaps brings the column maps in.
func (im *importer) remittanceMaps(ctx context.Context) error {
	if len(im.d.RemittanceMaps) == 0 {
		return nil
	}
	s, err := remittance.LoadSetup(ctx, im.tx)
	if err != nil {
		return err
	}
	known := map[string]remittance.Map{}
	for _, m := range s.Maps {
		known[m.Code] = m
	}
	for i := range im.d.RemittanceMaps {
		row := &im.d.RemittanceMaps[i]
		m := remittance.Map{Code: row.Map, Name: row.Name}
		if err := json.Unmarshal([]byte(row.Columns), &m.Map); err != nil {
			im.bad(&row.Row, "columns", "is no column map; take it as export wrote it")
			continue
		}
		was, had := known[m.Code]
		if err := keepRow(im, "remittance_maps", "column map "+m.Code, &row.Row, m, was, had, func() error { return remittance.SaveMap(ctx, im.tx, m) }); err != nil {
			return err
		}
	}
	return nil
}

// remittancePartners brings the partners in.
func (im *importer) remittancePartners(ctx context.Context) error {
	if len(im.d.RemittancePartners) == 0 {
		return nil
	}
	s, err := remittance.LoadSetup(ctx, im.tx)
	if err != nil {
		return err
	}
	known := map[string]remittance.Partner{}
	for _, p := range s.Partners {
		known[p.Code] = p
	}
	for i := range im.d.RemittancePartners {
		row := &im.d.RemittancePartners[i]
		id, ok := im.customer(&row.Row, row.Customer)
		if !ok {
			continue
		}
		p := remittance.Partner{Code: row.Partner, Customer: id, Sign: row.Sign, Bank: row.Bank, Map: row.Map}
		was, had := known[p.Code]
		if err := keepRow(im, "remittance_partners", "partner "+p.Code, &row.Row, p, was, had, func() error { return remittance.SavePartner(ctx, im.tx, im.c, p) }); err != nil {
			return err
		}
	}
	return nil
}

// newRemittance is a remittance that the folder brings in.
type newRemittance struct {
	*remittance.Remittance
	row  *Remittance
	text strings.Builder // of its detail
	part int             // that came last
}

// readRemittances finds the remittances that are new. A known one is left as it is; a file that is known by another number is refused,
// for each is imported once.
func (im *importer) readRemittances(ctx context.Context) error {
	im.remittances = map[string]int64{}
	all, err := remittance.All(ctx, im.tx)
	if err != nil {
		return err
	}
	codes := map[string]string{} // by digest
	for _, r := range all {
		im.remittances[r.Code], codes[hex.EncodeToString(r.SHA256)] = r.ID, r.Code
	}
	known := len(all)
	fresh := map[string]*newRemittance{}
	for i := range im.d.Remittances {
		row := &im.d.Remittances[i]
		_, had := im.remittances[row.Remittance]
		im.keep("remittances", "", had, true)
		switch other := codes[row.SHA256]; {
		case other != "" && other != row.Remittance:
			im.bad(&row.Row, "sha256", "is the content of the remittance %s already; each file is imported once", other)
			continue
		case had && other == "":
			im.bad(&row.Row, "sha256", "the remittance %s is known with another content", row.Remittance)
			continue
		case had:
			continue
		}
		if err := im.checkCode(ctx, &row.Row, "remittance", row.Remittance, ledger.RemittanceSeries); err != nil {
			return err
		}
		r := &newRemittance{row: row, Remittance: &remittance.Remittance{Code: row.Remittance, Format: row.Format, Name: row.Name, Actor: cmp.Or(row.Actor, im.tx.Actor), At: im.micros(row.At)}}
		if r.ID, err = im.tx.NewID(ctx); err != nil {
			return err
		}
		im.remittances[row.Remittance], codes[row.SHA256], fresh[row.Remittance] = r.ID, row.Remittance, r
		im.freshRemittances = append(im.freshRemittances, r)
	}
	im.remittanceDetails(fresh, known > 0)
	return nil
}

// remittanceDetails puts the details of new remittances together again.
func (im *importer) remittanceDetails(fresh map[string]*newRemittance, some bool) {
	for i := range im.d.RemittanceDetails {
		row := &im.d.RemittanceDetails[i]
		r := fresh[row.Remittance]
		im.keep("remittance_details", "", r == nil, true)
		switch {
		case r == nil && im.remittances[row.Remittance] == 0:
			im.bad(&row.Row, "remittance", "there is no remittance %q in remittances", row.Remittance)
		case r == nil && some:
		case row.Part != r.part+1:
			im.bad(&row.Row, "part", "part %d comes after part %d; the parts of a remittance stand in order, from 1, without a gap", row.Part, r.part)
			r.part = row.Part
		default:
			r.text.WriteString(row.Detail)
			r.part = row.Part
		}
	}
	for _, r := range im.freshRemittances {
		r.Detail = remittance.Detail{Payments: []remittance.Payment{}, Adjustments: []remittance.Adjustment{}, Issues: []remittance.Issue{}}
		if r.part == 0 {
			continue
		}
		err := json.Unmarshal([]byte(r.text.String()), &r.Detail)
		if err == nil {
			_, err = r.Totals()
		}
		if err != nil {
			im.bad(&r.row.Row, "remittance", "remittance_details do not come to what was read of a remittance; take them as export wrote them")
		}
	}
}

// writeRemittances keeps the files of the new remittances, and writes them.
func (im *importer) writeRemittances(ctx context.Context) error {
	if len(im.freshRemittances) == 0 {
		return nil
	}
	var all []*remittance.Remittance
	for _, r := range im.freshRemittances {
		f := &file.File{Name: r.row.Name, Media: r.row.Media, Size: int64(r.row.Size), Actor: r.Actor, At: r.At}
		ok, err := im.saveFile(ctx, &r.row.Row, f, r.row.SHA256)
		if err != nil {
			return err
		}
		if ok {
			r.File, r.SHA256 = f.ID, f.SHA256
			all = append(all, r.Remittance)
		}
	}
	made := map[string]int64{}
	for _, j := range im.freshJournals {
		if j.row.Remittance != "" {
			made[j.row.Remittance] = j.ID
		}
	}
	return remittance.Restore(ctx, im.tx, all, made)
}

// evidence keeps what is attached to new deductions.
func (im *importer) evidence(ctx context.Context, p *deduction.Past) error {
	for i := range im.d.DeductionEvidence {
		row := &im.d.DeductionEvidence[i]
		r := im.recordOfRow("deduction_evidence", &row.Row, row.Deduction)
		if r == nil {
			continue
		}
		f := &file.File{Name: row.Name, Media: row.Media, Size: int64(row.Size), Actor: cmp.Or(row.Actor, im.tx.Actor), At: im.micros(row.At)}
		ok, err := im.saveFile(ctx, &row.Row, f, row.SHA256)
		if err != nil {
			return err
		}
		if ok {
			p.Evidence = append(p.Evidence, deduction.Attached{Deduction: r.d.ID, Evidence: deduction.Evidence{Type: row.Type, File: f.ID}})
		}
	}
	return nil
}
