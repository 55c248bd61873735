package outbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	netmail "net/mail"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"quittance/internal/fault"
)

// SMTP says by which server mails are sent; the tags are for the command line. Without a host no mail is sent.
type SMTP struct {
	Host         string `name:"smtp-host" help:"Mail server (SMTP); without one no mail is sent." env:"QUITTANCE_SMTP_HOST" placeholder:"HOST"`
	Port         int    `name:"smtp-port" help:"Its port; 587, or 465 with --smtp-tls=tls, when it is not given." env:"QUITTANCE_SMTP_PORT" placeholder:"PORT"`
	TLS          string `name:"smtp-tls" help:"starttls (needed: a server without it is refused), tls from the first byte, or none." enum:"starttls,tls,none" default:"starttls" env:"QUITTANCE_SMTP_TLS" placeholder:"MODE"`
	CA           string `name:"smtp-ca" help:"File of certificates (PEM) to trust instead of the system's." env:"QUITTANCE_SMTP_CA" placeholder:"FILE"`
	User         string `name:"smtp-user" help:"Who signs in at the server; blank: nobody." env:"QUITTANCE_SMTP_USER" placeholder:"NAME"`
	PasswordFile string `name:"smtp-password-file" help:"File with the password; or the environment variable QUITTANCE_SMTP_PASSWORD." env:"QUITTANCE_SMTP_PASSWORD_FILE" placeholder:"FILE"`
	From         string `name:"smtp-from" help:"Who sends, such as \"Quittance <quittance@example.com>\"." env:"QUITTANCE_SMTP_FROM" placeholder:"ADDRESS"`
}

const (
	smtpTimeout = 30 * time.Second // of a session, less than a lease
	submission  = 587
	implicitTLS = 465
)

// Post sends mails.
type Post struct {
	s        SMTP
	from     *netmail.Address
	password string
	tls      *tls.Config
}

// NewPost reads the settings; a wrong one is [fault.Usage], and no host gives no post.
func NewPost(s SMTP) (*Post, error) {
	if s.Host == "" {
		if s.User != "" || s.From != "" {
			return nil, fault.New(fault.Usage, "--smtp-host is missing: the other settings of mail are of no use without it").In("smtp-host")
		}
		return nil, nil
	}
	p := &Post{s: s, password: os.Getenv("QUITTANCE_SMTP_PASSWORD"), tls: &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}}
	var err error
	if p.from, err = netmail.ParseAddress(s.From); err != nil {
		return nil, fault.New(fault.Usage, "%q is no address to send from; expected \"Quittance <quittance@example.com>\"", s.From).In("smtp-from")
	}
	switch s.TLS {
	case "", "starttls":
		p.s.TLS = "starttls"
	case "tls", "none":
	default:
		return nil, fault.New(fault.Usage, "%q is no mode of encryption; expected starttls, tls or none", s.TLS).In("smtp-tls")
	}
	if s.Port == 0 {
		p.s.Port = submission
		if s.TLS == "tls" {
			p.s.Port = implicitTLS
		}
	}
	if p.s.Port < 1 || p.s.Port > 65535 {
		return nil, fault.New(fault.Usage, "%d is no port", s.Port).In("smtp-port")
	}
	if s.PasswordFile != "" {
		b, err := os.ReadFile(s.PasswordFile)
		if err != nil {
			return nil, fault.New(fault.Usage, "the file of the mail server's password cannot be read: %v", err).In("smtp-password-file").Because(err)
		}
		p.password = strings.TrimSpace(string(b))
	}
	if s.CA != "" {
		pem, err := os.ReadFile(s.CA)
		p.tls.RootCAs = x509.NewCertPool()
		if err != nil || !p.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fault.New(fault.Usage, "the file %s holds no certificates (PEM) that can be read", s.CA).In("smtp-ca").Because(err)
		}
	}
	if s.User != "" && p.s.TLS == "none" && s.Host != "localhost" && s.Host != "127.0.0.1" {
		return nil, fault.New(fault.Usage, "the password would be sent to %s for all to read; sign in with --smtp-tls=starttls or tls", s.Host).In("smtp-tls")
	}
	return p, nil
}

// Server gives the address of the server, for a person.
func (p *Post) Server() string {
	return net.JoinHostPort(p.s.Host, strconv.Itoa(p.s.Port)) + ", " + p.s.TLS
}

// Send sends a mail in a session of its own. An answer of the server that is for good (5yz) to the mail or its reader is final; all others are
// worth another try, among them a server that cannot be reached, is not trusted, or does not let us in.
func (p *Post) Send(ctx context.Context, m *Mail) Result {
	to, err := netmail.ParseAddress(m.To.Email)
	if err != nil {
		return Result{Final: true, Detail: "the e-mail address of " + m.To.Name + " cannot be written to"}
	}
	to.Name = plainText(orName(m.To), 80)
	msg := mail.NewMsg()
	msg.FromMailAddress(p.from)
	msg.ToMailAddress(to)
	msg.Subject(plainText(m.Subject, mostSubject))
	_, domain, _ := strings.Cut(p.from.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetUserAgent("Quittance")
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	return p.session(ctx, msg)
}

// session sends one message. The connection is kept hold of, since the library leaves it open when a session fails before it began, and does
// not end it when the context does.
func (p *Post) session(ctx context.Context, msg *mail.Msg) Result {
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	var conn net.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	o := []mail.Option{
		mail.WithPort(p.s.Port), mail.WithTimeout(smtpTimeout), mail.WithTLSConfig(p.tls), mail.WithTLSPolicy(mail.TLSMandatory),
		mail.WithDialContextFunc(func(ctx context.Context, network, address string) (_ net.Conn, err error) {
			if p.s.TLS == "tls" {
				conn, err = (&tls.Dialer{Config: p.tls}).DialContext(ctx, network, address)
			} else {
				conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			}
			return conn, err
		}),
	}
	switch p.s.TLS {
	case "tls":
		o = append(o, mail.WithSSL())
	case "none":
		o = append(o, mail.WithTLSPolicy(mail.NoTLS))
	}
	if p.s.User != "" {
		o = append(o, mail.WithUsername(p.s.User), mail.WithPassword(p.password),
			mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin))
	}
	c, err := mail.NewClient(p.s.Host, o...)
	if err != nil {
		return Result{Down: true, Detail: err.Error()}
	}
	session, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return Result{Down: true, Status: codeOf(err), Detail: "the mail server: " + err.Error()}
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	err = c.SendWithSMTPClient(session, msg)
	_ = c.CloseWithSMTPClient(session)
	if msg.IsDelivered() { // whatever went wrong when the session ended
		return Result{Delivered: true, Status: 250}
	}
	return failed(err)
}

// failed says what follows from an error of a session. What the library calls temporary goes by the first letter of the error's text; a
// connection that broke has no code, and is not for good.
func failed(err error) Result {
	r := Result{Detail: "the mail server gave no answer", Down: true}
	if err == nil {
		return r
	}
	r.Detail = "the mail server: " + err.Error()
	var e *mail.SendError
	if !errors.As(err, &e) {
		return r
	}
	r.Status = e.ErrorCode()
	switch {
	case r.Status == 0 || e.Reason == mail.ErrSMTPMailFrom: // it is the sender that the server does not take: the settings are wrong
	case r.Status >= 500:
		r.Final, r.Down = true, false
	case e.Reason == mail.ErrSMTPRcptTo: // such as a full mailbox
		r.Down = false
	}
	return r
}

// codeOf gives the code of a server's answer; 0 when the error is none.
func codeOf(err error) int {
	var e *textproto.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}
