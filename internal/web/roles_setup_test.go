package web_test

import (
	"maps"

	"quittance/internal/identity"
)

// Those of the set-up of deductions, remittances, figures and matches.
func init() { maps.Copy(addresses, setupAddresses) }

var setupAddresses = map[string]address{
	"GET /c/{company}/deduction-setup":                       {identity.Read, "", ""},
	"GET /c/{company}/deduction-setup/{list}":                {identity.Read, "/c/PSUS/deduction-setup/reasons", ""},
	"GET /c/{company}/deduction-setup/{list}/edit":           {identity.SetUp, "/c/PSUS/deduction-setup/types/edit", ""},
	"POST /c/{company}/deduction-setup/{list}/edit":          {identity.SetUp, "/c/PSUS/deduction-setup/types/edit", "type=T&name=T&kind=unresolved"},
	"GET /c/{company}/deduction-setup/{list}/remove":         {identity.SetUp, "/c/PSUS/deduction-setup/types/remove?type=T", ""},
	"POST /c/{company}/deduction-setup/{list}/remove":        {identity.SetUp, "/c/PSUS/deduction-setup/types/remove", "type=none"},
	"GET /c/{company}/deduction-setup/plans/{plan}/accruals": {identity.Read, "/c/PSUS/deduction-setup/plans/none/accruals", ""},
	"GET /c/{company}/deduction-setup/plans/{plan}/accrue":   {identity.PostVoucher, "/c/PSUS/deduction-setup/plans/none/accrue", ""},
	"POST /c/{company}/deduction-setup/plans/{plan}/accrue":  {identity.PostVoucher, "/c/PSUS/deduction-setup/plans/none/accrue", "step=do&amount=1.00"},
	"GET /c/{company}/deduction-setup/lists/{code}/codes":    {identity.Read, "/c/PSUS/deduction-setup/lists/x12_426/codes", ""},
	"POST /c/{company}/deduction-setup/lists/{code}/codes":   {identity.SetUp, "/c/PSUS/deduction-setup/lists/x12_426/codes", ""},
	"GET /c/{company}/deduction-figures":                     {identity.Read, "", ""},
	"GET /c/{company}/deductions/matches":                    {identity.Read, "", ""},
	"GET /c/{company}/deductions/matches/search":             {identity.Deduct, "", ""},
	"POST /c/{company}/deductions/matches/search":            {identity.Deduct, "", "customer=nobody"},
	"POST /c/{company}/deductions/matches/apply":             {identity.Deduct, "", "number=none"},
	"GET /c/{company}/deductions/{number}/candidates":        {identity.Read, "/c/PSUS/deductions/none/candidates", ""},
	"GET /c/{company}/tasks/deductions/{id}":                 {nobodys, "/c/PSUS/tasks/deductions/x", ""},
	"GET /c/{company}/tasks/deductions/{id}/events":          {nobodys, "/c/PSUS/tasks/deductions/x/events", ""},
	"POST /c/{company}/tasks/deductions/{id}/cancel":         {nobodys, "/c/PSUS/tasks/deductions/x/cancel", ""},
	"GET /c/{company}/tasks/remittances/{id}":                {nobodys, "/c/PSUS/tasks/remittances/x", ""},
	"GET /c/{company}/tasks/remittances/{id}/events":         {nobodys, "/c/PSUS/tasks/remittances/x/events", ""},
	"POST /c/{company}/tasks/remittances/{id}/cancel":        {nobodys, "/c/PSUS/tasks/remittances/x/cancel", ""},
	"GET /c/{company}/remittances":                           {identity.Read, "", ""},
	"POST /c/{company}/remittances":                          {nobodys, "", "task=x"},
	"GET /c/{company}/remittances/new":                       {identity.ApplyCash, "", ""},
	"POST /c/{company}/remittances/check":                    {identity.ApplyCash, "", ""},
	"GET /c/{company}/remittances/{code}":                    {identity.Read, "/c/PSUS/remittances/none", ""},
	"GET /c/{company}/remittances/{code}/file":               {identity.Read, "/c/PSUS/remittances/none/file", ""},
	"GET /c/{company}/remittances/{code}/payback":            {identity.Deduct, "/c/PSUS/remittances/none/payback?n=1", ""},
	"POST /c/{company}/remittances/{code}/payback":           {identity.Deduct, "/c/PSUS/remittances/none/payback", "n=1"},
	"GET /c/{company}/remittances/maps":                      {identity.Read, "", ""},
	"GET /c/{company}/remittances/maps/edit":                 {identity.SetUp, "", ""},
	"POST /c/{company}/remittances/maps/edit":                {identity.SetUp, "", "code=M&column-paid=Paid&column-invoice=Invoice&header=1"},
	"POST /c/{company}/remittances/maps/remove":              {identity.SetUp, "", "code=none"},
	"GET /c/{company}/remittances/partners/edit":             {identity.SetUp, "", ""},
	"POST /c/{company}/remittances/partners/edit":            {identity.SetUp, "", "code=P&customer=nobody"},
	"POST /c/{company}/remittances/partners/remove":          {identity.SetUp, "", "code=none"},
}
