package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/bank"
	"quittance/internal/fault"
	"quittance/internal/format/bankcsv"
	"quittance/internal/identity"
)

const (
	bankTag            = "Bank statements"
	bankStatementsPath = "/companies/{company}/bank-statements"
	bankStatementPath  = bankStatementsPath + "/{bank}/{statement}"
	bankMapsPath       = "/companies/{company}/bank-maps"
	matchesShown       = 1000 // of one answer
)

// BankStatementOf names a statement of a bank account.
type BankStatementOf struct {
	BankAccountOf
	Statement int64 `path:"statement" minimum:"1" maximum:"1000000000" doc:"Place in the row of statements of the bank account: MAIN/3 is 3 of MAIN."`
}

func (s BankStatementOf) name() string { return fmt.Sprintf("%s/%d", s.Bank, s.Statement) }

// BankLineOf names a line of a statement.
type BankLineOf struct {
	BankStatementOf
	Line int64 `path:"line" minimum:"1" maximum:"1000000000" doc:"Number of the line: MAIN/3/12 is 12 of MAIN/3."`
}

func (l BankLineOf) name() string { return fmt.Sprintf("%s/%d", l.BankStatementOf.name(), l.Line) }

// BankAcceptance says which matches of a statement are accepted.
type BankAcceptance struct {
	Score int               `json:"score,omitempty" minimum:"0" maximum:"100" doc:"All from this score on, when no line is named; the parameter bank_match_score when it is not given."`
	Lines []BankLineMatched `json:"lines,omitempty" maxItems:"5000"`
}

// BankLineMatched is the match of a line.
type BankLineMatched struct {
	Line  int64  `json:"line" minimum:"1" maximum:"1000000000"`
	Match string `json:"match,omitempty" maxLength:"60" doc:"As the list of lines gave it; when the line matches something else now, it is refused. Whatever it is now, when it is not given."`
}

// BankLineChoice says what a line is.
type BankLineChoice struct {
	Payments   []string `json:"payments,omitempty" maxItems:"5000" doc:"Names of vendor payments, such as VPJ-00000001/3."`
	Vouchers   []string `json:"vouchers,omitempty" maxItems:"5000" doc:"Numbers of vouchers with an open entry on the bank's ledger account."`
	Difference string   `json:"difference,omitempty" maxLength:"250" doc:"Ledger account that what is missing is posted to, up to the parameter bank_difference_limit; a difference is refused when it is not given."`
}

func (c *BankLineChoice) of(line string) app.BankReconciling {
	return app.BankReconciling{Line: line, Payments: c.Payments, Vouchers: c.Vouchers, Difference: c.Difference}
}

// BankLineNumbers names lines of a statement.
type BankLineNumbers struct {
	Lines []int64 `json:"lines" minItems:"1" maxItems:"500"`
}

// BankUndone says what was undone.
type BankUndone struct {
	Items []app.BankReconciled `json:"items"`
}

// BankMatching says how lines of a bank account are matched.
type BankMatching struct {
	Preview bool `json:"preview,omitempty" doc:"Nothing is reconciled."`
}

// BankMatched is what matching found.
type BankMatched struct {
	Matched    int             `json:"matched" doc:"Lines that match something."`
	Reconciled int             `json:"reconciled" doc:"Lines that were reconciled, since it was sure."`
	Items      []app.BankMatch `json:"items" doc:"The first 1,000 matches."`
}

// BankImported are the statements of a file.
type BankImported struct {
	Items []app.BankStatement `json:"items"`
}

// BankMaps are the column maps of a company.
type BankMaps struct {
	Items []app.BankMap `json:"items"`
}

// BankMapOf names a column map.
type BankMapOf struct {
	Company
	Code string `path:"code" maxLength:"30" doc:"Code of the column map."`
}

