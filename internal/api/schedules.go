package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/job"
)

const (
	schedulesPath = "/companies/{company}/schedules"
	schedulePath  = schedulesPath + "/{schedule}"
	schedulesTag  = "Schedules and exports"
)

// ScheduleOf names a schedule.
type ScheduleOf struct {
	Company
	Schedule string `path:"schedule" maxLength:"60" doc:"Code of the schedule."`
}

// ScheduleBody says what a schedule is; its code is in the address.
type ScheduleBody struct {
	Kind    job.Kind    `json:"kind" maxLength:"20" doc:"import: of what is dropped at the place. export: of posted vouchers, to the place. report: by mail to users."`
	Cron    string      `json:"cron" maxLength:"100" doc:"Minute, hour, day of the month, month, day of the week." example:"0 6 * * 1-5"`
	Zone    string      `json:"zone,omitempty" maxLength:"100" doc:"Time zone; UTC when it is not given." example:"Europe/Berlin"`
	Paused  bool        `json:"paused,omitempty"`
	Place   string      `json:"place,omitempty" maxLength:"1000" doc:"Of an import or export: folder:PATH below the folder for drops, or sftp://USER@HOST:PORT/PATH."`
	HostKey string      `json:"host_key,omitempty" maxLength:"200" doc:"Fingerprint of the key of the SFTP server, SHA256:…"`
	Target  string      `json:"target,omitempty" maxLength:"10" doc:"Export target."`
	Settle  int         `json:"settle,omitempty" minimum:"0" maximum:"600" doc:"Seconds for which a dropped file must not change; 0: 10."`
	Secret  string      `json:"secret,omitempty" maxLength:"16384" writeOnly:"true" doc:"Password or private key for the SFTP server; stored encrypted, and never shown. Without it, that which is there is kept, while server, key and user stay the same."`
	Report  *ReportBody `json:"report,omitempty"`
}

// ReportBody says which report a schedule of the kind report mails, and to whom.
type ReportBody struct {
	Report     string   `json:"report" maxLength:"60" doc:"Name of the report." example:"exceptions"`
	Period     string   `json:"period,omitempty" maxLength:"30" doc:"Relative, when it runs: this_month, last_month, this_period, last_period (a fiscal one), this_quarter, last_quarter, this_year, last_year, last_7_days, last_30_days, last_90_days, yesterday, today; this month when it is not given." example:"last_month"`
	AsAt       string   `json:"as_at,omitempty" maxLength:"30" doc:"Relative, when it runs: today, yesterday, last_month_end, last_period_end, last_quarter_end, last_year_end; today when it is not given."`
	View       string   `json:"view,omitempty" maxLength:"30" doc:"Which view, where a report has several."`
	Currency   string   `json:"currency,omitempty" maxLength:"3"`
	Customer   string   `json:"customer,omitempty" maxLength:"60"`
	Bank       string   `json:"bank,omitempty" maxLength:"60"`
	Days       int      `json:"days,omitempty" minimum:"0" maximum:"3660"`
	Format     string   `json:"format" maxLength:"4" doc:"csv, xlsx or pdf." example:"pdf"`
	Language   string   `json:"language,omitempty" maxLength:"2" doc:"Of the mail and a PDF: en or de; that of each reader when it is not given."`
	Recipients []string `json:"recipients" maxItems:"50" doc:"Users of the company who may see the report and have an e-mail address. Whether they may is looked at again when it runs, and when the mail is sent."`
	SkipEmpty  bool     `json:"skip_empty,omitempty" doc:"Without rows it is not mailed."`
}

func (b *ScheduleBody) entry(code string) app.ScheduleEntry {
	e := app.ScheduleEntry{
		Code: code, Kind: b.Kind, Cron: b.Cron, Zone: b.Zone, Paused: b.Paused, Secret: b.Secret,
		ScheduleSettings: app.ScheduleSettings{Place: b.Place, HostKey: b.HostKey, Target: b.Target, Settle: b.Settle},
	}
	if b.Report != nil {
		x := app.ScheduledReport(*b.Report)
		e.Report = &x
	}
	return e
}

func scheduleOperations(d *door) {
	schedules(d)
	scheduleChanges(d)
	exportTargets(d)
	exportBatches(d)
	exportChanges(d)
}

func schedules(d *door) {
	add(d, operation{id: "list-schedules", method: http.MethodGet, path: schedulesPath, tag: schedulesTag, permission: identity.Administer, summary: "The schedules", about: "By code, each with when it is next due."},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.Schedule], error) {
			all, err := d.app.Schedules(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cut(all, func(s *app.Schedule) string { return s.Schedule }, in.Paged), err)
		})
	add(d, operation{id: "get-schedule", method: http.MethodGet, path: schedulePath, tag: schedulesTag, permission: identity.Administer, summary: "A schedule"},
		func(ctx context.Context, in *ScheduleOf) (*reply[*app.Schedule], error) {
			return answer(d.app.Schedule(ctx, d.call(ctx, in.Company.Company, ""), in.Schedule))
		})
	add(d, operation{
		id: "list-schedule-runs", method: http.MethodGet, path: schedulePath + "/runs", tag: schedulesTag, permission: identity.Administer,
		summary: "The runs of a schedule", about: "The newest first, each with what came of it, or why it failed; also of a schedule that is gone.",
	}, func(ctx context.Context, in *struct {
		ScheduleOf
		Paged
	},
	) (*page[app.ScheduleRun], error) {
		part, err := d.app.ScheduleRuns(ctx, d.call(ctx, in.Company.Company, ""), in.Schedule, in.page())
		return pageOf(ctx, part, err)
	})
}

func scheduleChanges(d *door) {
	add(d, operation{
		id: "set-schedule", method: http.MethodPut, path: schedulePath, tag: schedulesTag, permission: identity.Administer,
		summary: "Save a schedule", about: "A new one, or in place of the one with the code. A time of a schedule of a report is mailed once. It runs on behalf of who saved it last, with the roles of that person when it runs.",
	}, func(ctx context.Context, in *struct {
		ScheduleOf
		Keyed
		Body ScheduleBody
	},
	) (*reply[*app.Schedule], error) {
		return answer(d.app.SaveSchedule(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.entry(in.Schedule)))
	})
	type changed struct {
		ScheduleOf
		Keyed
	}
	change := func(method, name, path, summary, about string, do func(ctx context.Context, call app.Call, code string) error) {
		add(d, operation{id: name, method: method, path: schedulePath + path, tag: schedulesTag, permission: identity.Administer, status: http.StatusNoContent, summary: summary, about: about}, func(ctx context.Context, in *changed) (*done, error) {
			return nil, do(ctx, d.call(ctx, in.Company.Company, in.Key), in.Schedule)
		})
	}
	pause := func(paused bool) func(context.Context, app.Call, string) error {
		return func(ctx context.Context, call app.Call, code string) error {
			return d.app.PauseSchedule(ctx, call, code, paused)
		}
	}
	change(http.MethodDelete, "delete-schedule", "", "Remove a schedule", "Its runs stay. One that runs just now is not removed.", d.app.RemoveSchedule)
	change(http.MethodPost, "pause-schedule", "/pause", "Pause a schedule", "", pause(true))
	change(http.MethodPost, "resume-schedule", "/resume", "Let a paused schedule go on", "It is next due at its next time; what passed meanwhile is not made up for.", pause(false))
	change(http.MethodPost, "run-schedule", "/run", "Let a schedule run now", "As soon as a process that works comes by, also when it is paused; see its runs.", d.app.AskSchedule)
}
