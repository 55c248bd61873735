package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"quittance/internal/db"
	"quittance/internal/identity"
)

// Report is a report as it was made for its readers of a language, at a time of the schedule that mails it. Its file is stored with it, so that each
// attempt brings the same bytes. It reaches nobody who may no longer see it when it is sent.
type Report struct {
	ID         string // UUIDv7
	Schedule   string
	DueAt      int64 // UTC microseconds: the time of the schedule
	Language   string
	Report     string
	Permission identity.Permission // that a reader needs
	Words      ReportWords
	Page       string // of the report, below the address of the pages
	File       string // its name
	Rows       int64
	Size       int64  // bytes of the file, also when it is not attached
	Content    []byte // nil: it is not attached
}

// ReportWords are what the mail of a report says, in its language.
type ReportWords struct {
	Title string   `json:"title"`
	Facts []string `json:"facts"` // what it was asked for
	Notes []string `json:"notes"` // what it says of itself
}

const selectReport = "select id, schedule, due_at, language, report, permission, words, page, name, row_count, size, file from report_mail"

func scanReport(r *db.Rows, x *Report) error {
	var words string
	if err := r.Scan(&x.ID, &x.Schedule, &x.DueAt, &x.Language, &x.Report, &x.Permission, &words, &x.Page, &x.File, &x.Rows, &x.Size, &x.Content); err != nil {
		return err
	}
	x.Content = bytes.Clone(x.Content)
	return json.Unmarshal([]byte(words), &x.Words)
}

// AddReport stores a report for mailing with a delivery to each of the users, and gives its id. false says that there is one for that time of the schedule
// and that language already, and changes nothing: each time of a schedule is mailed once.
func AddReport(ctx context.Context, tx *db.Tx, x *Report, users []string) (bool, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return false, err
	}
	x.ID = id.String()
	words, err := json.Marshal(x.Words)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `insert into report_mail (company, id, schedule, due_at, language, report, permission, words, page, name, row_count, size, file, made_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (company, schedule, due_at, language) do nothing`,
		tx.Company, x.ID, x.Schedule, x.DueAt, x.Language, x.Report, string(x.Permission), string(words), x.Page, x.File, x.Rows, x.Size, x.Content, tx.Micros())
	if err != nil || n == 0 {
		return false, err
	}
	if err := addLane(ctx, tx, mailLane); err != nil {
		return false, err
	}
	seq, err := lastSeq(ctx, tx)
	if err != nil {
		return false, err
	}
	b := tx.Batch("delivery", append(delivered, "report")...)
	for _, user := range users {
		if _, err := addDelivery(b, tx, nil, user, ReportMail, nil, seq); err != nil {
			return false, err
		}
		b.Text(x.ID)
	}
	return true, b.Flush(ctx)
}

// Mailed gives the reports that were made for a time of a schedule, of their files the first byte only, and the users whom they are for.
func Mailed(ctx context.Context, tx *db.Tx, schedule string, due int64) (all []Report, users []string, err error) {
	all, err = db.List(ctx, tx, scanReport, "select id, schedule, due_at, language, report, permission, words, page, name, row_count, size, substr(file, 1, 1) from report_mail where company = $1 and schedule = $2 and due_at = $3 order by language", tx.Company, schedule, due)
	for i := range all {
		if err != nil {
			break
		}
		var names []string
		names, err = db.List(ctx, tx, func(r *db.Rows, name *string) error { return r.Scan(name) }, "select app_user from delivery where company = $1 and report = $2 order by app_user", tx.Company, all[i].ID)
		users = append(users, names...)
	}
	return all, users, err
}

// FindReport gives the report of a delivery.
func FindReport(ctx context.Context, tx *db.Tx, id string) (*Report, error) {
	found, err := db.List(ctx, tx, scanReport, selectReport+" where company = $1 and id = $2", tx.Company, id)
	if err == nil && len(found) == 0 {
		err = errors.New("outbox: the report of a delivery is gone")
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}