// BankMapEntry is a column map of CSV files and workbooks. What is not given is blank.
type BankMapEntry struct {
	Columns  map[string]string `json:"columns" doc:"From booked, value, amount, mark, debit, credit, balance, currency, account, party, party_account, party_bank, reference, end_to_end, customer, check, mandate, kind, status, text and more_text to a header, or to a column such as =C."`
	Cells    map[string]string `json:"cells,omitempty" doc:"From opening, closing, account and currency to a cell such as =B3, or to the text before it."`
	Header   int               `json:"header,omitempty" minimum:"0" maximum:"1000" doc:"Row of the headers; 0: there is none."`
	End      string            `json:"end,omitempty" maxLength:"250" doc:"A row that begins with this text ends the lines."`
	Sheet    string            `json:"sheet,omitempty" maxLength:"250"`
	Comma    string            `json:"comma,omitempty" maxLength:"10"`
	Decimal  string            `json:"decimal,omitempty" maxLength:"10" doc:"point or comma"`
	Date     string            `json:"date,omitempty" maxLength:"60"`
	Encoding string            `json:"encoding,omitempty" maxLength:"60"`
	Sign     string            `json:"sign,omitempty" enum:",positive_in,positive_out"`
	Order    string            `json:"order,omitempty" enum:",oldest_first,newest_first"`
	Bank     string            `json:"bank,omitempty" maxLength:"60" doc:"Of the account."`
	Account  string            `json:"account,omitempty" maxLength:"60" doc:"Code of the bank account, where the file does not tell it."`
	Currency string            `json:"currency,omitempty" maxLength:"3" doc:"Where the file does not tell it."`
	Pending  string            `json:"pending,omitempty" maxLength:"250" doc:"Status of a line that is not booked."`
	Kinds    map[string]string `json:"kinds,omitempty" doc:"From the file's word for a kind to transfer, check, deposit, ach, card, fee, interest, return, reversal or other."`
}

func banks(d *door) {
	bankStatementLooks(d)
	bankImport(d)
	bankReconciling(d)
	bankAccountLooks(d)
	bankMaps(d)
}

func bankStatementLooks(d *door) {
	add(d, operation{
		id: "list-bank-statements", method: http.MethodGet, path: bankStatementsPath, tag: bankTag, permission: identity.Read,
		summary: "Bank statements", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Bank  string `query:"bank" maxLength:"30" doc:"Of this bank account only."`
		State string `query:"state" enum:"open,reconciled" doc:"open: those with an open line; reconciled: those without."`
		From  string `query:"from" format:"date" maxLength:"10" doc:"Those with a day from here on."`
		To    string `query:"to" format:"date" maxLength:"10" doc:"Those with a day up to here."`
	},
	) (*page[app.BankStatement], error) {
		f := app.BankStatementFilter{Bank: in.Bank, State: bank.State(in.State)}
		var err error
		if f.From, f.To, err = dates(in.From, in.To); err != nil {
			return nil, err
		}
		part, err := d.app.BankStatements(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-bank-statement", method: http.MethodGet, path: bankStatementPath, tag: bankTag, permission: identity.Read,
		summary: "A bank statement",
	}, func(ctx context.Context, in *struct{ BankStatementOf }) (*reply[*app.BankStatement], error) {
		return answer(d.app.BankStatement(ctx, d.call(ctx, in.Company.Company, ""), in.name()))
	})
	add(d, operation{
		id: "list-bank-lines", method: http.MethodGet, path: bankStatementPath + "/lines", tag: bankTag, permission: identity.Read,
		summary: "The lines of a bank statement", about: "In their order: an open one with its match, the score of 0 to 100 and its reasons; a reconciled one with what it is.",
	}, func(ctx context.Context, in *struct {
		BankStatementOf
		Paged
		State string `query:"state" enum:"open,reconciled"`
	},
	) (*page[app.BankLine], error) {
		part, err := d.app.BankStatementLines(ctx, d.call(ctx, in.Company.Company, ""), in.name(), app.BankLineFilter{State: bank.State(in.State), Explain: true}, in.page())
		return pageOf(ctx, part, err)
	})
	o := operation{
		id: "get-bank-statement-file", method: http.MethodGet, path: bankStatementPath + "/file", tag: bankTag, permission: identity.Pay,
		summary: "The file that a bank statement came in", about: "As it came. Each time is told in the audit trail.",
	}
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(d.api, op, func(ctx context.Context, in *struct{ BankStatementOf }) (*huma.StreamResponse, error) {
		name, content, err := d.app.BankStatementFile(ctx, d.call(ctx, in.Company.Company, ""), in.name())
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return attachment(ctx, name, content), nil
	})
}

