package drop

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"quittance/internal/fault"
)

const (
	handshakeTime = 20 * time.Second
	sessionTime   = 15 * time.Minute // of a whole look
)

var fingerprint = regexp.MustCompile(`^SHA256:[A-Za-z0-9+/]{43}$`)

// CheckHostKey refuses what is no fingerprint of a server's key.
func CheckHostKey(text string) error {
	if !fingerprint.MatchString(text) {
		return fault.New(fault.Invalid, "%q is no fingerprint of a host key; expected SHA256:… as ssh-keygen -l prints it, told by who runs the server", text).In("host_key").ByRule("host_key")
	}
	return nil
}

// server is a place on an SFTP server.
type server struct {
	conn   net.Conn
	ssh    *ssh.Client
	client *sftp.Client
	base   string
	stop   func() bool
}

func openServer(ctx context.Context, a Address, x Access) (Place, error) {
	if err := CheckHostKey(x.HostKey); err != nil {
		return nil, err
	}
	auth, err := auth(x.Secret)
	if err != nil {
		return nil, err
	}
	where := net.JoinHostPort(a.Host, a.Port)
	conn, err := x.Dial(ctx, "tcp", where)
	if err != nil {
		var ours *fault.Error
		if errors.As(err, &ours) {
			return nil, err
		}
		return nil, unreachable("the server "+where, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(handshakeTime))
	config := &ssh.ClientConfig{User: a.User, Auth: auth, HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
		if is := ssh.FingerprintSHA256(key); is != x.HostKey {
			return fault.New(fault.Refused, "the server %s has the key %s and not the one that was given; it may be another server: nothing was sent to it", where, is).ByRule("host_key_differs")
		}
		return nil
	}}
	c, chans, reqs, err := ssh.NewClientConn(conn, where, config)
	if err != nil {
		stop()
		conn.Close()
		var ours *fault.Error
		if errors.As(err, &ours) {
			return nil, ours
		}
		return nil, unreachable("the server "+where, err)
	}
	_ = conn.SetDeadline(time.Now().Add(sessionTime))
	s := &server{conn: conn, ssh: ssh.NewClient(c, chans, reqs), base: a.Path, stop: stop}
	if s.client, err = sftp.NewClient(s.ssh); err != nil {
		s.Close()
		return nil, unreachable("the server "+where, err)
	}
	return s, nil
}

// auth gives the way to sign in by a password, or a private key.
func auth(secret string) ([]ssh.AuthMethod, error) {
	if secret == "" {
		return nil, fault.New(fault.Invalid, "a password or private key is needed for the server").In("secret").ByRule("no_secret")
	}
	if !strings.HasPrefix(strings.TrimSpace(secret), "-----BEGIN") {
		return []ssh.AuthMethod{ssh.Password(secret)}, nil
	}
	key, err := ssh.ParsePrivateKey([]byte(secret))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the private key is not understood; expected one in PEM, without a passphrase").In("secret").ByRule("private_key")
	}
	return []ssh.AuthMethod{ssh.PublicKeys(key)}, nil
}

// CheckSecret refuses a private key that is not understood.
func CheckSecret(secret string) error {
	_, err := auth(secret)
	return err
}

func (s *server) Close() error {
	s.stop()
	if s.client != nil {
		s.client.Close()
	}
	s.ssh.Close()
	s.conn.Close()
	return nil
}

func (s *server) at(name string) string { return path.Join(s.base, name) }

func (s *server) List(_ context.Context, name string) ([]Entry, error) {
	if name != "" {
		if err := checkName(name); err != nil {
			return nil, err
		}
		if i, err := s.client.Lstat(s.at(name)); err != nil || !i.IsDir() {
			return nil, unreachable("the folder "+name, errors.Join(err, fs.ErrInvalid))
		}
	}
	infos, err := s.client.ReadDir(s.at(name))
	if err != nil {
		return nil, unreachable("the folder "+s.at(name), err)
	}
	return entriesOf(infos), nil
}

func (s *server) Read(_ context.Context, name string, most int64) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if i, err := s.client.Lstat(s.at(name)); err != nil || !i.Mode().IsRegular() {
		return nil, unreachable("the file "+name, errors.Join(err, fs.ErrInvalid))
	}
	r, err := s.client.Open(s.at(name))
	if err != nil {
		return nil, unreachable("the file "+name, err)
	}
	defer r.Close()
	return bounded(r, name, most)
}

func (s *server) Write(_ context.Context, name string, content []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := s.room(name); err != nil {
		return err
	}
	part := path.Join(path.Dir(s.at(name)), "."+path.Base(name)+".part")
	w, err := s.client.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return unreachable("the file "+name, err)
	}
	_, err = w.Write(content)
	if err := errors.Join(err, w.Close()); err != nil {
		return unreachable("the file "+name, err)
	}
	if err := s.client.Rename(part, s.at(name)); err != nil {
		return unreachable("the file "+name, err)
	}
	return nil
}

// room makes the folder of a name, and refuses one that is taken.
func (s *server) room(name string) error {
	if dir := path.Dir(name); dir != "." {
		if err := s.client.MkdirAll(s.at(dir)); err != nil {
			return unreachable("the folder "+dir, err)
		}
	}
	switch _, err := s.client.Lstat(s.at(name)); {
	case err == nil:
		return taken(name)
	case !errors.Is(err, fs.ErrNotExist):
		return unreachable("the file "+name, err)
	}
	return nil
}

func (s *server) Move(_ context.Context, from, to string) error {
	if err := errors.Join(checkName(from), checkName(to)); err != nil {
		return err
	}
	if err := s.room(to); err != nil {
		return err
	}
	if err := s.client.Rename(s.at(from), s.at(to)); err != nil {
		return unreachable("the file "+from, err)
	}
	return nil
}

func (s *server) Remove(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := s.client.Remove(s.at(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unreachable("the file "+name, err)
	}
	return nil
}
