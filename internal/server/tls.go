package server

import (
	"crypto/tls"
	"os"
	"sync"
	"time"

	"quittance/internal/fault"
)

const lookAgain = time.Second // between looks at the files of a certificate

// certificate is a certificate on disk. When one of its files changes it is read again; while that fails, the old one serves.
type certificate struct {
	cert, key string
	mu        sync.Mutex
	now       *tls.Certificate
	stamp     [2]stamp
	looked    time.Time
}

// stamp tells whether a file was changed.
type stamp struct {
	at   time.Time
	size int64
}

func loadCertificate(cert, key string) (*certificate, error) {
	c := &certificate{cert: cert, key: key}
	if cert == "" || key == "" {
		return nil, fault.New(fault.Usage, "a certificate needs its key: give both --tls-cert and --tls-key").In("tls-cert")
	}
	if err := c.read(); err != nil {
		return nil, fault.New(fault.Usage, "the certificate %s with the key %s cannot be used: %v", cert, key, err).In("tls-cert").Because(err)
	}
	return c, nil
}

func (c *certificate) read() error {
	stamps := c.stamps()
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.now, c.stamp, c.looked = &pair, stamps, time.Now()
	return nil
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// current gives the certificate as it is on disk now.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) > lookAgain {
		c.looked = time.Now()
		if c.stamps() != c.stamp {
			_ = c.read() // a file that is half written is read at the next look
		}
	}
	return c.now, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() },
	}
}
