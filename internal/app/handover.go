package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/handover"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// ExportTarget is another ledger that posted vouchers are handed over to.
type ExportTarget struct {
	Target string          `json:"target"` // code, at most 10 letters and digits
	Layout json.RawMessage `json:"layout"` // see docs/connectors.md
	From   civil.Date      `json:"from"`   // vouchers dated before are not handed over; blank: all are
	Last   int64           `json:"last"`   // number of the newest batch
}

// ExportBatch is a file of posted vouchers for a target.
type ExportBatch struct {
	Batch      string            `json:"batch"` // such as D365-000001
	Target     string            `json:"target"`
	Number     int64             `json:"number"`
	MadeBy     string            `json:"made_by"`
	MadeAt     string            `json:"made_at"`
	First      civil.Date        `json:"first"` // of the dates of its vouchers
	Last       civil.Date        `json:"last"`
	Vouchers   int64             `json:"vouchers"`
	Lines      int64             `json:"lines"`
	Totals     map[string]string `json:"totals"` // debits by currency
	SHA256     string            `json:"sha256"` // of the file
	Schedule   string            `json:"schedule"`
	SentAt     string            `json:"sent_at"` // to the place of its schedule; blank: it was not
	VoidedBy   string            `json:"voided_by"`
	VoidedAt   string            `json:"voided_at"`
	VoidReason string            `json:"void_reason"`
}

func viewBatch(b *handover.Batch) *ExportBatch {
	return &ExportBatch{
		Batch: b.Name(), Target: b.Target, Number: b.N, MadeBy: b.MadeBy, MadeAt: instant(b.MadeAt), First: b.First, Last: b.LastDate, Vouchers: b.Vouchers, Lines: b.Lines, Totals: b.Totals,
		SHA256: hex.EncodeToString(b.SHA256), Schedule: b.Schedule, SentAt: instant(b.SentAt), VoidedBy: b.VoidedBy, VoidedAt: instant(b.VoidedAt), VoidReason: b.VoidReason,
	}
}

// ExportTargets gives the targets of the company, by code.
func (a *App) ExportTargets(ctx context.Context, call Call) ([]ExportTarget, error) {
	rows := []ExportTarget{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := handover.Targets(ctx, tx)
		for _, t := range all {
			rows = append(rows, ExportTarget{t.Code, t.Layout, t.Start, t.Last})
		}
		return err
	})
	return rows, err
}

// SaveExportTarget makes a target, or changes the one with its code. Batches that were made keep the layout of then.
func (a *App) SaveExportTarget(ctx context.Context, call Call, row ExportTarget) error {
	_, err := do(ctx, a, call, command{name: "export_target.save", permission: identity.SetUp, input: row}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := checkFileCode("target", row.Target, 10); err != nil {
			return "", nil, false, err
		}
		return "export target " + row.Target, row, true, handover.SaveTarget(ctx, tx, handover.Target{Code: row.Target, Layout: row.Layout, Start: row.From})
	})
	return err
}

// checkFileCode refuses a code that is not good for the name of a file.
func checkFileCode(field, code string, most int) error {
	if code == "" || len(code) > most || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return fault.New(fault.Invalid, "%q is no code; expected 1 to %d letters A to Z, digits or _", shortened(code), most).In(field)
	}
	return nil
}

// RemoveExportTarget removes a target that no batch was made for.
func (a *App) RemoveExportTarget(ctx context.Context, call Call, target string) error {
	_, err := do(ctx, a, call, command{name: "export_target.remove", permission: identity.SetUp, input: target}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plain("target", target); err != nil {
			return "", nil, false, err
		}
		return "export target " + target, nil, true, handover.RemoveTarget(ctx, tx, target)
	})
	return err
}

// MakeExport makes the next batch of a target, of posted vouchers dated from and to (blank: no bound) that are in none yet; as many as the layout
// lets into a file. When none are left it is [fault.Refused] by the rule nothing_to_export.
func (a *App) MakeExport(ctx context.Context, call Call, target string, from, to civil.Date) (*ExportBatch, error) {
	return a.makeExport(ctx, call, target, from, to, "")
}

