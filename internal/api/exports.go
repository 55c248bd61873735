package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/identity"
)

const (
	exportTargetsPath = "/companies/{company}/export-targets"
	exportTargetPath  = exportTargetsPath + "/{target}"
	exportBatchesPath = exportTargetPath + "/batches"
	exportBatchPath   = exportBatchesPath + "/{batch}"
)

// ExportTargetOf names another ledger.
type ExportTargetOf struct {
	Company
	Target string `path:"target" maxLength:"10" doc:"Code of the other ledger."`
}

// ExportBatchOf names a batch.
type ExportBatchOf struct {
	ExportTargetOf
	Batch int64 `path:"batch" minimum:"1" doc:"Number of the batch."`
}

// ExportTargetBody says how vouchers are handed over to another ledger; its code is in the address.
type ExportTargetBody struct {
	Layout map[string]any `json:"layout" doc:"Such as {\"base\": \"general\"}; see the page on connectors."`
	From   string         `json:"from,omitempty" maxLength:"10" doc:"Vouchers dated before are not handed over." example:"2026-01-01"`
}

// ExportRange says of which dates vouchers are handed over.
type ExportRange struct {
	From string `json:"from,omitempty" maxLength:"10" doc:"First date." example:"2026-11-01"`
	To   string `json:"to,omitempty" maxLength:"10" doc:"Last date." example:"2026-11-30"`
}

// ExportVoid says why a batch does not count.
type ExportVoid struct {
	Reason string `json:"reason" maxLength:"500"`
}

func exportTargets(d *door) {
	add(d, operation{id: "list-export-targets", method: http.MethodGet, path: exportTargetsPath, tag: schedulesTag, permission: identity.Read, summary: "The ledgers that vouchers are handed over to", about: "By code."},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.ExportTarget], error) {
			all, err := d.app.ExportTargets(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cut(all, func(t *app.ExportTarget) string { return t.Target }, in.Paged), err)
		})
	add(d, operation{id: "get-export-target", method: http.MethodGet, path: exportTargetPath, tag: schedulesTag, permission: identity.Read, summary: "A ledger that vouchers are handed over to"},
		func(ctx context.Context, in *ExportTargetOf) (*reply[*app.ExportTarget], error) {
			return answer(d.app.ExportTarget(ctx, d.call(ctx, in.Company.Company, ""), in.Target))
		})
	add(d, operation{id: "set-export-target", method: http.MethodPut, path: exportTargetPath, tag: schedulesTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Save a ledger that vouchers are handed over to", about: "Batches that were made keep the layout of then."},
		func(ctx context.Context, in *struct {
			ExportTargetOf
			Keyed
			Body ExportTargetBody
		},
		) (*done, error) {
			from, err := date("body.from", in.Body.From)
			if err != nil {
				return nil, err
			}
			layout, err := json.Marshal(in.Body.Layout)
			if err != nil {
				return nil, err
			}
			return nil, d.app.SaveExportTarget(ctx, d.call(ctx, in.Company.Company, in.Key), app.ExportTarget{Target: in.Target, Layout: layout, From: from})
		})
	add(d, operation{id: "delete-export-target", method: http.MethodDelete, path: exportTargetPath, tag: schedulesTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Remove a ledger that vouchers are handed over to", about: "Only one that no batch was made for."},
		func(ctx context.Context, in *struct {
			ExportTargetOf
			Keyed
		},
		) (*done, error) {
			return nil, d.app.RemoveExportTarget(ctx, d.call(ctx, in.Company.Company, in.Key), in.Target)
		})
}

func exportBatches(d *door) {
	add(d, operation{id: "list-export-batches", method: http.MethodGet, path: exportBatchesPath, tag: schedulesTag, permission: identity.Read, summary: "The batches of a ledger", about: "The newest first."},
		func(ctx context.Context, in *struct {
			ExportTargetOf
			Paged
		},
		) (*page[app.ExportBatch], error) {
			part, err := d.app.Exports(ctx, d.call(ctx, in.Company.Company, ""), in.Target, in.page())
			return pageOf(ctx, part, err)
		})
	add(d, operation{id: "get-export-batch", method: http.MethodGet, path: exportBatchPath, tag: schedulesTag, permission: identity.Read, summary: "A batch"},
		func(ctx context.Context, in *ExportBatchOf) (*reply[*app.ExportBatch], error) {
			return answer(d.app.ExportBatch(ctx, d.call(ctx, in.Company.Company, ""), in.Target, in.Batch))
		})
	o := operation{
		id: "get-export-batch-file", method: http.MethodGet, path: exportBatchPath + "/file", tag: schedulesTag, permission: identity.HandOver,
		summary: "The file of a batch", about: "Byte for byte as it was made, also of a void one; the batch names its SHA-256.",
	}
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(d.api, op, func(ctx context.Context, in *ExportBatchOf) (*huma.StreamResponse, error) {
		f, err := d.app.OpenExport(ctx, d.call(ctx, in.Company.Company, ""), in.Target, in.Batch)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return attachment(ctx, f.Name, f.Content), nil
	})
}

func exportChanges(d *door) {
	add(d, operation{id: "preview-export-batch", method: http.MethodPost, path: exportTargetPath + "/preview", tag: schedulesTag, permission: identity.HandOver, status: http.StatusOK, summary: "Preview the next batch", about: "What it would hold and come to; nothing is made."},
		func(ctx context.Context, in *struct {
			ExportTargetOf
			Body ExportRange
		},
		) (*reply[*app.ExportBatch], error) {
			from, to, err := dates(in.Body.From, in.Body.To)
			if err != nil {
				return nil, err
			}
			return answer(d.app.PreviewExport(ctx, d.call(ctx, in.Company.Company, ""), in.Target, from, to))
		})
	add(d, operation{
		id: "create-export-batch", method: http.MethodPost, path: exportBatchesPath, tag: schedulesTag, permission: identity.HandOver, status: http.StatusCreated, summary: "Make the next batch",
		about: "Of posted vouchers that are in no batch of the ledger yet, as many as its layout lets into a file. None left: refused (nothing_to_export).",
	}, func(ctx context.Context, in *struct {
		ExportTargetOf
		Keyed
		Body ExportRange
	},
	) (*made[*app.ExportBatch], error) {
		from, to, err := dates(in.Body.From, in.Body.To)
		if err != nil {
			return nil, err
		}
		b, err := d.app.MakeExport(ctx, d.call(ctx, in.Company.Company, in.Key), in.Target, from, to)
		if err != nil {
			return nil, err
		}
		return &made[*app.ExportBatch]{Location: fmt.Sprintf("/api/v1/companies/%s/export-targets/%s/batches/%d", in.Company.Company, in.Target, b.Number), Body: b}, nil
	})
	add(d, operation{id: "void-export-batch", method: http.MethodPost, path: exportBatchPath + "/void", tag: schedulesTag, permission: identity.HandOver, status: http.StatusOK, summary: "Void a batch", about: "The other ledger did not take it: its vouchers will be in a later one."},
		func(ctx context.Context, in *struct {
			ExportBatchOf
			Keyed
			Body ExportVoid
		},
		) (*reply[*app.ExportBatch], error) {
			return answer(d.app.VoidExport(ctx, d.call(ctx, in.Company.Company, in.Key), in.Target, in.Batch, in.Body.Reason))
		})
}
