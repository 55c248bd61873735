package cli

import (
	"cmp"
	"os"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/job"
)

type schedulesCmd struct {
	List    scheduleListCmd    `cmd:"" default:"withargs" help:"List the schedules."`
	Add     scheduleAddCmd     `cmd:"" help:"Add a schedule, or change the one with its code."`
	Pause   schedulePauseCmd   `cmd:"" help:"Pause a schedule."`
	Resume  scheduleResumeCmd  `cmd:"" help:"Let a paused schedule go on."`
	Run     scheduleRunCmd     `cmd:"" help:"Run a schedule now, in this process."`
	History scheduleHistoryCmd `cmd:"" help:"List the runs of a schedule, the newest first."`
	Delete  scheduleDeleteCmd  `cmd:"" help:"Remove a schedule; its history stays."`
}

type scheduleListCmd struct{}

// Run lists schedules.
func (*scheduleListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Schedules(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("schedule kind cron zone place target report paused next_at owner running")
		for _, s := range all {
			if err := l.add(s, s.Schedule, string(s.Kind), s.Cron, s.Zone, s.Place, s.Target, reportOf(&s), yesNo(s.Paused), s.NextAt, s.Owner, yesNo(s.Running)); err != nil {
				return err
			}
		}
		return l.close("There is no schedule; add one with: quittance schedules add.")
	})
}

func reportOf(s *app.Schedule) string {
	if s.Report == nil {
		return ""
	}
	return s.Report.Report
}

type scheduleAddCmd struct {
	Schedule   string `arg:"" help:"Its code."`
	Kind       string `required:"" help:"import (of company folders that are dropped), export (of posted vouchers) or report (by mail to users)." placeholder:"KIND"`
	Cron       string `required:"" help:"Minute, hour, day of the month, month, day of the week, such as '0 6 * * 1-5'." placeholder:"TIMES"`
	Zone       string `help:"Time zone, such as Europe/Berlin." default:"UTC" placeholder:"ZONE"`
	Place      string `help:"Of an import or export: folder:PATH below the folder for drops, or sftp://USER@HOST:PORT/PATH." placeholder:"PLACE"`
	HostKey    string `help:"Fingerprint of the key of the SFTP server, SHA256:…" placeholder:"KEY"`
	SecretFile string `help:"File with the password or the private key for the SFTP server; or the environment variable QUITTANCE_SFTP_SECRET. Without either, that which is there is kept." placeholder:"FILE"`
	Target     string `help:"Export target." placeholder:"CODE"`
	Settle     int    `help:"Seconds for which a dropped file must not change; 10 when it is not given." placeholder:"N"`
	Paused     bool   `help:"Do not run it yet."`

	Report    string   `help:"Report to mail, such as exceptions; see: quittance reports." placeholder:"NAME"`
	Period    string   `help:"Period of the report when it runs: this-month, last-month, this-period, last-period (a fiscal one), this-quarter, last-quarter, this-year, last-year, last-7-days, last-30-days, last-90-days, yesterday or today." placeholder:"PERIOD"`
	AsAt      string   `help:"Day as at which the report is when it runs: today, yesterday, last-month-end, last-period-end, last-quarter-end or last-year-end." placeholder:"DAY"`
	View      string   `help:"Which view, where a report has several." placeholder:"VIEW"`
	Currency  string   `help:"Report in this currency only." placeholder:"CUR"`
	Customer  string   `help:"Report of this customer only." placeholder:"CODE"`
	Bank      string   `help:"Report of this bank account only." placeholder:"CODE"`
	Days      int      `help:"Days after which something waits too long, for the report." placeholder:"N"`
	Format    string   `help:"csv, xlsx or pdf; pdf when it is not given." placeholder:"FORMAT"`
	Language  string   `help:"Of the mail and a PDF: en or de; that of each reader when it is not given." placeholder:"LANG"`
	To        []string `help:"Users who are mailed the report; they must be allowed to see it." placeholder:"USER,…"`
	SkipEmpty bool     `help:"Do not mail the report when it is empty."`
}

// entry gives the schedule that is asked for.
func (c *scheduleAddCmd) entry(secret string) app.ScheduleEntry {
	x := app.ScheduleEntry{
		Code: c.Schedule, Kind: job.Kind(c.Kind), Cron: c.Cron, Zone: c.Zone, Paused: c.Paused, Secret: secret,
		ScheduleSettings: app.ScheduleSettings{Place: c.Place, HostKey: c.HostKey, Target: c.Target, Settle: c.Settle},
	}
	switch {
	case x.Kind == job.Report && c.SecretFile == "":
		x.Secret = "" // what the environment has is meant for others
	case x.Kind != job.Report && c.Settle == 0:
		x.Settle = 10
	}
	if x.Kind == job.Report || c.Report != "" {
		words := strings.NewReplacer("-", "_")
		x.Report = &app.ScheduledReport{
			Report: c.Report, Period: words.Replace(c.Period), AsAt: words.Replace(c.AsAt), View: c.View, Currency: c.Currency, Customer: c.Customer, Bank: c.Bank, Days: c.Days,
			Format: cmp.Or(c.Format, "pdf"), Language: c.Language, Recipients: c.To, SkipEmpty: c.SkipEmpty,
		}
	}
	return x
}

