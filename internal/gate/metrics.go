package gate

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what passes. A nil one counts nothing.
type Metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	inFlight prometheus.Gauge
	panics   prometheus.Counter
}

// NewMetrics makes the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "quittance_http_requests_total", Help: "Requests answered, by route, method and class of status."}, []string{"route", "method", "class"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "quittance_http_request_seconds", Help: "Time from the arrival of a request to the end of its answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
		refused:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "quittance_http_refused_total", Help: "Requests refused before a door, by reason."}, []string{"reason"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "quittance_http_in_flight", Help: "Requests being answered now."}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "quittance_http_panics_total", Help: "Panics while answering; each is a defect."}),
	}
	r.MustRegister(m.requests, m.seconds, m.refused, m.inFlight, m.panics)
	return m
}

func (m *Metrics) begin() {
	if m != nil {
		m.inFlight.Inc()
	}
}

func (m *Metrics) end(route, verb string, status int, took time.Duration) {
	if m == nil {
		return
	}
	m.inFlight.Dec()
	verb = method(verb)
	m.requests.WithLabelValues(route, verb, strconv.Itoa(status/100)+"xx").Inc()
	m.seconds.WithLabelValues(route, verb).Observe(took.Seconds())
}

func (m *Metrics) refuse(why string) {
	if m != nil {
		m.refused.WithLabelValues(why).Inc()
	}
}

func (m *Metrics) panic() {
	if m != nil {
		m.panics.Inc()
	}
}

// method keeps what clients make up out of the log and the metrics.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
