package server

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/outbox"
	"quittance/internal/work"
)

// Config is everything that can be set, by flag, environment or file; the tags are for the command line, which knows nothing else of it.
type Config struct {
	Addr    string `help:"Address to listen on. Another one than of the machine itself needs TLS, or a trusted proxy." default:"127.0.0.1:8080" env:"QUITTANCE_ADDR" placeholder:"HOST:PORT"`
	TLSCert string `name:"tls-cert" help:"Certificate chain (PEM). It is read again when the file changes." env:"QUITTANCE_TLS_CERT" placeholder:"FILE"`
	TLSKey  string `name:"tls-key" help:"Key of the certificate (PEM)." env:"QUITTANCE_TLS_KEY" placeholder:"FILE"`

	PublicURL      string   `name:"public-url" help:"Where browsers reach the server, when that is not the address it listens on." env:"QUITTANCE_PUBLIC_URL" placeholder:"URL"`
	TrustedProxies []string `help:"Ranges of the proxies in front, whose word on a client's address is taken." env:"QUITTANCE_TRUSTED_PROXIES" placeholder:"CIDR,…"`
	ProxyHeader    string   `help:"By what the proxies name the client: x-forwarded-for, or forwarded (RFC 7239)." enum:"x-forwarded-for,forwarded" default:"x-forwarded-for" env:"QUITTANCE_PROXY_HEADER" placeholder:"NAME"`
	AllowedHosts   []string `help:"Names under which the server may be asked for, beside that of --public-url; * for any." env:"QUITTANCE_ALLOWED_HOSTS" placeholder:"NAME,…"`
	RateLimit      float64  `help:"Requests a second from one address, 0 for any number; the machine itself has no limit." default:"500" env:"QUITTANCE_RATE_LIMIT" placeholder:"N"`

	MetricsAddr string `help:"Address of its own for /metrics; otherwise it is on --addr, for the machine itself only." env:"QUITTANCE_METRICS_ADDR" placeholder:"HOST:PORT"`
	LogFormat   string `help:"text or json." enum:"text,json" default:"text" env:"QUITTANCE_LOG_FORMAT" placeholder:"FORMAT"`
	LogLevel    string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"info" env:"QUITTANCE_LOG_LEVEL" placeholder:"LEVEL"`

	StopAfter time.Duration `help:"How long requests may take to finish when the server is told to stop." default:"30s" env:"QUITTANCE_STOP_AFTER" placeholder:"TIME"`
	StopDelay time.Duration `help:"How long /readyz says no before nobody is let in any more." default:"0s" env:"QUITTANCE_STOP_DELAY" placeholder:"TIME"`
	NoWork    bool          `help:"Leave the posting of started runs, and the delivery of events, to quittance work." env:"QUITTANCE_NO_WORK"`

	Mail     outbox.SMTP `embed:""`
	MailFile int64       `help:"MiB of a report that a mail brings at most; one that is larger is told of with its address." default:"10" env:"QUITTANCE_MAIL_FILE" placeholder:"N"`

	Drops       string   `help:"Folder below which schedules look for drops and write exports." env:"QUITTANCE_DROPS" type:"path" placeholder:"DIR"`
	EgressAllow []string `help:"Hosts, addresses or ranges inside your network that the server may call, for sign-in, webhooks and schedules." env:"QUITTANCE_EGRESS_ALLOW" placeholder:"HOST|CIDR,…"`
	EgressProxy string   `help:"Proxy by which the server calls out." env:"QUITTANCE_EGRESS_PROXY" placeholder:"URL"`

	OIDCIssuer      string `name:"oidc-issuer" help:"Identity provider (OpenID Connect) by which people may sign in; needs --public-url." env:"QUITTANCE_OIDC_ISSUER" placeholder:"URL"`
	OIDCClientID    string `name:"oidc-client-id" help:"By which the provider knows this server." env:"QUITTANCE_OIDC_CLIENT_ID" placeholder:"ID"`
	OIDCSecretFile  string `name:"oidc-secret-file" help:"File with the client's secret; or the environment variable QUITTANCE_OIDC_SECRET." env:"QUITTANCE_OIDC_SECRET_FILE" placeholder:"FILE"`
	OIDCName        string `name:"oidc-name" help:"What the button says; the issuer otherwise." env:"QUITTANCE_OIDC_NAME" placeholder:"NAME"`
	OIDCNameClaim   string `name:"oidc-name-claim" help:"Claim that is the user's name here, by which the first sign-in links the two." env:"QUITTANCE_OIDC_NAME_CLAIM" placeholder:"CLAIM"`
	OIDCLinkByEmail bool   `name:"oidc-link-by-email" help:"The first sign-in links by an e-mail address that the provider has verified." env:"QUITTANCE_OIDC_LINK_BY_EMAIL"`

	AnyPort bool              `kong:"-"` // when the address is taken, any other port will do
	Started func(base string) `kong:"-"` // told where the server is to be reached; for tests
}

// Defaults gives the configuration without any flag.
func Defaults() *Config {
	return &Config{Addr: "127.0.0.1:8080", ProxyHeader: "x-forwarded-for", RateLimit: 500, LogFormat: "text", LogLevel: "info", StopAfter: 30 * time.Second}
}

// settings is a configuration that was read and found right.
type settings struct {
	config  Config
	host    string // of the address
	trusted []netip.Prefix
	hosts   []string
	tls     *certificate // nil: none
	client  *http.Client // for calling out
	secret  string       // of the client at the identity provider
	log     *slog.Logger
}

// Check says what is wrong with the configuration.
func (c *Config) Check() error {
	_, err := c.settings(io.Discard)
	return err
}

func (c *Config) settings(log io.Writer) (*settings, error) {
	s := &settings{config: *c}
	var wrong fault.List
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		wrong.Add(fault.New(fault.Usage, "the address %q cannot be listened to; expected HOST:PORT, such as 127.0.0.1:8080", c.Addr).In("addr"))
	}
	s.host = host
	wrong.Add(s.readProxies())
	wrong.Add(s.readNames())
	if c.TLSCert != "" || c.TLSKey != "" {
		s.tls, err = loadCertificate(c.TLSCert, c.TLSKey)
		wrong.Add(err)
	}
	if err == nil && !loopback(host) && s.tls == nil && len(c.TrustedProxies) == 0 {
		wrong.Add(fault.New(fault.Usage, "at %s others could read what is sent: give --tls-cert and --tls-key, or name the proxy that encrypts with --trusted-proxies, or listen on 127.0.0.1", c.Addr).In("addr").ByRule("needs_tls"))
	}
	if c.RateLimit < 0 {
		wrong.Add(fault.New(fault.Usage, "the rate limit %g is negative; expected requests a second, or 0 for any number", c.RateLimit).In("rate-limit"))
	}
	if c.MailFile < 0 || c.MailFile > 100 {
		wrong.Add(fault.New(fault.Usage, "mails of %d MiB are taken by no mail server; expected 1 to 100, or 0 for 10", c.MailFile).In("mail-file"))
	}
	if c.StopAfter < 0 || c.StopDelay < 0 {
		wrong.Add(fault.New(fault.Usage, "--stop-after and --stop-delay must not be negative").In("stop-after"))
	}
	wrong.Add(s.readOIDC())
	s.client, err = egress.Client(egress.Options{Allow: c.EgressAllow, Proxy: c.EgressProxy})
	wrong.Add(err)
	wrong.Add(s.delivery().Check())
	s.log, err = newLog(log, c.LogFormat, c.LogLevel)
	wrong.Add(err)
	return s, wrong.Err()
}

// loopback says whether only the machine itself reaches a host.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (s *settings) readProxies() error {
	for _, text := range s.config.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, aerr := netip.ParseAddr(text)
			if aerr != nil {
				return fault.New(fault.Usage, "%q is no range of trusted proxies; expected 10.0.0.0/8, or one address", text).In("trusted-proxies")
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Bits() == 0 {
			return fault.New(fault.Usage, "%s would trust everybody; name the proxies", text).In("trusted-proxies")
		}
		s.trusted = append(s.trusted, p.Masked())
	}
	return nil
}

// readNames gives the names under which the server may be asked for. On the machine itself, where a page from elsewhere could be made
// to ask for it under a name of its own (DNS rebinding), they are always checked.
func (s *settings) readNames() error {
	if s.config.PublicURL != "" {
		u, err := url.Parse(s.config.PublicURL)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return fault.New(fault.Usage, "%q is not where a browser finds the server; expected https://books.example.com", s.config.PublicURL).In("public-url")
		}
		s.config.PublicURL = strings.ToLower(u.Scheme + "://" + u.Host)
		s.hosts = append(s.hosts, u.Hostname())
	}
	for _, h := range s.config.AllowedHosts {
		if h == "*" {
			s.hosts = nil
			return nil
		}
		if h == "" || strings.ContainsAny(h, "/*") {
			return fault.New(fault.Usage, "%q is no host name; expected books.example.com, or * alone for any", h).In("allowed-hosts")
		}
		s.hosts = append(s.hosts, h)
	}
	if len(s.hosts) > 0 || (loopback(s.host) && len(s.trusted) == 0) {
		s.hosts = append(s.hosts, "localhost", "127.0.0.1", "::1", s.host)
	}
	return nil
}

// readOIDC reads what sign-in by an identity provider needs.
func (s *settings) readOIDC() error {
	c := &s.config
	if c.OIDCIssuer == "" {
		return nil
	}
	if c.OIDCClientID == "" || c.PublicURL == "" {
		return fault.New(fault.Usage, "sign-in by %s needs --oidc-client-id, and --public-url for the way back", c.OIDCIssuer).In("oidc-issuer")
	}
	if !c.OIDCLinkByEmail && c.OIDCNameClaim == "" {
		return fault.New(fault.Usage, "nobody could sign in by %s for the first time: say how the people there and the users here are linked, by --oidc-name-claim or --oidc-link-by-email", c.OIDCIssuer).In("oidc-issuer")
	}
	s.secret = os.Getenv("QUITTANCE_OIDC_SECRET")
	if c.OIDCSecretFile != "" {
		b, err := os.ReadFile(c.OIDCSecretFile)
		if err != nil {
			return fault.New(fault.Usage, "the file of the client's secret cannot be read: %v", err).In("oidc-secret-file").Because(err)
		}
		s.secret = strings.TrimSpace(string(b))
	}
	return nil
}

// newLog makes the log of the server.
func newLog(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fault.New(fault.Usage, "%q is no level of the log; expected debug, info, warn or error", level).In("log-level")
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, o)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, o)), nil
	}
	return nil, fmt.Errorf("server: no log is of the format %q", format)
}

// delivery says how events are delivered.
func (s *settings) delivery() *work.Delivery {
	c := &s.config
	return &work.Delivery{SMTP: c.Mail, Egress: egress.Options{Allow: c.EgressAllow, Proxy: c.EgressProxy}, Base: c.PublicURL}
}