func (a *App) makeExport(ctx context.Context, call Call, target string, from, to civil.Date, schedule string) (*ExportBatch, error) {
	if err := inOrder(from, to); err != nil {
		return nil, err
	}
	return do(ctx, a, call, command{name: "export.make", permission: identity.HandOver, input: []any{target, from, to, schedule}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *ExportBatch, error) {
		if err := plain("target", target); err != nil {
			return "", nil, nil, err
		}
		b, _, err := handover.Make(ctx, tx, c, target, from, to, schedule)
		if err != nil {
			return "", nil, nil, err
		}
		if b == nil {
			return "", nil, nil, nothingToExport(target)
		}
		v := viewBatch(b)
		return v.Batch, v, v, nil
	})
}

// PreviewExport gives the batch that [App.MakeExport] would make now, and changes nothing.
func (a *App) PreviewExport(ctx context.Context, call Call, target string, from, to civil.Date) (v *ExportBatch, err error) {
	if err := inOrder(from, to); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.HandOver, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if err := plain("target", target); err != nil {
			return err
		}
		b, err := handover.Preview(ctx, tx, c, target, from, to)
		if err != nil {
			return err
		}
		if b == nil {
			return nothingToExport(target)
		}
		v = viewBatch(b)
		return nil
	})
	return v, err
}

func nothingToExport(target string) error {
	return fault.New(fault.Refused, "all posted vouchers of these dates are in batches of the target %s already", target).ByRule("nothing_to_export")
}

// VoidExport says that the other ledger did not take a batch, and why: its vouchers will be in a later one.
func (a *App) VoidExport(ctx context.Context, call Call, target string, n int64, reason string) (*ExportBatch, error) {
	return do(ctx, a, call, command{name: "export.void", permission: identity.HandOver, input: []any{target, n, reason}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *ExportBatch, error) {
		if err := plain("reason", target+reason); err != nil {
			return "", nil, nil, err
		}
		if strings.TrimSpace(reason) == "" || len(reason) > 500 {
			return "", nil, nil, fault.New(fault.Invalid, "say why the batch is void, in at most 500 letters").In("reason")
		}
		b, err := handover.Void(ctx, tx, target, n, reason)
		if err != nil {
			return "", nil, nil, err
		}
		v := viewBatch(b)
		return v.Batch, map[string]string{"reason": reason}, v, nil
	})
}

// Exports gives the batches of a target, the newest first.
func (a *App) Exports(ctx context.Context, call Call, target string, p Page) (Part[ExportBatch], error) {
	var before int64
	list := "exports " + target
	limit, err := p.open(list, &before)
	part := Part[ExportBatch]{Items: []ExportBatch{}}
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("target", target); err != nil {
			return err
		}
		if _, err := handover.FindTarget(ctx, tx, target); err != nil {
			return err
		}
		all, err := handover.Batches(ctx, tx, target, before, limit)
		for i := range all {
			part.Items = append(part.Items, *viewBatch(&all[i]))
		}
		if len(all) == limit && all[limit-1].N > 1 {
			part.Next = next(list, all[limit-1].N)
		}
		return err
	})
	return part, err
}

// ExportTarget gives a target.
func (a *App) ExportTarget(ctx context.Context, call Call, target string) (row *ExportTarget, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("target", target); err != nil {
			return err
		}
		t, err := handover.FindTarget(ctx, tx, target)
		if err == nil {
			row = &ExportTarget{t.Code, t.Layout, t.Start, t.Last}
		}
		return err
	})
	return row, err
}

// ExportBatch gives a batch.
func (a *App) ExportBatch(ctx context.Context, call Call, target string, n int64) (v *ExportBatch, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("target", target); err != nil {
			return err
		}
		b, err := handover.Find(ctx, tx, target, n)
		if err == nil {
			v = viewBatch(b)
		}
		return err
	})
	return v, err
}

// ExportFile is the file of a batch.
type ExportFile struct {
	ExportBatch
	Name    string
	Content []byte
}

// OpenExport makes the file of a batch again, byte for byte; also that of a void one.
func (a *App) OpenExport(ctx context.Context, call Call, target string, n int64) (*ExportFile, error) {
	var f *ExportFile
	err := query(ctx, a, call, identity.HandOver, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if err := plain("target", target); err != nil {
			return err
		}
		b, content, err := handover.Open(ctx, tx, c, target, n)
		if err != nil {
			return err
		}
		f = &ExportFile{*viewBatch(b), fmt.Sprintf("%s.csv", b.Name()), content}
		return nil
	})
	return f, err
}
