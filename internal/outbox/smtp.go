package outbox

import (
	"bytes"
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
	"github.com/wneessen/go-mail/smtp"

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
	smtpTimeout = 30 * time.Second // of a mail, with the session when it begins one; less than a lease
	quitTimeout = 2 * time.Second  // to say goodbye
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

// Send sends a mail in a session of its own; see [Session.Send].
func (p *Post) Send(ctx context.Context, m *Mail) Result {
	s := p.Session()
	defer s.Close()
	return s.Send(ctx, m)
}

// Session gives a session for many mails; the server is called with the first of them.
func (p *Post) Session() *Session { return &Session{p: p} }

// Session sends mails one after the other over one connection, which it opens anew when the server closed it. It is used by one at a time.
type Session struct {
	p      *Post
	client *mail.Client
	conn   net.Conn     // nil: none is open. Kept hold of, since the library leaves it open when a session fails before it began
	smtp   *smtp.Client // on it
}

// Send sends a mail. An answer of the server that is for good (5yz) to the mail or its reader is final; all others are worth another try, among them a
// server that cannot be reached, is not trusted, or does not let us in. What fails leaves nothing behind for the next mail: the session is reset, or ended.
func (s *Session) Send(ctx context.Context, m *Mail) Result {
	msg, err := s.p.message(m)
	if err != nil {
		return Result{Final: true, Detail: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	held := s.conn != nil
	err = s.send(ctx, msg)
	if held && !msg.IsDelivered() && notBegun(err) && ctx.Err() == nil { // the server closed the session between two mails: it has nothing of this one
		s.end()
		err = s.send(ctx, msg)
	}
	if msg.IsDelivered() { // whatever went wrong with the session after it
		if err != nil {
			s.end()
		}
		return Result{Delivered: true, Status: 250}
	}
	if s.conn != nil && (ctx.Err() != nil || s.client.ResetWithSMTPClient(s.smtp) != nil) {
		s.end()
	}
	return failed(err)
}

// send sends a message over the connection that is there, or a new one, which ends when the context does.
func (s *Session) send(ctx context.Context, msg *mail.Msg) error {
	if s.conn == nil {
		if err := s.dial(ctx); err != nil {
			s.end()
			return &dialError{err}
		}
	}
	conn := s.conn
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	return s.client.SendWithSMTPClient(s.smtp, msg)
}

// dialError is an error of a session that did not begin.
type dialError struct{ error }

func (e *dialError) Unwrap() error { return e.error }

// notBegun says of an error that the server took nothing of the mail, and would not go on with the session: it closed it, or wants no more mails in it.
func notBegun(err error) bool {
	var e *mail.SendError
	return errors.As(err, &e) && (e.Reason == mail.ErrConnCheck || e.Reason == mail.ErrSMTPMailFrom && e.ErrorCode() < 500)
}

// dial opens a connection and signs in.
func (s *Session) dial(ctx context.Context) (err error) {
	p := s.p
	o := []mail.Option{
		mail.WithPort(p.s.Port), mail.WithTimeout(smtpTimeout), mail.WithTLSConfig(p.tls), mail.WithTLSPolicy(mail.TLSMandatory),
		mail.WithDialContextFunc(func(ctx context.Context, network, address string) (_ net.Conn, err error) {
			if p.s.TLS == "tls" {
				s.conn, err = (&tls.Dialer{Config: p.tls}).DialContext(ctx, network, address)
			} else {
				s.conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
			}
			if err != nil {
				s.conn = nil // not an interface around nothing
			}
			return s.conn, err
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
	if s.client, err = mail.NewClient(p.s.Host, o...); err != nil {
		return err
	}
	s.smtp, err = s.client.DialToSMTPClientWithContext(ctx)
	return err
}

// end lets the connection go.
func (s *Session) end() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
	s.conn, s.smtp = nil, nil
}

// Close ends the session, as the server expects it.
func (s *Session) Close() {
	if s.conn != nil {
		_ = s.conn.SetDeadline(time.Now().Add(quitTimeout))
		_ = s.client.CloseWithSMTPClient(s.smtp)
	}
	s.end()
}

// message writes a mail as it is sent.
func (p *Post) message(m *Mail) (*mail.Msg, error) {
	to, err := netmail.ParseAddress(m.To.Email)
	if err != nil {
		return nil, errors.New("the e-mail address of " + m.To.Name + " cannot be written to")
	}
	to.Name = plainText(orName(m.To), 80)
	msg := mail.NewMsg()
	msg.FromMailAddress(p.from)
	msg.ToMailAddress(to)
	msg.Subject(plainText(m.Subject, mostSubject))
	_, domain, _ := strings.Cut(p.from.Address, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	if !m.At.IsZero() {
		msg.SetDateWithValue(m.At)
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetUserAgent("Quittance")
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(mail.TypeTextHTML, m.HTML)
	if m.File == nil {
		return msg, nil
	}
	return msg, msg.AttachReader(m.File.Name, bytes.NewReader(m.File.Content), mail.WithFileContentType(mediaOf(m.File.Name)))
}

// mediaOf gives the type of a file by the end of its name.
func mediaOf(name string) mail.ContentType {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "csv":
		return "text/csv; charset=utf-8"
	case "xlsx":
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "pdf":
		return "application/pdf"
	}
	return mail.TypeAppOctetStream
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
		r.Status = codeOf(err)
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
