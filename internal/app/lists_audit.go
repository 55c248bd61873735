package app

import (
	"cmp"
	"context"
	"time"

	"quittance/internal/audit"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// AuditFilter narrows the audit trail; blank is no bound.
type AuditFilter struct {
	Actor, Command, Subject string // Command: what it begins with, such as reimburse
	From, To                civil.Date
	Users                   bool // what is about no company: users, tokens, sign-ins; for who administers users everywhere
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
	var after *audit.Place
	limit, err := p.open("audit", &after)
	if err := cmp.Or(err, plain("actor", f.Actor), plain("command", f.Command), plain("subject", f.Subject), inOrder(f.From, f.To)); err != nil {
		return Part[AuditRow]{}, err
	}
	part := Part[AuditRow]{Items: []AuditRow{}}
	read := func(ctx context.Context, tx *db.Tx) error {
		records, at, err := audit.Page(ctx, tx, audit.Filter{Actor: f.Actor, Subject: f.Subject, Command: f.Command, From: f.From, To: f.To}, after, limit)
		for _, r := range records {
			part.Items = append(part.Items, AuditRow{r.ID, r.At.Format(time.RFC3339), r.Actor, r.Command, r.Subject, r.Detail})
		}
		if at != nil {
			part.Next = next("audit", at)
		}
		return err
	}
	if f.Users {
		err = a.queryEverywhere(ctx, call, identity.Administer, read)
	} else {
		err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error { return read(ctx, tx) })
	}
	return part, err
}
