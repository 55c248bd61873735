package cli

import (
	"fmt"

	"quittance/internal/app"
	"quittance/internal/egress"
	"quittance/internal/outbox"
	"quittance/internal/work"
)

type workCmd struct {
	UntilIdle   bool        `help:"End when nothing is left to do, instead of waiting for more."`
	Mail        outbox.SMTP `embed:""`
	Drops       string      `help:"Folder below which schedules look for drops and write exports." env:"QUITTANCE_DROPS" type:"path" placeholder:"DIR"`
	EgressAllow []string    `help:"Hosts, addresses or ranges inside your network that webhooks and schedules may call." env:"QUITTANCE_EGRESS_ALLOW" placeholder:"HOST|CIDR,…"`
	MailFile    int64       `help:"MiB of a report that a mail brings at most; one that is larger is told of with its address." default:"10" env:"QUITTANCE_MAIL_FILE" placeholder:"N"`
	EgressProxy string      `help:"Proxy by which webhooks are called." env:"QUITTANCE_EGRESS_PROXY" placeholder:"URL"`
	PublicURL   string      `name:"public-url" help:"Where the pages are, for mails." env:"QUITTANCE_PUBLIC_URL" placeholder:"URL"`
}

// Run works until it is told to stop.
func (c *workCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		a.Reach(app.Outside{Drops: c.Drops, Egress: egress.Options{Allow: c.EgressAllow}, Attached: c.MailFile << 20})
		p := e.progress("posting")
		d := &work.Delivery{SMTP: c.Mail, Egress: egress.Options{Allow: c.EgressAllow, Proxy: c.EgressProxy}, Base: c.PublicURL}
		o := work.Options{UntilIdle: c.UntilIdle, Progress: p.tell, Deliver: d}
		if !e.Quiet {
			o.Started = func(run string) { fmt.Fprintf(e.stderr, "worked on %s\n", run) }
			o.Scheduled = func(schedule string) { fmt.Fprintf(e.stderr, "ran the schedule %s\n", schedule) }
		}
		err := work.Run(e.ctx, a, call.Actor, o)
		p.end()
		return err
	})
}
