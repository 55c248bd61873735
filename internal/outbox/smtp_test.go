package outbox_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quittance/internal/fault"
	"quittance/internal/outbox"
)

// mailServer is a mail server of one test, which writes down what it was told.
type mailServer struct {
	listener net.Listener
	mode     string // starttls, tls, none
	tls      *tls.Config
	password string

	mu     sync.Mutex
	mails  []string
	told   []string                                    // commands, each with "clear" or "tls" before it
	opened int                                         // sessions
	turn   func(session, mail int, verb string) string // what the session answers to a command of its so-manieth mail instead; "hang up": nothing; nil: as usual
}

// certified gives a certificate of its own signing for an address, and the file that makes others trust it.
func certified(t *testing.T, address string) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.ParseIP(address)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func serveMail(t *testing.T, mode string, c tls.Certificate) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{listener: l, mode: mode, tls: &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}, password: "right"}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { s.session(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); sessions.Wait() })
	return s
}

func (s *mailServer) note(secure bool, line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, map[bool]string{true: "tls ", false: "clear "}[secure]+line)
}

// session talks to one client until it goes, or until a minute is over.
func (s *mailServer) session(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	secure := s.mode == "tls"
	if secure {
		conn = tls.Server(conn, s.tls)
	}
	in := bufio.NewReader(conn)
	say := func(lines ...string) { _, _ = fmt.Fprint(conn, strings.Join(lines, "\r\n")+"\r\n") }
	s.mu.Lock()
	s.opened++
	me, began := s.opened, 0
	s.mu.Unlock()
	turn := func(verb string) string {
		if s.turn == nil {
			return ""
		}
		return s.turn(me, began, verb)
	}
	say("220 mail")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSpace(line)
		s.note(secure, line)
		verb, rest, _ := strings.Cut(line, " ")
		if verb == "MAIL" {
			began++
		}
		if text := turn(verb); text == "hang up" {
			return
		} else if text != "" {
			say(text)
			continue
		}
		switch strings.ToUpper(verb) {
		case "EHLO":
			offers := []string{"250-mail", "250 AUTH PLAIN"}
			if s.mode == "starttls" && !secure {
				offers = []string{"250-mail", "250 STARTTLS"}
			}
			say(offers...)
		case "STARTTLS":
			say("220 go on")
			conn, secure = tls.Server(conn, s.tls), true
			in = bufio.NewReader(conn)
		case "AUTH":
			sent, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if string(sent) != "\x00books\x00"+s.password {
				say("535 no")
				continue
			}
			say("235 come in")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				part, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if part == ".\r\n" {
					break
				}
				b.WriteString(part)
			}
			s.mu.Lock()
			s.mails = append(s.mails, b.String())
			s.mu.Unlock()
			if text := turn("."); text == "hang up" {
				return
			} else if text != "" {
				say(text)
				continue
			}
			say("250 kept")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 well")
		}
	}
}

