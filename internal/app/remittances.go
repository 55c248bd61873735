package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"unicode"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/remittance"
)

// RemittanceRequest asks for the import of a remittance file, or for what would come of it.
type RemittanceRequest struct {
	Name     string     `json:"name"`     // of the file
	Content  []byte     `json:"content"`  // of the file
	Format   string     `json:"format"`   // csv, xlsx, x12_820, x12_812, bai2; blank: as the file shows
	Map      string     `json:"map"`      // column map of a CSV or XLSX file; blank: the partner's, or the only one there is
	Customer string     `json:"customer"` // who pays, where the file does not say, or says it in a way nobody knows
	Bank     string     `json:"bank"`     // ledger account that the money is on; blank: the partner's, else the parameter remittance_bank
	Date     civil.Date `json:"date"`     // of the payments, where the file does not say; blank: today
}

// Remittance is a remittance file with what came of it. In a preview it has no code, and its journal none.
type Remittance struct {
	RemittanceRow
	SHA256      string                 `json:"sha256"`
	Payments    []RemittancePayment    `json:"payments"`
	Adjustments []RemittanceAdjustment `json:"adjustments"` // of an 812: debits and credits without a payment
	Issues      []RemittanceIssue      `json:"issues"`
}

// RemittanceRow is a remittance file in a list.
type RemittanceRow struct {
	Code       string            `json:"code"`
	Format     string            `json:"format"`
	Name       string            `json:"name"`
	Journal    string            `json:"journal"` // code of the payment journal that it made; blank: none
	ImportedBy string            `json:"imported_by"`
	ImportedAt string            `json:"imported_at"`
	Totals     []RemittanceTotal `json:"totals"` // by currency
	Count      int               `json:"payment_count"`
	IssueCount int               `json:"issue_count"`
}

// What came of a remittance: its payments with their applications, deductions and paybacks, its adjustments without a payment, and what
// did not match.
type (
	RemittanceTotal       = remittance.Total
	RemittancePayment     = remittance.Payment
	RemittanceApplication = remittance.Application
	RemittanceDeduction   = remittance.Deduction
	RemittancePayback     = remittance.Payback
	RemittanceAdjustment  = remittance.Adjustment
	RemittanceIssue       = remittance.Issue
)

// RemittanceFilter narrows a list of remittances; blank is no bound.
type RemittanceFilter struct {
	Format string
	Issues bool // only those with something to look at
}

// PaybackRequest asks for the posting of a payback that a remittance proposes.
type PaybackRequest struct {
	Remittance string     `json:"remittance"`
	N          int        `json:"n"`
	Date       civil.Date `json:"date"` // blank: the payment's
}

// RemittanceMap says what of a remittance stands in which column of a CSV or XLSX file.
type RemittanceMap struct {
	Code    string            `json:"code"`
	Name    string            `json:"name"`
	Columns map[string]string `json:"columns"`  // what it is (reference, date, payer, amount, invoice, paid, …) → header of the column, or its letter after an equals sign (=C)
	Header  int               `json:"header"`   // row of the headers, from 1; 0: there is none
	Sheet   string            `json:"sheet"`    // of a workbook; blank: the first
	Comma   string            `json:"comma"`    // what parts the columns of a CSV file: a character, or tab; blank: a comma
	Decimal string            `json:"decimal"`  // point (1,234.56) or comma (1.234,56); blank: point
	Date    string            `json:"date"`     // such as YYYY-MM-DD, MM/DD/YYYY, DD.MM.YY; blank: YYYY-MM-DD
	Sign    string            `json:"sign"`     // of what was deducted: positive_reduces or negative_reduces; blank: positive_reduces
	Encode  string            `json:"encoding"` // utf-8 or windows-1252; blank: utf-8
}

// RemittancePartner is who sends remittances, and how theirs are read.
type RemittancePartner struct {
	Code     string `json:"code"` // as the file names the payer
	Customer string `json:"customer"`
	Sign     string `json:"sign"` // of ADX01 of an 820: positive_reduces, negative_reduces; blank: by the version
	Bank     string `json:"bank"` // ledger account; blank: the parameter remittance_bank
	Map      string `json:"map"`
}

// ImportRemittance brings a remittance file in: a draft payment journal with lines, applications and deductions, and what did not match.
// The same content again is refused, naming the first.
func (a *App) ImportRemittance(ctx context.Context, call Call, req RemittanceRequest) (*Remittance, error) {
	cmd, advice, err := a.readRemittance(ctx, call, &req)
	if err != nil {
		return nil, err
	}
	return do(ctx, a, call, cmd, req.bringIn(advice))
}

// PreviewRemittance says what [App.ImportRemittance] would make of a file.
func (a *App) PreviewRemittance(ctx context.Context, call Call, req RemittanceRequest) (*Remittance, error) {
	cmd, advice, err := a.readRemittance(ctx, call, &req)
	if err != nil {
		return nil, err
	}
	r, err := try(ctx, a, call, cmd, req.bringIn(advice))
	if err == nil {
		r.Code, r.Journal, r.ImportedBy, r.ImportedAt = "", "", "", ""
	}
	return r, err
}