func bankImport(d *door) {
	o := operation{
		id: "import-bank-statements", method: http.MethodPost, path: bankStatementsPath, tag: bankTag, permission: identity.Pay, maxBody: d.o.MaxImport,
		summary: "Import a file of bank statements", about: "camt.053, BAI2, MT940, OFX, CSV, XLSX: as the body, or as the file of a form. All of it or nothing: every error comes with its place. A statement is imported once, and follows the one before it.",
	}
	op := o.describe(d)
	op.Middlewares = huma.Middlewares{d.few(identity.Pay)}
	huma.Register(d.api, op, func(ctx context.Context, in *struct {
		Company
		Keyed
		Name    string `query:"name" maxLength:"200" doc:"Name of the file."`
		Bank    string `query:"bank" maxLength:"30" doc:"The bank account, where the file does not say it."`
		Map     string `query:"map" maxLength:"30" doc:"Column map of a CSV file or workbook."`
		Preview bool   `query:"preview" doc:"Nothing is imported."`
		Type    string `header:"Content-Type" hidden:"true"`
		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*reply[BankImported], error) {
		kind, params, err := mime.ParseMediaType(in.Type)
		if err != nil && in.Type != "" {
			return nil, problemOf(visitOf(ctx), fault.New(fault.Usage, "the header Content-Type is not understood: %v", err).ByRule("malformed"))
		}
		body := in.RawBody
		if kind == "multipart/form-data" {
			body, err = onlyFile(body, params["boundary"])
		} else {
			err = nil
		}
		var all []app.BankStatement
		if err == nil {
			all, err = d.app.ImportBankStatements(ctx, d.call(ctx, in.Company.Company, in.Key), app.BankImport{Name: in.Name, Data: body, Bank: in.Bank, Map: in.Map, Preview: in.Preview})
		}
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return &reply[BankImported]{BankImported{all}}, nil
	})
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	content := d.api.OpenAPI().Paths[op.Path].Post.RequestBody.Content
	content["multipart/form-data"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": binary}}}
}

func bankReconciling(d *door) {
	add(d, operation{
		id: "accept-bank-matches", method: http.MethodPost, path: bankStatementPath + "/acceptance", tag: bankTag, permission: identity.Pay, status: http.StatusOK,
		summary: "Reconcile lines with what they match", about: "Those that are named, or all from a score on. What cannot be accepted keeps the others from nothing: it is told by line.",
	}, func(ctx context.Context, in *struct {
		BankStatementOf
		Keyed
		Body BankAcceptance
	},
	) (*reply[*app.BankAccepted], error) {
		x := app.BankAccepting{Statement: in.name(), Score: in.Body.Score}
		for _, l := range in.Body.Lines {
			x.Lines = append(x.Lines, app.BankAccept{Line: fmt.Sprintf("%s/%d", in.name(), l.Line), Match: l.Match})
		}
		return answer(d.app.AcceptBankMatches(ctx, d.call(ctx, in.Company.Company, in.Key), x))
	})
	add(d, operation{
		id: "reconcile-bank-line", method: http.MethodPost, path: bankStatementPath + "/lines/{line}/reconciliation", tag: bankTag, permission: identity.Pay, status: http.StatusOK,
		summary: "Reconcile a line by hand", about: "With one or several payments and vouchers; what is missing is posted within the limit.",
	}, func(ctx context.Context, in *struct {
		BankLineOf
		Keyed
		Body BankLineChoice
	},
	) (*reply[*app.BankReconciled], error) {
		return answer(d.app.ReconcileBankLine(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.of(in.name())))
	})
	add(d, operation{
		id: "preview-bank-reconciliation", method: http.MethodPost, path: bankStatementPath + "/lines/{line}/reconciliation/preview", tag: bankTag, permission: identity.Pay, status: http.StatusOK,
		summary: "What reconciling a line by hand would post", about: "As reconcile-bank-line, and nothing is kept.",
	}, func(ctx context.Context, in *struct {
		BankLineOf
		Body BankLineChoice
	},
	) (*reply[*app.Effect], error) {
		return answer(d.app.PreviewReconcileBankLine(ctx, d.call(ctx, in.Company.Company, ""), in.Body.of(in.name())))
	})
	add(d, operation{
		id: "undo-bank-lines", method: http.MethodPost, path: bankStatementPath + "/undoing", tag: bankTag, permission: identity.Pay, status: http.StatusOK,
		summary: "Take reconciliations of lines back", about: "All or none, those made last first. One that another one rests on is refused, naming that.",
	}, func(ctx context.Context, in *struct {
		BankStatementOf
		Keyed
		Body BankLineNumbers
	},
	) (*reply[BankUndone], error) {
		names := make([]string, len(in.Body.Lines))
		for i, n := range in.Body.Lines {
			names[i] = fmt.Sprintf("%s/%d", in.name(), n)
		}
		all, err := d.app.UndoBankLines(ctx, d.call(ctx, in.Company.Company, in.Key), names)
		return answer(BankUndone{all}, err)
	})
}

func bankAccountLooks(d *door) {
	add(d, operation{
		id: "match-bank", method: http.MethodPost, path: bankAccountsPath + "/{bank}/matching", tag: bankTag, permission: identity.Pay, status: http.StatusOK,
		summary: "Match the open lines of a bank account", about: "What is sure (from the parameter bank_match_score on) is reconciled, the rest proposed.",
	}, func(ctx context.Context, in *bankBody[BankMatching]) (*reply[BankMatched], error) {
		all, err := d.app.MatchBank(ctx, d.call(ctx, in.Company.Company, in.Key), in.Bank, in.Body.Preview)
		out := BankMatched{Matched: len(all), Items: all[:min(len(all), matchesShown)]}
		for i := range all {
			if all[i].Done {
				out.Reconciled++
			}
		}
		return answer(out, err)
	})
	add(d, operation{
		id: "get-bank-control", method: http.MethodGet, path: bankAccountsPath + "/{bank}/control", tag: bankTag, permission: identity.Read,
		summary: "The statements of a bank account held against its ledger account", about: "Ledger less outstanding, with unreconciled lines, entries posted later and the first opening balance, makes the statement's balance; each difference is named, up to 1,000 of a kind.",
	}, func(ctx context.Context, in *struct {
		BankAccountOf
		Date string `query:"date" format:"date" maxLength:"10" doc:"At the last statement up to this day; today when it is not given."`
	},
	) (*reply[*app.BankControl], error) {
		day, err := date("date", in.Date)
		if err != nil {
			return nil, err
		}
		return answer(d.app.BankControl(ctx, d.call(ctx, in.Company.Company, ""), in.Bank, day))
	})
	add(d, operation{
		id: "list-bank-entries", method: http.MethodGet, path: bankAccountsPath + "/{bank}/entries", tag: bankTag, permission: identity.Read,
		summary: "Open entries of a bank account", about: "Entries on its ledger account that no line is reconciled with, those posted last first.",
	}, func(ctx context.Context, in *struct {
		BankAccountOf
		Paged
		Text   string `query:"text" maxLength:"100" doc:"In the voucher's number or text, the payment's name or number, or the payee's name."`
		Amount string `query:"amount" maxLength:"40" doc:"What came in is positive."`
		From   string `query:"from" format:"date" maxLength:"10"`
		To     string `query:"to" format:"date" maxLength:"10"`
	},
	) (*page[app.BankEntry], error) {
		x := app.BankEntrySearch{Text: in.Text, Amount: in.Amount}
		var err error
		if x.From, x.To, err = dates(in.From, in.To); err != nil {
			return nil, err
		}
		part, err := d.app.BankEntries(ctx, d.call(ctx, in.Company.Company, ""), in.Bank, x, in.page())
		return pageOf(ctx, part, err)
	})
}

func bankMaps(d *door) {
	add(d, operation{id: "get-bank-maps", method: http.MethodGet, path: bankMapsPath, tag: bankTag, permission: identity.Read, summary: "The column maps of bank files", about: "By code."},
		func(ctx context.Context, in *struct{ Company }) (*reply[BankMaps], error) {
			all, err := d.app.BankMaps(ctx, d.call(ctx, in.Company.Company, ""))
			return answer(BankMaps{all}, err)
		})
	add(d, operation{id: "set-bank-map", method: http.MethodPut, path: bankMapsPath + "/{code}", tag: bankTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Make or change a column map of bank files"},
		func(ctx context.Context, in *struct {
			BankMapOf
			Keyed
			Body BankMapEntry
		},
		) (*struct{}, error) {
			text, err := json.Marshal(bankcsv.Map(in.Body))
			if err != nil {
				return nil, err
			}
			return nil, d.app.SaveBankMap(ctx, d.call(ctx, in.Company.Company, in.Key), in.Code, bytes.TrimSpace(text))
		})
	add(d, operation{id: "delete-bank-map", method: http.MethodDelete, path: bankMapsPath + "/{code}", tag: bankTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Take a column map of bank files away", about: "What was imported by it stays."},
		func(ctx context.Context, in *struct {
			BankMapOf
			Keyed
		},
		) (*struct{}, error) {
			return nil, d.app.DeleteBankMap(ctx, d.call(ctx, in.Company.Company, in.Key), in.Code)
		})
}