// What is sent over which connection: encrypted, to a server that is who it says, or not at all; the password never for all to read.
func TestMailIsSentEncrypted(t *testing.T) {
	ours, trusted := certified(t, "127.0.0.1")
	others, trustedToo := certified(t, "127.0.0.9")
	for _, x := range []struct {
		name, server, client, ca, password string
		certificate                        tls.Certificate
		user, says                         string // blank: it is delivered
	}{
		{"StartTLS", "starttls", "starttls", trusted, "", ours, "", ""},
		{"StartTLSSignedIn", "starttls", "starttls", trusted, "right", ours, "books", ""},
		{"TLS", "tls", "tls", trusted, "", ours, "", ""},
		{"TLSSignedIn", "tls", "tls", trusted, "right", ours, "books", ""},
		{"WrongPassword", "starttls", "starttls", trusted, "wrong", ours, "books", "535"},
		{"WrongPasswordTLS", "tls", "tls", trusted, "wrong", ours, "books", "535"},
		{"NotTrusted", "starttls", "starttls", "", "right", ours, "books", "certificate"},
		{"NotTrustedTLS", "tls", "tls", "", "right", ours, "books", "certificate"},
		{"OfAnotherHost", "starttls", "starttls", trustedToo, "right", others, "books", "certificate"},
		{"OfAnotherHostTLS", "tls", "tls", trustedToo, "right", others, "books", "certificate"},
		{"NoStartTLS", "none", "starttls", trusted, "right", ours, "books", "STARTTLS"},
		{"NoTLS", "none", "tls", trusted, "right", ours, "books", "tls"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Setenv("QUITTANCE_SMTP_PASSWORD", x.password)
			s := serveMail(t, x.server, x.certificate)
			p, err := outbox.NewPost(outbox.SMTP{Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, TLS: x.client, CA: x.ca, User: x.user, From: "Quittance <quittance@books.example>"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r := p.Send(ctx, &outbox.Mail{ID: "D-1", To: &outbox.Reader{Name: "ann", Email: "ann@example.org"}, Subject: "A refund was approved", Text: "RQ-00000001", HTML: "<p>RQ-00000001</p>"})
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, line := range s.told {
				told, clear := strings.CutPrefix(line, "clear ")
				verb, _, _ := strings.Cut(told, " ") // to a server without TLS it may be any bytes of a handshake
				if clear && x.server != "none" && verb != "EHLO" && verb != "STARTTLS" && verb != "QUIT" {
					t.Errorf("in clear: %s", line)
				}
				if clear && verb == "AUTH" {
					t.Errorf("the password in clear: %s", line)
				}
			}
			if x.says == "" {
				if !r.Delivered || len(s.mails) != 1 || !strings.Contains(s.mails[0], "Message-ID: <D-1@books.example>") {
					t.Errorf("it ends with %+v; %d mails came", r, len(s.mails))
				}
				return
			}
			if r.Delivered || r.Final || !r.Down || len(s.mails) != 0 || !strings.Contains(strings.ToLower(r.Detail), strings.ToLower(x.says)) {
				t.Errorf("it ends with %+v; %d mails came", r, len(s.mails))
			}
		})
	}
}

// A password would go in clear to another machine: that is refused before anything is sent.
func TestMailNeedsEncryptionToSignIn(t *testing.T) {
	_, err := outbox.NewPost(outbox.SMTP{Host: "mail.example.org", TLS: "none", User: "books", From: "q@books.example"})
	if fault.CodeOf(err) != fault.Usage || !strings.Contains(err.Error(), "for all to read") {
		t.Errorf("it says %v", err)
	}
}

// Mails go out in one session, whatever becomes of some of them, and in another one when the server closed it. What each comes to is told of itself; a
// mail whose answer was lost is sent again with the same Message-ID, and no other is sent twice.
func TestManyMailsInOneSession(t *testing.T) {
	for _, x := range []struct {
		name     string
		turn     func(session, mail int, verb string) string
		sessions int
		results  string // of five mails, each sent until it is delivered or final, at most twice: d delivered, f final, r to be tried again; a space between the mails
		twice    int    // the mail that the server has two times; 0: none
	}{
		{"Well", nil, 1, "d d d d d", 0},
		{"OneRefused", func(_, mail int, verb string) string { return on(mail == 2 && verb == "RCPT", "550 no such user") }, 1, "d f d d d", 0},
		{"OneFull", func(_, mail int, verb string) string { return on(mail == 2 && verb == "RCPT", "452 full") }, 1, "d rd d d d", 0},
		{"ContentRefused", func(_, mail int, verb string) string { return on(mail == 2 && verb == "DATA", "554 no") }, 1, "d f d d d", 0},
		{"ClosedBetween", func(session, mail int, verb string) string {
			return on(session == 1 && mail == 2 && verb == "NOOP", "hang up")
		}, 2, "d d d d d", 0},
		{"ClosedAtSender", func(session, mail int, verb string) string {
			return on(session == 1 && mail == 3 && verb == "MAIL", "hang up")
		}, 2, "d d d d d", 0},
		{"TwoInASession", func(_, mail int, verb string) string { return on(mail > 2 && verb == "MAIL", "421 enough") }, 3, "d d d d d", 0},
		{"ClosedAtReader", func(session, mail int, verb string) string {
			return on(session == 1 && mail == 2 && verb == "RCPT", "hang up")
		}, 2, "d rd d d d", 0},
		{"AnswerLost", func(session, mail int, verb string) string {
			return on(session == 1 && mail == 2 && verb == ".", "hang up")
		}, 2, "d rd d d d", 2},
		{"ResetRefused", func(session, mail int, verb string) string {
			return on(session == 1 && mail == 2 && verb == "RSET", "421 bye")
		}, 2, "d d d d d", 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := serveMail(t, "none", tls.Certificate{})
			s.turn = x.turn
			p, err := outbox.NewPost(outbox.SMTP{Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, TLS: "none", From: "quittance@books.example"})
			if err != nil {
				t.Fatal(err)
			}
			session := p.Session()
			var results []string
			for n := range 5 {
				said := ""
				for range 2 {
					r := session.Send(t.Context(), &outbox.Mail{ID: fmt.Sprintf("D-%d", n+1), To: &outbox.Reader{Name: "ann", Email: "ann@example.org"}, Subject: "Told", Text: "text", HTML: "<p>text</p>"})
					said += map[bool]string{true: "d", false: map[bool]string{true: "f", false: "r"}[r.Final]}[r.Delivered]
					if r.Delivered || r.Final {
						break
					}
				}
				results = append(results, said)
			}
			session.Close()
			s.mu.Lock()
			defer s.mu.Unlock()
			if got := strings.Join(results, " "); got != x.results || s.opened != x.sessions {
				t.Errorf("they end with %s in %d sessions; want %s in %d", got, s.opened, x.results, x.sessions)
			}
			for n := range 5 {
				times := 0
				for _, m := range s.mails {
					times += strings.Count(m, fmt.Sprintf("Message-ID: <D-%d@books.example>", n+1))
				}
				want := map[bool]int{true: 1, false: 0}[strings.HasSuffix(results[n], "d")] + map[bool]int{true: 1, false: 0}[x.twice == n+1]
				if times != want {
					t.Errorf("the server has mail %d %d times, want %d", n+1, times, want)
				}
			}
		})
	}
}

