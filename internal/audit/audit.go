// Package audit is the trail of who did what: one *record* a command, append-only, written in the command's own
// transaction. Vouchers point to the record of the command that posted them.
//
// Source: architecture, "The unit of work".
package audit

import (
	"context"
	"encoding/json"
	"time"

	"quittance/internal/db"
)

// Record is one command as the trail shows it.
type Record struct {
	ID      int64
	At      time.Time
	Actor   string
	Command string // such as reimburse.post
	Subject string // what it was about, such as RUN-000001
	Detail  string // JSON, without personal data or bank details
}

// Columns are those of the table, in the order in which [Add] fills them.
var Columns = []string{"company", "id", "at", "actor", "command", "subject", "detail"}

// Add adds the record of the scope's command to a batch over the table audit with [Columns].
func Add(b *db.Batch, s db.Scope, command, subject string, detail any) error {
	text, err := json.Marshal(detail)
	if err == nil {
		b.Int(s.Company).Int(s.Command).Int(s.Micros()).Text(s.Actor).Text(command).Text(subject).Text(string(text))
	}
	return err
}

// List gives the newest records of the unit's company, at most limit of them. They are found by id, which grows with time but for
// what several processes do at the same moment.
func List(ctx context.Context, tx *db.Tx, limit int) ([]Record, error) {
	return db.List(ctx, tx, scan, "select id, at, actor, command, subject, detail from audit where company = $1 order by id desc limit $2", tx.Company, limit)
}
