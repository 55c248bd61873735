package web_test

import (
	"maps"

	"quittance/internal/identity"
)

func init() { maps.Copy(addresses, requestAddresses) }

const oneRequest = "/c/PSUS/requests/RQ-00000001"

// requestAddresses are those about requests.
var requestAddresses = map[string]address{
	"GET /c/{company}/requests":                             {identity.Read, "", ""},
	"GET /c/{company}/requests/ageing":                      {identity.Read, "", ""},
	"GET /c/{company}/requests/figures":                     {identity.Read, "", ""},
	"GET /c/{company}/requests/new":                         {identity.Reimburse, "", ""},
	"POST /c/{company}/requests/new":                        {identity.Reimburse, "", "customer=C-1001&kind=other"},
	"GET /c/{company}/requests/import":                      {identity.Reimburse, "", ""},
	"POST /c/{company}/requests/import":                     {identity.Reimburse, "", ""},
	"GET /c/{company}/requests/{request}":                   {identity.Read, oneRequest, ""},
	"GET /c/{company}/requests/{request}/edit":              {identity.Reimburse, oneRequest + "/edit", ""},
	"POST /c/{company}/requests/{request}/edit":             {identity.Reimburse, oneRequest + "/edit", "kind=other"},
	"POST /c/{company}/requests/{request}/comment":          {identity.Reimburse, oneRequest + "/comment", "text=seen"},
	"POST /c/{company}/requests/{request}/files":            {identity.Reimburse, oneRequest + "/files", ""},
	"GET /c/{company}/requests/{request}/files/{n}":         {identity.Read, oneRequest + "/files/1", ""},
	"GET /c/{company}/requests/{request}/files/{n}/remove":  {identity.Reimburse, oneRequest + "/files/1/remove", ""},
	"POST /c/{company}/requests/{request}/files/{n}/remove": {identity.Reimburse, oneRequest + "/files/1/remove", ""},
	"GET /status/{token}":                                   {everybody, "", ""},
	"GET /c/{company}/requests/{request}/link":              {identity.Reimburse, oneRequest + "/link", ""},
	"POST /c/{company}/requests/{request}/link":             {identity.Reimburse, oneRequest + "/link", "days=3"},
	"POST /c/{company}/requests/{request}/unlink":           {identity.Reimburse, oneRequest + "/unlink", "text=x"},
	"GET /c/{company}/customers/{party}/requests":           {identity.Read, "/c/PSUS/customers/C-1001/requests", ""},
}

func init() {
	for what, p := range map[string]identity.Permission{
		"submit": identity.Reimburse, "answer": identity.Reimburse, "hold": identity.Reimburse, "resume": identity.Reimburse, "withdraw": identity.Reimburse, "cancel": identity.Reimburse, "reopen": identity.Reimburse,
		"post": identity.Reimburse, "reverse": identity.Reimburse, "approve": identity.Approve, "reject": identity.Approve, "ask": identity.Approve,
	} {
		for _, method := range []string{"GET", "POST"} {
			addresses[method+" /c/{company}/requests/{request}/"+what] = address{p, oneRequest + "/" + what, ""}
		}
	}
}
