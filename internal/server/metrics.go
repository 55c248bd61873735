package server

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	libs "github.com/prometheus/client_golang/prometheus/collectors"

	"quittance/internal/app"
)

// collectors are those of the Go runtime and of the process.
func collectors() []prometheus.Collector {
	return []prometheus.Collector{libs.NewGoCollector(), libs.NewProcessCollector(libs.ProcessCollectorOpts{})}
}

// watch gives the numbers of the door when they are asked for.
type watch struct{ app *app.App }

var (
	dbConnections = prometheus.NewDesc("quittance_db_connections", "Connections to the database, by what they do.", []string{"state"}, nil)
	dbMost        = prometheus.NewDesc("quittance_db_connections_max", "Connections to the database, at most.", nil, nil)
	dbTaken       = prometheus.NewDesc("quittance_db_acquires_total", "How often a connection was taken from the pool (PostgreSQL).", nil, nil)
	dbWaits       = prometheus.NewDesc("quittance_db_waits_total", "How often somebody waited for a connection (PostgreSQL).", nil, nil)
	dbWaited      = prometheus.NewDesc("quittance_db_wait_seconds_total", "How long somebody waited for connections in all (PostgreSQL).", nil, nil)
	waiting       = prometheus.NewDesc("quittance_outbox_waiting", "Messages to webhooks and by mail that wait to be delivered, in the whole database.", nil, nil)
	waitingAge    = prometheus.NewDesc("quittance_outbox_age_seconds", "Age of the oldest message that waits.", nil, nil)
	dead          = prometheus.NewDesc("quittance_outbox_dead", "Messages that were given up in the last 30 days and not replayed.", nil, nil)
	newEvents     = prometheus.NewDesc("quittance_outbox_new_events", "Events that have no place in the feed yet.", nil, nil)
	attempted     = prometheus.NewDesc("quittance_outbox_attempts_total", "Attempts of this process to deliver, by how they went.", []string{"outcome"}, nil)
	runsPosted    = prometheus.NewDesc("quittance_runs_posted_total", "Runs whose posting ended in this process.", nil, nil)
)

// Describe is for Prometheus.
func (w *watch) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{dbConnections, dbMost, dbTaken, dbWaits, dbWaited, runsPosted, waiting, waitingAge, dead, newEvents, attempted} {
		ch <- d
	}
}

// Collect is for Prometheus.
func (w *watch) Collect(ch chan<- prometheus.Metric) {
	s := w.app.Stats()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(dbConnections, float64(s.DB.InUse), "in_use")
	gauge(dbConnections, float64(s.DB.Idle), "idle")
	gauge(dbMost, float64(s.DB.Most))
	counter(dbTaken, float64(s.DB.Taken))
	counter(dbWaits, float64(s.DB.Waited))
	counter(dbWaited, s.DB.WaitedFor.Seconds())
	counter(runsPosted, float64(s.RunsPosted))
	ch <- prometheus.MustNewConstMetric(attempted, prometheus.CounterValue, float64(s.Delivered), "delivered")
	ch <- prometheus.MustNewConstMetric(attempted, prometheus.CounterValue, float64(s.Failed), "failed")
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	q, err := w.app.Outbox(ctx)
	if err != nil {
		return // what is not known is not told
	}
	gauge(waiting, float64(q.Waiting))
	gauge(waitingAge, q.Age.Seconds())
	gauge(dead, float64(q.Dead))
	gauge(newEvents, float64(q.Events))
}
