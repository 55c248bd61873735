package app

import (
	"bytes"
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/report"
	"quittance/internal/text"
)

// ScheduledReport says which report a schedule mails, and to whom. Readers are users of the company, since what somebody may not see must not reach him by
// mail: whether a reader may see the report is looked at when the schedule is saved, when it runs and when the mail is sent. An address of nobody has no
// rights that could be looked at, or taken away; who is outside becomes a user with a role that may look.
type ScheduledReport struct {
	Report     string   `json:"report"`
	Period     string   `json:"period"` // relative, of [report.Spans]; blank: this month
	AsAt       string   `json:"as_at"`  // relative, of [report.Marks]; blank: today
	View       string   `json:"view"`
	Currency   string   `json:"currency"`
	Customer   string   `json:"customer"`
	Bank       string   `json:"bank"`
	Days       int      `json:"days"`
	Format     string   `json:"format"`
	Language   string   `json:"language"` // of the mail and the PDF; blank: of each reader
	Recipients []string `json:"recipients"`
	SkipEmpty  bool     `json:"skip_empty"` // without rows it is not mailed
}

const (
	mostRecipients = 50
	mostAttached   = 10 << 20 // bytes of a file that a mail brings, when the process does not say
)

func (x *ScheduledReport) relative() report.Relative {
	return report.Relative{Span: x.Period, Mark: x.AsAt}
}

func (x *ScheduledReport) params() report.Params {
	return report.Params{View: x.View, Currency: x.Currency, Customer: x.Customer, Bank: x.Bank, Days: x.Days}
}

// checkReport refuses what could not be mailed.
func (e *ScheduleEntry) checkReport(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	if e.Place != "" || e.HostKey != "" || e.Secret != "" || e.Target != "" || e.Settle != 0 {
		return fault.New(fault.Invalid, "a report goes to its readers by mail; it has neither a place, a host key, a secret, a target nor seconds of rest").In("place")
	}
	x := e.Report
	if x == nil {
		return fault.New(fault.Invalid, "say which report is mailed").In("report")
	}
	if err := plain("report", strings.Join(append([]string{x.Report, x.View, x.Currency, x.Customer, x.Bank}, x.Recipients...), " ")); err != nil {
		return err
	}
	d, err := report.Find(x.Report)
	if err != nil {
		var names []string
		for _, d := range report.Definitions() {
			names = append(names, d.Name)
		}
		return oneOf("report", x.Report, names)
	}
	if err := cmp.Or(x.relative().Check(d), d.Check(x.params(), tx.Today())); err != nil {
		return err
	}
	if !slices.Contains(report.Formats(), x.Format) {
		return oneOf("format", x.Format, report.Formats())
	}
	if x.Language != "" && !slices.ContainsFunc(text.Languages(), func(l *text.Language) bool { return l.Code == x.Language }) {
		return fault.New(fault.Invalid, "mails are not written in %q; expected en, de, or nothing for the language of each reader", shortened(x.Language)).In("language")
	}
	if err := x.checkThere(ctx, tx); err != nil {
		return err
	}
	return x.checkRecipients(ctx, tx, c, d)
}

// checkThere refuses a customer or a bank account that there is not.
func (x *ScheduledReport) checkThere(ctx context.Context, tx *db.Tx) error {
	if x.Customer != "" {
		if _, err := party.FindCustomer(ctx, tx, x.Customer); err != nil {
			return fault.New(fault.Invalid, "there is no customer %q", shortened(x.Customer)).In("customer").Because(err)
		}
	}
	if x.Bank == "" {
		return nil
	}
	banks, err := payout.Banks(ctx, tx)
	if err != nil {
		return err
	}
	for i := range banks {
		if banks[i].Code == x.Bank {
			return nil
		}
	}
	return fault.New(fault.Invalid, "there is no bank account %q", shortened(x.Bank)).In("bank")
}

