package web_test

import (
	"maps"

	"quittance/internal/identity"
)

func init() { maps.Copy(addresses, paymentAddresses) }

// paymentAddresses are those about payments to vendors.
var paymentAddresses = map[string]address{
	"GET /c/{company}/vendor-payments":                             {identity.Read, "", ""},
	"GET /c/{company}/vendor-payments/new":                         {identity.Prepare, "", ""},
	"POST /c/{company}/vendor-payments/new":                        {identity.Prepare, "", "vendors=none"},
	"GET /c/{company}/vendor-payments/{journal}":                   {identity.Read, "/c/PSUS/vendor-payments/VPJ-00000001", ""},
	"GET /c/{company}/vendor-payments/{journal}/approve":           {identity.Approve, "/c/PSUS/vendor-payments/VPJ-00000001/approve", ""},
	"POST /c/{company}/vendor-payments/{journal}/approve":          {identity.Approve, "/c/PSUS/vendor-payments/VPJ-00000001/approve", "seen=x"},
	"GET /c/{company}/vendor-payments/{journal}/generate":          {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/generate", ""},
	"POST /c/{company}/vendor-payments/{journal}/generate":         {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/generate", "seen=x"},
	"GET /c/{company}/vendor-payments/{journal}/send":              {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/send", ""},
	"POST /c/{company}/vendor-payments/{journal}/send":             {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/send", "seen=x"},
	"GET /c/{company}/vendor-payments/{journal}/post":              {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/post", ""},
	"POST /c/{company}/vendor-payments/{journal}/post":             {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/post", "seen=x"},
	"GET /c/{company}/vendor-payments/{journal}/withdraw":          {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/withdraw", ""},
	"POST /c/{company}/vendor-payments/{journal}/withdraw":         {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/withdraw", "seen=x"},
	"GET /c/{company}/vendor-payments/{journal}/cancel":            {identity.Prepare, "/c/PSUS/vendor-payments/VPJ-00000001/cancel", ""},
	"POST /c/{company}/vendor-payments/{journal}/cancel":           {identity.Prepare, "/c/PSUS/vendor-payments/VPJ-00000001/cancel", "seen=x"},
	"GET /c/{company}/vendor-payments/{journal}/{line}":            {identity.Read, "/c/PSUS/vendor-payments/VPJ-00000001/1", ""},
	"GET /c/{company}/vendor-payments/{journal}/{line}/fail":       {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/1/fail", ""},
	"POST /c/{company}/vendor-payments/{journal}/{line}/fail":      {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/1/fail", "as=voided"},
	"GET /c/{company}/vendor-payments/{journal}/{line}/edit":       {identity.Prepare, "/c/PSUS/vendor-payments/VPJ-00000001/1/edit", ""},
	"POST /c/{company}/vendor-payments/{journal}/{line}/edit":      {identity.Prepare, "/c/PSUS/vendor-payments/VPJ-00000001/1/edit", ""},
	"GET /c/{company}/vendor-payments/{journal}/{line}/reference":  {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/1/reference", ""},
	"POST /c/{company}/vendor-payments/{journal}/{line}/reference": {identity.Pay, "/c/PSUS/vendor-payments/VPJ-00000001/1/reference", ""},
	"GET /c/{company}/payment-answers":                             {identity.Read, "", ""},
	"GET /c/{company}/payment-answers/new":                         {identity.Pay, "", ""},
	"POST /c/{company}/payment-answers/new":                        {identity.Pay, "", ""},
	"GET /c/{company}/payment-answers/{n}":                         {identity.Read, "/c/PSUS/payment-answers/1", ""},
	"GET /c/{company}/bank-proposals":                              {identity.Read, "", ""},
	"GET /c/{company}/bank-proposals/{n}":                          {identity.Approve, "/c/PSUS/bank-proposals/1", ""},
	"POST /c/{company}/bank-proposals/{n}":                         {identity.Approve, "/c/PSUS/bank-proposals/1", "decision=accept"},
	"POST /c/{company}/payment-files/{file}":                       {identity.Pay, "/c/PSUS/payment-files/NONE", ""},
	"GET /c/{company}/payment-setup":                               {identity.Read, "", ""},
	"GET /c/{company}/payment-setup/banks":                         {identity.SetUp, "", ""},
	"POST /c/{company}/payment-setup/banks":                        {identity.SetUp, "", "code=x"},
	"GET /c/{company}/payment-setup/methods":                       {identity.SetUp, "", ""},
	"POST /c/{company}/payment-setup/methods":                      {identity.SetUp, "", "code=x"},
	"POST /c/{company}/customers/{party}/confirm-bank":             {identity.Approve, "/c/PSUS/customers/C-1001/confirm-bank", ""},
	"POST /c/{company}/vendors/{party}/confirm-bank":               {identity.Approve, "/c/PSUS/vendors/V-1001/confirm-bank", ""},
}