const mostSecret = 16 << 10 // bytes

// Run saves a schedule.
func (c *scheduleAddCmd) Run(e *env) error {
	secret := os.Getenv("QUITTANCE_SFTP_SECRET")
	if c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return fault.New(fault.Invalid, "the file of the secret can not be read: %v", err).In("secret-file").Because(err)
		}
		if len(text) > mostSecret {
			return fault.New(fault.Invalid, "the file of the secret has more than %d bytes", mostSecret).In("secret-file")
		}
		secret = string(text)
	}
	if !strings.HasPrefix(secret, "-----BEGIN") {
		secret = strings.TrimRight(secret, "\r\n")
	}
	return e.with(func(a *app.App, call app.Call) error {
		s, err := a.SaveSchedule(e.ctx, call, c.entry(secret))
		if err != nil {
			return err
		}
		due := "next due at " + s.NextAt
		if s.Paused {
			due = "paused"
		}
		return e.result(s, "schedule next_at", []string{s.Schedule, s.NextAt}, "The schedule %s is saved; it is %s.", s.Schedule, due)
	})
}

type scheduleArg struct {
	Schedule string `arg:"" help:"Its code."`
}

func (c scheduleArg) change(e *env, done string, fn func(*app.App, app.Call) error) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := fn(a, call); err != nil {
			return err
		}
		return e.result(map[string]string{"schedule": c.Schedule}, "schedule", []string{c.Schedule}, "The schedule %s "+done+".", c.Schedule)
	})
}

type schedulePauseCmd struct{ scheduleArg }

// Run pauses a schedule.
func (c *schedulePauseCmd) Run(e *env) error {
	return c.change(e, "is paused", func(a *app.App, call app.Call) error { return a.PauseSchedule(e.ctx, call, c.Schedule, true) })
}

type scheduleResumeCmd struct{ scheduleArg }

// Run lets a schedule go on.
func (c *scheduleResumeCmd) Run(e *env) error {
	return c.change(e, "goes on", func(a *app.App, call app.Call) error { return a.PauseSchedule(e.ctx, call, c.Schedule, false) })
}

type scheduleDeleteCmd struct{ scheduleArg }

// Run removes a schedule.
func (c *scheduleDeleteCmd) Run(e *env) error {
	return c.change(e, "is removed", func(a *app.App, call app.Call) error { return a.RemoveSchedule(e.ctx, call, c.Schedule) })
}

type scheduleRunCmd struct {
	scheduleArg
	Drops       string   `help:"Folder below which drops are looked for and exports are written." env:"QUITTANCE_DROPS" type:"path" placeholder:"DIR"`
	EgressAllow []string `help:"Hosts, addresses or ranges inside your network that may be called." env:"QUITTANCE_EGRESS_ALLOW" placeholder:"HOST|CIDR,…"`
	MailFile    int64    `help:"MiB of a report that a mail brings at most; one that is larger is told of with its address." default:"10" env:"QUITTANCE_MAIL_FILE" placeholder:"N"`
}

// Run runs a schedule now.
func (c *scheduleRunCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		a.Reach(app.Outside{Drops: c.Drops, Egress: egress.Options{Allow: c.EgressAllow}, Attached: c.MailFile << 20})
		r, err := a.RunSchedule(e.ctx, call, c.Schedule)
		if err != nil {
			return err
		}
		if err := e.result(r, "number state result error", []string{strconv.FormatInt(r.Number, 10), string(r.State), string(r.Result), r.Error}, "Run %d of %s is %s. %s", r.Number, c.Schedule, r.State, r.Result); err != nil {
			return err
		}
		if r.State == job.Failed {
			return fault.New(fault.Refused, "the run failed: %s", r.Error).ByRule("schedule_failed")
		}
		return nil
	})
}

type scheduleHistoryCmd struct {
	scheduleArg
	pageFlags
}

// Run lists the runs of a schedule.
func (c *scheduleHistoryCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, ">number state due_at >missed asked_by started_at ended_at result error", "It did not run yet.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.ScheduleRun], error) {
		return a.ScheduleRuns(e.ctx, call, c.Schedule, p)
	}, func(r *app.ScheduleRun) []string {
		return []string{strconv.FormatInt(r.Number, 10), string(r.State), r.DueAt, strconv.FormatInt(r.Missed, 10), r.AskedBy, r.StartedAt, r.EndedAt, string(r.Result), r.Error}
	})
}
