package web_test

import (
	"maps"

	"quittance/internal/identity"
)

func init() { maps.Copy(addresses, unclaimedAddresses) }

// unclaimedAddresses are those about unclaimed property and the ageing of credits.
var unclaimedAddresses = map[string]address{
	"GET /c/{company}/unclaimed":                                   {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/escheat":                           {identity.Pay, "", ""},
	"POST /c/{company}/unclaimed/escheat":                          {identity.Pay, "", "pick=none"},
	"GET /c/{company}/unclaimed/letters":                           {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/letters/new":                       {identity.Prepare, "", ""},
	"POST /c/{company}/unclaimed/letters/new":                      {identity.Prepare, "", "owner=C-1001"},
	"POST /c/{company}/unclaimed/letters/{letters}":                {identity.Prepare, "/c/PSUS/unclaimed/letters/UL-00000001", ""},
	"GET /c/{company}/unclaimed/properties":                        {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/properties/{property}":             {identity.Read, "/c/PSUS/unclaimed/properties/UP-00000001", ""},
	"GET /c/{company}/unclaimed/properties/{property}/reverse":     {identity.Pay, "/c/PSUS/unclaimed/properties/UP-00000001/reverse", ""},
	"POST /c/{company}/unclaimed/properties/{property}/reverse":    {identity.Pay, "/c/PSUS/unclaimed/properties/UP-00000001/reverse", ""},
	"GET /c/{company}/unclaimed/properties/{property}/reclaim":     {identity.Prepare, "/c/PSUS/unclaimed/properties/UP-00000001/reclaim", ""},
	"POST /c/{company}/unclaimed/properties/{property}/reclaim":    {identity.Prepare, "/c/PSUS/unclaimed/properties/UP-00000001/reclaim", ""},
	"GET /c/{company}/unclaimed/remittances":                       {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/remittances/new":                   {identity.Pay, "", ""},
	"POST /c/{company}/unclaimed/remittances/new":                  {identity.Pay, "", "bank=none"},
	"GET /c/{company}/unclaimed/remittances/{remittance}":          {identity.Read, "/c/PSUS/unclaimed/remittances/UR-00000001", ""},
	"GET /c/{company}/unclaimed/remittances/{remittance}/reverse":  {identity.Pay, "/c/PSUS/unclaimed/remittances/UR-00000001/reverse", ""},
	"POST /c/{company}/unclaimed/remittances/{remittance}/reverse": {identity.Pay, "/c/PSUS/unclaimed/remittances/UR-00000001/reverse", ""},
	"GET /c/{company}/unclaimed/reports":                           {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/reports/new":                       {identity.Pay, "", ""},
	"POST /c/{company}/unclaimed/reports/new":                      {identity.Pay, "", "jurisdiction=US-WI"},
	"POST /c/{company}/unclaimed/reports/{report}":                 {identity.Pay, "/c/PSUS/unclaimed/reports/UF-00000001", ""},
	"GET /c/{company}/unclaimed/contacts":                          {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/contacts/new":                      {identity.Prepare, "", ""},
	"POST /c/{company}/unclaimed/contacts/new":                     {identity.Prepare, "", "owner=none"},
	"GET /c/{company}/unclaimed/contacts/{n}/withdraw":             {identity.Prepare, "/c/PSUS/unclaimed/contacts/1/withdraw", ""},
	"POST /c/{company}/unclaimed/contacts/{n}/withdraw":            {identity.Prepare, "/c/PSUS/unclaimed/contacts/1/withdraw", ""},
	"GET /c/{company}/unclaimed/setup":                             {identity.Read, "", ""},
	"GET /c/{company}/unclaimed/setup/rules":                       {identity.SetUp, "", ""},
	"POST /c/{company}/unclaimed/setup/rules":                      {identity.SetUp, "", "jurisdiction=x"},
	"POST /c/{company}/unclaimed/setup/rules/remove":               {identity.SetUp, "/c/PSUS/unclaimed/setup/rules/remove?jurisdiction=US-WI&kind=credit&from=2026-01-01", ""},
	"GET /c/{company}/unclaimed/setup/clocks":                      {identity.SetUp, "", ""},
	"POST /c/{company}/unclaimed/setup/clocks":                     {identity.SetUp, "", "jurisdiction=x"},
	"POST /c/{company}/unclaimed/setup/clocks/remove":              {identity.SetUp, "/c/PSUS/unclaimed/setup/clocks/remove?jurisdiction=US-WI&from=2026-01-01", ""},
	"POST /c/{company}/unclaimed/setup/samples":                    {identity.SetUp, "", ""},
	"GET /c/{company}/unclaimed/setup/holder":                      {identity.SetUp, "", ""},
	"POST /c/{company}/unclaimed/setup/holder":                     {identity.SetUp, "", ""},
	"GET /c/{company}/reports":                                     {identity.Read, "", ""},
	"GET /c/{company}/reports/{report_name}":                       {identity.Read, "/c/PSUS/reports/reimbursements", ""},
	"GET /c/{company}/credit-ageing":                               {identity.Read, "", ""},
}
