// Package client is a client of the API, generated from its OpenAPI document. It shows that the document can be generated from, and
// the tests do a run with it; programs outside of this module make one of their own from /api/openapi.json.
package client

//go:generate go test quittance/internal/api -run TestClientIsGenerated -update
