package work

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"quittance/internal/app"
	"quittance/internal/egress"
	"quittance/internal/outbox"
)

// Delivery says how events are delivered; the tags are for the command line.
type Delivery struct {
	outbox.SMTP
	Egress egress.Options `kong:"-"` // what webhooks may call
	Base   string         `kong:"-"` // where the pages are, for mails; blank: not said
	Timing outbox.Timing  `kong:"-"`
}

const (
	deliverers  = 4                // lanes at once in this process
	callTimeout = 15 * time.Second // of a webhook
	mostAnswer  = 64 << 10         // bytes of its answer
	laneTurn    = 100              // deliveries of a lane until others have their turn
)

// courier delivers by what was set up.
type courier struct {
	app    *app.App
	client *http.Client
	post   *outbox.Post // nil: no mail
	base   string
	timing outbox.Timing
}

// Check says what is wrong with the settings.
func (d *Delivery) Check() error {
	_, err := d.courier(nil)
	return err
}

func (d *Delivery) courier(a *app.App) (*courier, error) {
	c := &courier{app: a, base: d.Base, timing: d.Timing.Filled()}
	o := d.Egress
	if o.Timeout == 0 {
		o.Timeout = callTimeout
	}
	o.MaxAnswer = mostAnswer
	var err error
	if c.client, err = egress.Client(o); err != nil {
		return nil, err
	}
	c.post, err = outbox.NewPost(d.SMTP)
	return c, err
}

// Deliver delivers events by webhook and mail until the context ends, or, when idle is set, until nothing is due. What fails is tried again.
func Deliver(ctx context.Context, a *app.App, d *Delivery, idle bool) error {
	c, err := d.courier(a)
	if err != nil {
		return err
	}
	defer c.client.CloseIdleConnections()
	var all sync.WaitGroup
	host, _ := os.Hostname()
	process := fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
	for i := range deliverers {
		w := outbox.Worker{Name: fmt.Sprintf("%s/%d", process, i+1), Webhooks: true, Mail: c.post != nil, Timing: c.timing}
		all.Go(func() { c.run(ctx, w, idle) })
	}
	all.Wait()
	return nil
}

// run delivers as one worker.
func (c *courier) run(ctx context.Context, w outbox.Worker, idle bool) {
	for ctx.Err() == nil {
		did, err := c.round(ctx, w)
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "deliveries are delayed", "error", err)
		}
		if did && err == nil {
			continue
		}
		if idle {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// round looks for something that is due in each company, and says whether there was.
func (c *courier) round(ctx context.Context, w outbox.Worker) (did bool, err error) {
	companies, err := c.app.PrepareDeliveries(ctx, w)
	for _, company := range companies {
		if err != nil {
			break
		}
		var lane string
		if lane, err = c.app.TakeLane(ctx, w, company); err == nil && lane != "" {
			did = true
			err = c.drain(ctx, w, company, lane)
		}
	}
	return did, err
}

// drain delivers what is due in a lane, for a turn, and gives it back.
func (c *courier) drain(ctx context.Context, w outbox.Worker, company int64, lane string) (err error) {
	defer func() {
		if lerr := c.app.LeaveLane(context.WithoutCancel(ctx), w, company, lane); err == nil {
			err = lerr
		}
	}()
	s := &sender{courier: c}
	defer s.close()
	for more, n := true, 0; more && n < laneTurn && ctx.Err() == nil; n++ {
		if more, err = c.app.DeliverNext(ctx, w, company, lane, s.send); err != nil {
			return err
		}
	}
	return nil
}

// sender sends for a turn: its mails in one session.
type sender struct {
	*courier
	mails *outbox.Session // nil: there was none yet
}

// send is an [app.Sender].
func (s *sender) send(ctx context.Context, a *outbox.Attempt, secrets []string, at time.Time) outbox.Result {
	if a.Webhook != nil {
		return outbox.Call(ctx, s.client, a, secrets, at)
	}
	m, err := outbox.Compose(a, s.base)
	if err != nil {
		return outbox.Result{Final: true, Detail: "the mail cannot be written: " + err.Error()}
	}
	if s.mails == nil {
		s.mails = s.post.Session()
	}
	return s.mails.Send(ctx, m)
}

func (s *sender) close() {
	if s.mails != nil {
		s.mails.Close()
	}
}
