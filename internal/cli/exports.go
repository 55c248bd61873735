package cli

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

type exportsCmd struct {
	List    exportListCmd    `cmd:"" default:"withargs" help:"List the batches of a target, the newest first."`
	Make    exportMakeCmd    `cmd:"" help:"Make the next batches of a target, of posted vouchers that are in none yet."`
	File    exportFileCmd    `cmd:"" help:"Write the file of a batch to a place."`
	Void    exportVoidCmd    `cmd:"" help:"Say that the other ledger did not take a batch: its vouchers will be in a later one."`
	Targets exportTargetsCmd `cmd:"" help:"The other ledgers: list, set, delete."`
}

type exportListCmd struct {
	Target string `arg:"" help:"The target."`
	pageFlags
}

func batchCells(b *app.ExportBatch) []string {
	totals := []string{}
	for _, currency := range slices.Sorted(maps.Keys(b.Totals)) {
		totals = append(totals, b.Totals[currency]+" "+currency)
	}
	return []string{b.Batch, b.First.String(), b.Last.String(), strconv.FormatInt(b.Vouchers, 10), strconv.FormatInt(b.Lines, 10), strings.Join(totals, ", "), b.MadeBy, b.MadeAt, b.SentAt, b.VoidedBy, b.SHA256}
}

const batchTitles = "batch first last >vouchers >lines >totals made_by made_at sent_at voided_by sha256"

// Run lists batches.
func (c *exportListCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, batchTitles, "No batch was made.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.ExportBatch], error) {
		return a.Exports(e.ctx, call, c.Target, p)
	}, batchCells)
}

type exportMakeCmd struct {
	Target string     `arg:"" help:"The target."`
	From   civil.Date `help:"Vouchers dated from this day on." placeholder:"YYYY-MM-DD"`
	To     civil.Date `help:"Vouchers dated until this day." placeholder:"YYYY-MM-DD"`
	All    bool       `help:"As many batches as it takes until none are left; else one."`
}

// Run makes batches.
func (c *exportMakeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		l := e.list(batchTitles)
		for n := 0; ; n++ {
			b, err := a.MakeExport(e.ctx, call, c.Target, c.From, c.To)
			if fault.RuleOf(err) == "nothing_to_export" && n > 0 {
				return l.close("")
			}
			if err != nil {
				return err
			}
			if err := l.add(b, batchCells(b)...); err != nil {
				return err
			}
			if !c.All {
				return l.close("")
			}
		}
	})
}

type exportBatchArg struct {
	Batch string `arg:"" help:"The batch, such as D365-000001."`
}

// parts reads the code of a batch.
func (c exportBatchArg) parts() (target string, n int64, err error) {
	at := strings.LastIndexByte(c.Batch, '-')
	if at > 0 {
		if n, err = strconv.ParseInt(c.Batch[at+1:], 10, 64); err == nil && n > 0 {
			return c.Batch[:at], n, nil
		}
	}
	return "", 0, usage("%q is no batch; expected a code such as D365-000001", c.Batch)
}

type exportFileCmd struct {
	exportBatchArg
	Path string `arg:"" help:"Where to write it; nothing may be there." type:"path"`
}

// Run writes the file of a batch.
func (c *exportFileCmd) Run(e *env) error {
	target, n, err := c.parts()
	if err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		f, err := a.OpenExport(e.ctx, call, target, n)
		if err != nil {
			return err
		}
		if err := writeNew(c.Path, f.Content); err != nil {
			return err
		}
		return e.result(f.ExportBatch, "batch path sha256", []string{f.Batch, c.Path, f.SHA256}, "The batch %s is written to %s.", f.Batch, c.Path)
	})
}

type exportVoidCmd struct {
	exportBatchArg
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run voids a batch.
func (c *exportVoidCmd) Run(e *env) error {
	target, n, err := c.parts()
	if err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		b, err := a.VoidExport(e.ctx, call, target, n, c.Reason)
		if err != nil {
			return err
		}
		return e.result(b, "batch", []string{b.Batch}, "The batch %s is void; its vouchers will be in a later one.", b.Batch)
	})
}

type exportTargetsCmd struct {
	List   exportTargetListCmd   `cmd:"" default:"withargs" help:"List the targets."`
	Set    exportTargetSetCmd    `cmd:"" help:"Make a target, or change the one with its code."`
	Delete exportTargetDeleteCmd `cmd:"" help:"Remove a target that no batch was made for."`
}

type exportTargetListCmd struct{}

// Run lists targets.
func (*exportTargetListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.ExportTargets(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("target from >last layout")
		for _, t := range all {
			if err := l.add(t, t.Target, t.From.String(), strconv.FormatInt(t.Last, 10), string(t.Layout)); err != nil {
				return err
			}
		}
		return l.close("There is no export target; make one with: quittance exports targets set.")
	})
}

type exportTargetSetCmd struct {
	Target string     `arg:"" help:"Its code."`
	Layout string     `required:"" help:"general, d365-finance, business-central, or a file of a layout (JSON; - for standard input)." placeholder:"NAME|FILE"`
	From   civil.Date `help:"Vouchers dated before are not handed over." placeholder:"YYYY-MM-DD"`
}

const mostLayout = 256 << 10 // bytes

// Run saves a target.
func (c *exportTargetSetCmd) Run(e *env) error {
	layout, err := c.layout(e)
	if err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SaveExportTarget(e.ctx, call, app.ExportTarget{Target: c.Target, Layout: layout, From: c.From}); err != nil {
			return err
		}
		return e.result(map[string]string{"target": c.Target}, "target", []string{c.Target}, "The export target %s is saved.", c.Target)
	})
}

func (c *exportTargetSetCmd) layout(e *env) (json.RawMessage, error) {
	switch c.Layout {
	case "general", "d365-finance", "business-central":
		return json.Marshal(map[string]string{"base": c.Layout})
	case "-":
		return io.ReadAll(io.LimitReader(e.stdin, mostLayout+1))
	}
	f, err := os.Open(c.Layout)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%q is no layout of the program (general, d365-finance, business-central), and can not be read as a file: %v", c.Layout, err).In("layout").Because(err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostLayout+1))
}

type exportTargetDeleteCmd struct {
	Target string `arg:"" help:"Its code."`
}

// Run removes a target.
func (c *exportTargetDeleteCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.RemoveExportTarget(e.ctx, call, c.Target); err != nil {
			return err
		}
		return e.result(map[string]string{"target": c.Target}, "target", []string{c.Target}, "The export target %s is removed.", c.Target)
	})
}
