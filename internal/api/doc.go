// Package api is the door for programs: REST under /api/v1, described by an OpenAPI 3.1 document at /api/openapi.json.
//
//   - An *operation* is a method on a path. It parses its input, gives one command or asks one query of package app, and shows the
//     result. It names in the document (x-permission) the permission that app will ask for.
//   - A *problem* (RFC 9457) is how every failure is told: its code is that of package fault, its status follows from the code.
//   - A *page* is a part of a list: items, and where the next page begins. Every list is given by pages.
//   - An *entity tag* is a digest of what a GET of one thing shows; a change may name the one that it was decided on (If-Match).
//   - An *idempotency key* makes a change repeatable: app replays the first result.
//
// Invariants. Permission is checked in app and nowhere else. Who acts is known by a token in the header Authorization, never in an
// address, or by what the server says of the request (a session). What is shown is decimals as text and dates as YYYY-MM-DD; a list is
// never null. Unknown members and parameters are refused. What a request may take is bounded: bytes of a body, requests a second of an
// actor, imports and event streams at once.
//
// Source: architecture, "Floors"; RFC 9110 (conditional requests), RFC 9457 (problems), OpenAPI 3.1.
package api