func (x *ScheduledReport) checkRecipients(ctx context.Context, tx *db.Tx, c *ledger.Company, d report.Definition) error {
	wrong := func(format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).In("recipients").ByRule("recipients")
	}
	if len(x.Recipients) == 0 || len(x.Recipients) > mostRecipients {
		return wrong("%d readers are none of 1 to %d; name users of the company", len(x.Recipients), mostRecipients)
	}
	for i, name := range x.Recipients {
		if slices.Contains(x.Recipients[:i], name) {
			return wrong("%q is named twice", shortened(name))
		}
		why, err := barred(ctx, tx, c.Code, name, d.Needs)
		if err != nil {
			return err
		}
		if why != "" {
			return wrong("%q cannot be mailed the report: %s", shortened(name), why)
		}
	}
	return nil
}

// barred says why a report may not be mailed to a user; blank: it may.
func barred(ctx context.Context, tx *db.Tx, company, name string, needs identity.Permission) (string, error) {
	u, err := identity.Find(ctx, tx, name)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return "there is no such user", nil
	case err != nil:
		return "", err
	case u.Disabled:
		return "the user is shut out", nil
	case u.Actor().AllowIn(company, needs) != nil:
		return "the user may not see it, which needs the permission " + string(needs), nil
	case u.Email == "":
		return "the user has no e-mail address", nil
	}
	return "", nil
}

// MailedReport is what a schedule of a report did.
type MailedReport struct {
	Report   string   `json:"report"`
	Rows     int64    `json:"rows"`
	File     string   `json:"file"`
	Size     int64    `json:"bytes"`
	TooLarge bool     `json:"too_large,omitempty"` // the mails bring a link instead of the file
	Skipped  bool     `json:"skipped,omitempty"`   // it is empty, and was not mailed
	Mailed   []string `json:"mailed"`              // users
	LeftOut  []string `json:"left_out"`            // users, each with why
}

// mailReport makes the report of a schedule and leaves it to the outbox, once for each time of the schedule: what a worker that died left there is not
// made again.
func (a *App) mailReport(ctx context.Context, call Call, s *job.Schedule, r *job.Run, x *ScheduledReport) (any, error) {
	if x == nil {
		return nil, fault.New(fault.Invalid, "the schedule %s names no report; save it anew", s.Code).In("report")
	}
	d, err := report.Find(x.Report)
	if err != nil {
		return nil, err
	}
	out := &MailedReport{Report: x.Report, Mailed: []string{}, LeftOut: []string{}}
	readers, p, err := a.mailing(ctx, call, s, r, x, d, out)
	if err != nil || len(out.Mailed) > 0 { // a worker that died had done it
		return out, err
	}
	if len(readers) == 0 {
		return out, fault.New(fault.Refused, "nobody on the schedule may be mailed the report %s: %s", x.Report, strings.Join(out.LeftOut, "; ")).In("recipients").ByRule("no_readers")
	}
	made, err := a.Report(ctx, call, x.Report, p)
	if err != nil {
		return out, err
	}
	defer made.Close()
	out.Rows = made.Count
	if out.Skipped = made.Count == 0 && x.SkipEmpty; out.Skipped {
		return out, nil
	}
	var mails []outbox.Report
	for _, language := range sortedKeys(readers) {
		m, err := a.reportMail(made, d, x.Format, language)
		if err != nil {
			return out, err
		}
		m.Schedule, m.DueAt = s.Code, r.DueAt
		out.File, out.Size, out.TooLarge = m.File, m.Size, m.Content == nil
		mails = append(mails, *m)
	}
	return a.addReports(ctx, call, mails, readers, d, out)
}

