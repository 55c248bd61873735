package api

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

func init() { huma.DefaultArrayNullable = false }

// document makes the framework with the head of the document.
func document(mux *http.ServeMux, o Options) huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	registry.RegisterTypeAlias(reflect.TypeFor[civil.Date](), reflect.TypeFor[dateText]())
	registry.RegisterTypeAlias(reflect.TypeFor[identity.Permission](), reflect.TypeFor[permissionText]())
	registry.RegisterTypeAlias(reflect.TypeFor[identity.Role](), reflect.TypeFor[roleText]())
	registry.RegisterTypeAlias(reflect.TypeFor[reimbursement.State](), reflect.TypeFor[stateText]())
	strict := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Quittance", Version: o.Version, Description: head,
				License: &huma.License{Name: "see LICENSE"},
			},
			Servers:  []*huma.Server{{URL: "/"}},
			Security: []map[string][]string{{"token": {}}},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{"token": {
					Type: "http", Scheme: "bearer", BearerFormat: "qtk_…", Description: "An API token; the pages (Tokens) and `quittance tokens create` make one. It acts as its user, limited to its scopes and company.",
				}},
			},
			Tags: tags,
		},
		Formats:                      map[string]huma.Format{"application/json": strict, "json": strict},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	return humago.New(mux, config)
}

const head = `Everything that the pages and the command line do, for programs.

Amounts are decimals as text, such as "12.50"; dates are YYYY-MM-DD. Failures are problems (RFC 9457) with a code that programs may rely on. Lists come by pages. x-permission of an operation names the permission that it needs.`

var tags = []*huma.Tag{
	{Name: "Companies", Description: "Companies and their set-up."},
	{Name: "Parties", Description: "Customers and vendors."},
	{Name: "Open items", Description: "What is open, settlements and marks."},
	{Name: "Payments", Description: "Customer payment journals: payments, what they are applied to, what was deducted."},
	{Name: "Vendor payments", Description: "Paying out: bank accounts, methods, proposals, payments, files, and what comes back."},
	{Name: "Bank statements", Description: "Bank statements, their reconciliation, and the control of bank accounts."},
	{Name: "Unclaimed property", Description: "What nobody claims: letters, escheat, remittances, reports, rules; and the ageing of credits with its clocks."},
	{Name: "Events and webhooks", Description: "What happened: the feed of events, webhooks that are told of them, and the log of deliveries."},
	{Name: "Schedules and exports", Description: "What is done again and again: drops that are brought in, and posted vouchers that are handed over to other ledgers."},
	{Name: "Deductions", Description: "What customers owe and did not pay: the desk, matches, figures."},
	{Name: "Vouchers", Description: "Documents and vouchers."},
	{Name: "Runs", Description: "Reimbursement runs: simulate, propose, look, post, reverse."},
	{Name: "Reimbursements", Description: "What runs posted."},
	{Name: "Ledger", Description: "Balances, entries and proof."},
	{Name: "Deductions", Description: "Deductions: what customers owe and do not pay, and their set-up."},
	{Name: "Import and export", Description: "Company folders."},
	{Name: "Access", Description: "Who acts: users, tokens, the audit trail."},
}

// renamed are types whose Go name would not be understood outside.
var renamed = map[string]string{
	"ViewPage": "ReimbursementPage", "View": "Reimbursement", "VoucherView": "ReimbursementVoucher", "LineView": "ReimbursementLine", "DecisionsView": "Decisions", "Hit": "SearchHit", "Step": "TraceStep",
	"Result": "ImportResult", "FileResult": "ImportedFile", "Report": "VerifyReport", "Finding": "VerifyFinding", "MadeToken": "NewToken",
	"DeductionView": "DeductionRecord", "Settings": "BankAccountSettings",
}

// schemaName names the schema of a type: Part[RunView] is RunPage.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[reimbursement.Selection]() {
		return "SavedSelection"
	}
	if format, ok := strings.CutPrefix(t.PkgPath(), "quittance/internal/format/"); ok && format != "" {
		return strings.ToUpper(format[:1]) + format[1:] + name
	}
	if rest, ok := strings.CutPrefix(t.Name(), "Part["); ok {
		name = rest[strings.LastIndex(rest, ".")+1:len(rest)-1] + "Page"
	}
	if to, ok := renamed[name]; ok {
		return to
	}
	return strings.TrimSuffix(strings.Replace(name, "ViewPage", "Page", 1), "View")
}

// unmarshal reads JSON that is UTF-8 and has no character 0, which no database holds.
func unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return fault.New(fault.Usage, "the body is not UTF-8")
	}
	for rest := data; ; {
		i := bytes.Index(rest, []byte(`\u0000`))
		if i < 0 {
			break
		}
		slashes := 0
		for i-slashes > 0 && rest[i-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return fault.New(fault.Usage, "the body holds the character U+0000, which no text may have")
		}
		rest = rest[i+1:]
	}
	return json.Unmarshal(data, v)
}

// cleanText says whether a text of an address is UTF-8 without the character 0.
func cleanText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// The types below stand for others in the document.

type dateText string

// Schema describes a date.
func (dateText) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: datePattern, Description: "YYYY-MM-DD; blank where there is none.", Examples: []any{"2026-11-30"}}
}

const datePattern = `^([0-9]{4}-[0-9]{2}-[0-9]{2})?$`

type permissionText string

// Schema describes a permission.
func (permissionText) Schema(huma.Registry) *huma.Schema { return enum(identity.Permissions()) }

type roleText string

// Schema describes a role.
func (roleText) Schema(huma.Registry) *huma.Schema { return enum(identity.Roles()) }

type stateText string

// Schema describes the state of a run.
func (stateText) Schema(huma.Registry) *huma.Schema {
	return enum([]reimbursement.State{reimbursement.Simulated, reimbursement.Proposed, reimbursement.Posting, reimbursement.Posted, reimbursement.Cancelled})
}

func enum[T ~string](all []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, x := range all {
		s.Enum = append(s.Enum, string(x))
	}
	return s
}
