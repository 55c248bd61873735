package web_test

import (
	"maps"

	"quittance/internal/identity"
)

// Those of payments and deductions.
func init() { maps.Copy(addresses, deductionAddresses) }

var deductionAddresses = map[string]address{
	"GET /c/{company}/payments":                                      {identity.Read, "", ""},
	"GET /c/{company}/payments/new":                                  {identity.ApplyCash, "", ""},
	"POST /c/{company}/payments/new":                                 {identity.ApplyCash, "", "text=x"},
	"GET /c/{company}/payments/{code}":                               {identity.Read, "/c/PSUS/payments/CPJ-00000001", ""},
	"GET /c/{company}/payments/{code}/post":                          {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/post", ""},
	"POST /c/{company}/payments/{code}/post":                         {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/post", "seen=x"},
	"GET /c/{company}/payments/{code}/cancel":                        {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/cancel", ""},
	"POST /c/{company}/payments/{code}/cancel":                       {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000001/cancel", ""},
	"GET /c/{company}/payments/{code}/reverse":                       {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000001/reverse", ""},
	"POST /c/{company}/payments/{code}/reverse":                      {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000001/reverse", "reason=x"},
	"GET /c/{company}/payments/{code}/lines/new":                     {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/lines/new", ""},
	"POST /c/{company}/payments/{code}/lines/new":                    {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/lines/new", "customer=nobody&amount=1"},
	"GET /c/{company}/payments/{code}/lines/{line}":                  {identity.Read, "/c/PSUS/payments/CPJ-00000002/lines/1", ""},
	"POST /c/{company}/payments/{code}/lines/{line}":                 {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/lines/1", "step=save"},
	"GET /c/{company}/payments/{code}/lines/{line}/edit":             {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/lines/1/edit", ""},
	"POST /c/{company}/payments/{code}/lines/{line}/edit":            {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/lines/1/edit", "amount=x"},
	"GET /c/{company}/payments/{code}/lines/{line}/remove":           {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000002/lines/1/remove", ""},
	"POST /c/{company}/payments/{code}/lines/{line}/remove":          {identity.ApplyCash, "/c/PSUS/payments/CPJ-00000001/lines/1/remove", ""},
	"GET /c/{company}/deductions":                                    {identity.Read, "", ""},
	"POST /c/{company}/deductions/views":                             {identity.Read, "", "name=x"},
	"GET /c/{company}/deductions/mass":                               {identity.Deduct, "", ""},
	"POST /c/{company}/deductions/mass":                              {identity.Deduct, "", "number=DED&what=update&step=show&owner=x"},
	"GET /c/{company}/deductions/new-claim":                          {identity.Deduct, "", ""},
	"POST /c/{company}/deductions/new-claim":                         {identity.Deduct, "", "customer=nobody&amount=1"},
	"GET /c/{company}/deductions/{number}":                           {identity.Read, "/c/PSUS/deductions/D-00000001", ""},
	"GET /c/{company}/deductions/{number}/edit":                      {identity.Deduct, "/c/PSUS/deductions/D-00000001/edit", ""},
	"POST /c/{company}/deductions/{number}/edit":                     {identity.Deduct, "/c/PSUS/deductions/D-00000001/edit", "priority=x"},
	"GET /c/{company}/deductions/{number}/dispute":                   {identity.Deduct, "/c/PSUS/deductions/D-00000001/dispute", ""},
	"POST /c/{company}/deductions/{number}/dispute":                  {identity.Deduct, "/c/PSUS/deductions/D-00000001/dispute", "to=x"},
	"GET /c/{company}/deductions/{number}/resolve":                   {identity.Deduct, "/c/PSUS/deductions/D-00000001/resolve", ""},
	"POST /c/{company}/deductions/{number}/resolve":                  {identity.Deduct, "/c/PSUS/deductions/D-00000001/resolve", "kind0=return&amount0=x"},
	"GET /c/{company}/deductions/{number}/split":                     {identity.Deduct, "/c/PSUS/deductions/D-00000001/split", ""},
	"POST /c/{company}/deductions/{number}/split":                    {identity.Deduct, "/c/PSUS/deductions/D-00000001/split", "amount0=x"},
	"GET /c/{company}/deductions/{number}/approve":                   {identity.Approve, "/c/PSUS/deductions/D-00000001/approve", ""},
	"POST /c/{company}/deductions/{number}/approve":                  {identity.Approve, "/c/PSUS/deductions/D-00000001/approve", "step=do"},
	"GET /c/{company}/deductions/{number}/reject":                    {identity.Approve, "/c/PSUS/deductions/D-00000001/reject", ""},
	"POST /c/{company}/deductions/{number}/reject":                   {identity.Approve, "/c/PSUS/deductions/D-00000001/reject", "reason=x"},
	"GET /c/{company}/deductions/{number}/withdraw":                  {identity.Deduct, "/c/PSUS/deductions/D-00000001/withdraw", ""},
	"POST /c/{company}/deductions/{number}/withdraw":                 {identity.Deduct, "/c/PSUS/deductions/D-00000001/withdraw", "reason=x"},
	"POST /c/{company}/deductions/{number}/comment":                  {identity.Deduct, "/c/PSUS/deductions/D-00000001/comment", "text=x"},
	"POST /c/{company}/deductions/{number}/watch":                    {identity.Deduct, "/c/PSUS/deductions/D-00000001/watch", ""},
	"POST /c/{company}/deductions/{number}/unwatch":                  {identity.Deduct, "/c/PSUS/deductions/D-00000001/unwatch", ""},
	"POST /c/{company}/deductions/{number}/match":                    {identity.Deduct, "/c/PSUS/deductions/D-00000001/match", ""},
	"POST /c/{company}/deductions/{number}/evidence":                 {identity.Deduct, "/c/PSUS/deductions/D-00000001/evidence", ""},
	"GET /c/{company}/deductions/{number}/evidence/{id}":             {nobodys, "/c/PSUS/deductions/D-00000001/evidence/1", ""},
	"GET /c/{company}/deductions/{number}/evidence/{id}/remove":      {nobodys, "/c/PSUS/deductions/D-00000001/evidence/1/remove", ""},
	"POST /c/{company}/deductions/{number}/evidence/{id}/remove":     {identity.Deduct, "/c/PSUS/deductions/D-00000001/evidence/1/remove", ""},
	"GET /c/{company}/deductions/{number}/resolutions/{id}/reverse":  {identity.Deduct, "/c/PSUS/deductions/D-00000001/resolutions/1/reverse", ""},
	"POST /c/{company}/deductions/{number}/resolutions/{id}/reverse": {identity.Deduct, "/c/PSUS/deductions/D-00000001/resolutions/1/reverse", ""},
	"GET /c/{company}/customers/{party}/deductions":                  {identity.Read, "/c/PSUS/customers/C-2000/deductions", ""},
}