// readRemittance reads the file before the unit that imports it, which holds up others.
func (a *App) readRemittance(ctx context.Context, call Call, req *RemittanceRequest) (command, *remittance.Advice, error) {
	sum := sha256.Sum256(req.Content)
	input := *req
	input.Content = sum[:]
	cmd := command{name: "remittance.import", permission: identity.ApplyCash, input: input}
	if len(req.Content) > file.MaxSize {
		return cmd, nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read, split it or ask for smaller ones", len(req.Content), file.MaxSize).In("content").ByRule("file_too_large")
	}
	if len(req.Content) == 0 {
		return cmd, nil, fault.New(fault.Invalid, "the file is empty").In("content").ByRule("file_empty")
	}
	req.Name = cmp.Or(plainName(req.Name), "remittance")
	var advice *remittance.Advice
	var setup *remittance.Setup
	src := remittance.Source{Name: req.Name, Content: req.Content, Format: req.Format, Map: req.Map}
	err := query(ctx, a, call, identity.ApplyCash, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		src.Currency = c.Currency
		if setup, err = remittance.LoadSetup(ctx, tx); err != nil || req.Map != "" || req.Customer == "" {
			return err
		}
		src.Map, err = setup.MapOf(ctx, tx, req.Customer)
		return err
	})
	if err == nil {
		advice, err = setup.Read(src)
	}
	return cmd, advice, plainer(err)
}

// plainName takes the folders and control characters off a name that a stranger chose.
func plainName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "?"), "\\", "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name)
	if name == "." || name == "/" {
		return ""
	}
	const most = 150
	if runes := []rune(name); len(runes) > most {
		name = string(runes[len(runes)-most:])
	}
	return name
}

func (req RemittanceRequest) bringIn(advice *remittance.Advice) work[*Remittance] {
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Remittance, error) {
		s, err := remittance.LoadSetup(ctx, tx)
		if err != nil {
			return "", nil, nil, err
		}
		src := remittance.Source{Name: req.Name, Content: req.Content}
		r, err := remittance.Import(ctx, tx, c, s, src, advice, remittance.Given{Customer: req.Customer, Bank: req.Bank, Date: req.Date})
		if err != nil {
			return "", nil, nil, err
		}
		view, err := viewRemittance(r)
		detail := map[string]any{"file": r.Name, "sha256": hex.EncodeToString(r.SHA256), "journal": r.Journal, "payments": len(r.Detail.Payments), "issues": len(r.Detail.Issues)}
		return r.Code, detail, view, cmp.Or(err, tellImport(tx, r.Code, "remittance", 1))
	}
}

func viewRemittance(r *remittance.Remittance) (*Remittance, error) {
	totals, err := r.Totals()
	return &Remittance{
		RemittanceRow: RemittanceRow{
			Code: r.Code, Format: r.Format, Name: r.Name, Journal: r.Journal, ImportedBy: r.Actor, ImportedAt: instant(r.At), Totals: totals, Count: len(r.Detail.Payments), IssueCount: len(r.Detail.Issues),
		},
		SHA256: hex.EncodeToString(r.SHA256), Payments: r.Detail.Payments, Adjustments: r.Detail.Adjustments, Issues: r.Detail.Issues,
	}, err
}

// PostPayback posts a payback that a remittance proposes, as a resolution of the deduction that it pays back, against the open credit that
// its payment left.
func (a *App) PostPayback(ctx context.Context, call Call, req PaybackRequest) (*RemittancePayback, error) {
	cmd := command{name: "remittance.payback", permission: identity.Deduct, input: req}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RemittancePayback, error) {
		b, err := remittance.PostPayback(ctx, tx, c, req.Remittance, req.N, req.Date)
		return req.Remittance, b, b, err
	})
}

// Remittances gives the remittances, the newest first.
func (a *App) Remittances(ctx context.Context, call Call, f RemittanceFilter, p Page) (Part[RemittanceRow], error) {
	part := Part[RemittanceRow]{Items: []RemittanceRow{}}
	var before int64
	const list = "remittances"
	limit, err := p.open(list, &before)
	if err := cmp.Or(err, plain("format", f.Format)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		rows, err := remittance.List(ctx, tx, remittance.Filter{Format: f.Format, Issues: f.Issues}, before, limit+1)
		for i, r := range rows {
			if i == limit {
				part.Next = next(list, rows[i-1].ID)
				break
			}
			part.Items = append(part.Items, RemittanceRow{
				Code: r.Code, Format: r.Format, Name: r.Name, Journal: r.Journal, ImportedBy: r.Actor, ImportedAt: instant(r.At), Totals: r.Totals, Count: r.Payments, IssueCount: r.Issues,
			})
		}
		return err
	})
	return part, err
}

// Remittance gives a remittance with what came of it.
func (a *App) Remittance(ctx context.Context, call Call, code string) (view *Remittance, err error) {
	if err := plain("code", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		r, err := remittance.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		view, err = viewRemittance(r)
		return err
	})
	return view, err
}

// RemittanceFile gives the file of a remittance as it came.
func (a *App) RemittanceFile(ctx context.Context, call Call, code string) (name string, content []byte, err error) {
	if err := plain("code", code); err != nil {
		return "", nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		r, err := remittance.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		name = r.Name
		_, content, err = file.Open(ctx, tx, r.File)
		return err
	})
	return name, content, err
}
