package web_test

import (
	"maps"

	"quittance/internal/identity"
)

func init() { maps.Copy(addresses, approvalAddresses) }

// approvalAddresses are those about approvals and policies.
var approvalAddresses = map[string]address{
	"GET /c/{company}/approvals":                         {identity.Read, "", ""},
	"GET /c/{company}/approvals/list":                    {identity.Read, "", ""},
	"GET /c/{company}/approvals/bulk":                    {identity.Approve, "", ""},
	"POST /c/{company}/approvals/bulk":                   {identity.Approve, "", "pick=AP-999999&verb=approve"},
	"POST /c/{company}/approvals/submit":                 {identity.Prepare, "", "name=VPJ-99999999"},
	"GET /c/{company}/approvals/{approval}":              {identity.Read, "/c/PSUS/approvals/AP-000001", ""},
	"POST /c/{company}/approvals/{approval}/decide":      {identity.Read, "/c/PSUS/approvals/AP-000001/decide", "verb=withdraw&reason=x"},
	"GET /c/{company}/approvals/setup":                   {identity.Read, "", ""},
	"GET /c/{company}/approvals/setup/rules":             {identity.SetUp, "", ""},
	"POST /c/{company}/approvals/setup/rules":            {identity.SetUp, "", "rule=x"},
	"GET /c/{company}/approvals/setup/limits":            {identity.SetUp, "", ""},
	"POST /c/{company}/approvals/setup/limits":           {identity.SetUp, "", "who=x"},
	"POST /c/{company}/approvals/setup/limits/remove":    {identity.SetUp, "", "who=role:viewer"},
	"GET /c/{company}/approvals/setup/delegations":       {identity.Approve, "", ""},
	"GET /c/{company}/approvals/setup/delegations/other": {identity.Administer, "", ""},
	"POST /c/{company}/approvals/setup/delegations":      {identity.Approve, "", "to=nobody&last=2030-01-01"},
	"POST /c/{company}/approvals/setup/delegations/end":  {identity.Read, "", "id=9"},
	"GET /c/{company}/approvals/setup/people":            {identity.Administer, "", ""},
	"POST /c/{company}/approvals/setup/people":           {identity.Administer, "", "user=nobody&party=C-1001"},
	"POST /c/{company}/approvals/setup/people/remove":    {identity.Administer, "", "user=nobody&party=C-1001"},
	"GET /c/{company}/policies":                          {identity.Read, "", ""},
	"GET /c/{company}/policies/edit":                     {identity.Read, "", ""},
	"POST /c/{company}/policies/edit":                    {identity.Read, "", "do=test&kind=request"},
	"GET /c/{company}/policies/{policy}":                 {identity.Read, "/c/PSUS/policies/REFUNDS", ""},
}
