package app

import (
	"context"

	"quittance/internal/civil"
)

// AuditFilter narrows the audit trail; blank is no bound.
type AuditFilter struct {
	Actor, Command, Subject string // Command: what it begins with, such as reimburse
	From, To                civil.Date
	Users                   bool // what is about no company: users, tokens, sign-ins
}

// AuditRow is a record of the audit trail.
type AuditRow struct {
	ID      int64  `json:"id"`
	At      string `json:"at"`
	Actor   string `json:"actor"`
	Command string `json:"command"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"` // JSON
}

// AuditPage gives the audit trail, the newest first.
func (a *App) AuditPage(ctx context.Context, call Call, f AuditFilter, p Page) (Part[AuditRow], error) {
	return Part[AuditRow]{}, unbuilt()
}