func on(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

// A file comes as it was, whatever is in it, in each attempt.
func TestMailBringsAFile(t *testing.T) {
	s := serveMail(t, "none", tls.Certificate{})
	p, err := outbox.NewPost(outbox.SMTP{Host: "127.0.0.1", Port: s.listener.Addr().(*net.TCPAddr).Port, TLS: "none", From: "quittance@books.example"})
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, 70_001)
	_, _ = rand.Read(content)
	m := &outbox.Mail{ID: "D-1", To: &outbox.Reader{Name: "ann", Email: "ann@example.org"}, Subject: "Report", Text: "text", HTML: "<p>text</p>", At: time.Unix(1_800_000_000, 0), File: &outbox.File{Name: "PSUS-exceptions-2026-11-01.xlsx", Content: content}}
	for range 2 {
		if r := p.Send(t.Context(), m); !r.Delivered {
			t.Fatalf("it ends with %+v", r)
		}
	}
	for _, text := range s.mails {
		msg, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if when, err := msg.Header.Date(); err != nil || !when.Equal(m.At) || msg.Header.Get("Message-ID") != "<D-1@books.example>" {
			t.Errorf("the head is %v, %v", msg.Header, err)
		}
		_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts := multipart.NewReader(msg.Body, params["boundary"])
		found := false
		for part, err := parts.NextPart(); err == nil; part, err = parts.NextPart() {
			if part.FileName() != m.File.Name {
				continue
			}
			found = true
			b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
			if err != nil || !bytes.Equal(b, content) || part.Header.Get("Content-Type") != `application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name="PSUS-exceptions-2026-11-01.xlsx"` {
				t.Errorf("the file came as %d bytes with %v, %v", len(b), part.Header, err)
			}
		}
		if !found {
			t.Errorf("no file came")
		}
	}
}