// mailing gives who is mailed, by language, and what the report is asked for; or, in out, what was made for the time of the schedule already.
func (a *App) mailing(ctx context.Context, call Call, s *job.Schedule, r *job.Run, x *ScheduledReport, d report.Definition, out *MailedReport) (readers map[string][]string, p report.Params, err error) {
	err = query(ctx, a, call, d.Needs, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		there, users, err := outbox.Mailed(ctx, tx, s.Code, r.DueAt)
		if err != nil {
			return err
		}
		for i := range there {
			out.Rows, out.File, out.Size, out.TooLarge, out.Mailed = there[i].Rows, there[i].File, there[i].Size, there[i].Content == nil, users
		}
		zone, err := time.LoadLocation(s.Zone)
		if err != nil {
			return err
		}
		p = x.params()
		if p.From, p.To, p.AsAt, err = x.relative().Days(c, civil.FromTime(tx.Now.In(zone))); err != nil {
			return err
		}
		readers, out.LeftOut = map[string][]string{}, []string{}
		for _, name := range x.Recipients {
			why, err := barred(ctx, tx, c.Code, name, d.Needs)
			if err != nil {
				return err
			}
			if why != "" {
				out.LeftOut = append(out.LeftOut, name+": "+why)
				continue
			}
			language := x.Language
			if language == "" {
				if language, err = outbox.Language(ctx, tx, name); err != nil {
					return err
				}
			}
			readers[language] = append(readers[language], name)
		}
		return nil
	})
	return readers, p, err
}

func (a *App) attached() int64 {
	if a.outside != nil && a.outside.Attached > 0 {
		return a.outside.Attached
	}
	return mostAttached
}

// reportMail writes a report for its readers of a language.
func (a *App) reportMail(made *report.Made, d report.Definition, format, language string) (*outbox.Report, error) {
	l := text.Choose(language, "")
	m := &outbox.Report{Language: l.Code, Report: made.Report, Permission: d.Needs, File: made.FileName(format), Rows: made.Count, Page: reportPage(made), Words: outbox.ReportWords{Title: made.Title(l), Facts: made.Facts(l), Notes: []string{}}}
	for i := range made.Notes {
		m.Words.Notes = append(m.Words.Notes, made.Notes[i].Say(l))
	}
	if err := made.Fits(format); fault.RuleOf(err) == "too_many_rows" {
		return m, nil // there is no such file, as there is none that is too large
	} else if err != nil {
		return nil, err
	}
	w := &upTo{most: a.attached()}
	if err := made.Write(w, format, l); err != nil {
		return nil, err
	}
	if m.Size = w.n; w.n <= w.most {
		m.Content = w.b.Bytes()
	}
	return m, nil
}

// upTo keeps what is written while it is not more than the most, and counts the rest.
type upTo struct {
	b       bytes.Buffer
	n, most int64
}

func (w *upTo) Write(p []byte) (int, error) {
	if w.n += int64(len(p)); w.n > w.most {
		w.b = bytes.Buffer{}
		return len(p), nil
	}
	return w.b.Write(p)
}

// reportPage gives the page of a report, below the address of the pages.
func reportPage(made *report.Made) string {
	q, p := url.Values{}, made.Params
	for name, value := range map[string]string{"from": p.From.String(), "to": p.To.String(), "as_at": p.AsAt.String(), "view": p.View, "currency": p.Currency, "customer": p.Customer, "bank": p.Bank} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if p.Days != 0 {
		q.Set("days", strconv.Itoa(p.Days))
	}
	return "/c/" + url.PathEscape(made.Company) + "/reports/" + url.PathEscape(made.Report) + "?" + q.Encode()
}

// addReports leaves the mails to the outbox, all of them or none.
func (a *App) addReports(ctx context.Context, call Call, mails []outbox.Report, readers map[string][]string, d report.Definition, out *MailedReport) (any, error) {
	schedule := mails[0].Schedule
	return do(ctx, a, call, command{name: "report.mail", permission: d.Needs}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *MailedReport, error) {
		out.Mailed = []string{}
		for i := range mails {
			m := mails[i]
			if _, err := outbox.AddReport(ctx, tx, &m, readers[m.Language]); err != nil {
				return "", nil, nil, err
			}
			out.Mailed = append(out.Mailed, readers[m.Language]...)
		}
		return "schedule " + schedule, out, out, nil
	})
}
