package web_test

import (
	"maps"

	"quittance/internal/identity"
)

func init() { maps.Copy(addresses, bankAddresses) }

// bankAddresses are those about bank statements and checks.
var bankAddresses = map[string]address{
	"GET /c/{company}/bank-statements":                              {identity.Read, "", ""},
	"GET /c/{company}/bank-statements/import":                       {identity.Pay, "", ""},
	"POST /c/{company}/bank-statements/check":                       {identity.Pay, "", ""},
	"POST /c/{company}/bank-statements/import":                      {identity.Pay, "", "task=x"},
	"GET /c/{company}/bank-statements/maps":                         {identity.Read, "", ""},
	"GET /c/{company}/bank-statements/maps/edit":                    {identity.SetUp, "", ""},
	"POST /c/{company}/bank-statements/maps/edit":                   {identity.SetUp, "", "code=x"},
	"POST /c/{company}/bank-statements/maps/remove":                 {identity.SetUp, "", "code=none"},
	"GET /c/{company}/bank-statements/{bank}/{n}":                   {identity.Read, "/c/PSUS/bank-statements/TREASURY/1", ""},
	"POST /c/{company}/bank-statements/{bank}/{n}/file":             {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/file", ""},
	"GET /c/{company}/bank-statements/{bank}/{n}/accept":            {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/accept", ""},
	"POST /c/{company}/bank-statements/{bank}/{n}/accept":           {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/accept", "line=x"},
	"GET /c/{company}/bank-statements/{bank}/{n}/{line}":            {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/1", ""},
	"GET /c/{company}/bank-statements/{bank}/{n}/{line}/reconcile":  {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/1/reconcile", ""},
	"POST /c/{company}/bank-statements/{bank}/{n}/{line}/reconcile": {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/1/reconcile", "pick=x"},
	"GET /c/{company}/bank-statements/{bank}/{n}/{line}/undo":       {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/1/undo", ""},
	"POST /c/{company}/bank-statements/{bank}/{n}/{line}/undo":      {identity.Pay, "/c/PSUS/bank-statements/TREASURY/1/1/undo", "pick=x"},
	"GET /c/{company}/bank-control/{bank}":                          {identity.Read, "/c/PSUS/bank-control/TREASURY", ""},
	"GET /c/{company}/checks":                                       {identity.Read, "", ""},
	"POST /c/{company}/checks/spoil":                                {identity.Pay, "", "from=x"},
	"POST /c/{company}/checks/positive-pay":                         {identity.Pay, "", "bank=none"},
	"POST /c/{company}/vendor-payments/{journal}/abandon":           {identity.Prepare, "/c/PSUS/vendor-payments/VPJ-00000001/abandon", ""},
	"GET /c/{company}/tasks/banks/{id}":                             {nobodys, "/c/PSUS/tasks/banks/x", ""},
	"GET /c/{company}/tasks/banks/{id}/events":                      {nobodys, "/c/PSUS/tasks/banks/x/events", ""},
	"POST /c/{company}/tasks/banks/{id}/cancel":                     {nobodys, "/c/PSUS/tasks/banks/x/cancel", ""},
}
