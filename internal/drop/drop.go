// Package drop reads and writes files at places where others drop and fetch them: folders of the machine, and SFTP servers.
//
//   - A *place* is a folder below the one that the operator of the machine named for it, written folder:PATH, or one of an SFTP server, written
//     sftp://USER@HOST:PORT/PATH.
//   - An *entry* is a file or folder directly at the place.
//
// Invariants: nothing outside the place is read or written, whatever names and links are there: links are no entries, and names with separators
// or control characters are refused. A file is written whole or not at all, and never over another. A server is spoken to only if its key is the
// one that was given. Reading is bounded.
//
// Source: docs/connectors.md; RFC 4251, 4.1 (host keys); draft-ietf-secsh-filexfer-02.
package drop

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"quittance/internal/fault"
)

// Entry is a file or folder at a place.
type Entry struct {
	Name    string
	Size    int64
	Changed time.Time
	Dir     bool
}

// Place is where files are dropped. Names may have one folder before them, such as done/a.zip.
type Place interface {
	// List gives the entries of a folder of the place (blank: the place itself), at most [MostEntries], but for links, devices, and names that are refused.
	List(ctx context.Context, folder string) ([]Entry, error)
	// Read gives the content of a file of at most so many bytes.
	Read(ctx context.Context, name string, most int64) ([]byte, error)
	// Write makes a file, its folder too; one that is there already is [fault.Conflict].
	Write(ctx context.Context, name string, content []byte) error
	// Move gives an entry another name, which must be free, and makes its folder.
	Move(ctx context.Context, from, to string) error
	// Remove removes a file.
	Remove(ctx context.Context, name string) error
	Close() error
}

// MostEntries are looked at in one folder.
const MostEntries = 10_000

// Address says where a place is.
type Address struct {
	Path             string // of a folder: relative, and with slashes
	Host, Port, User string // of an SFTP server; blank: it is a folder
}

// ParseAddress reads folder:PATH or sftp://USER@HOST:PORT/PATH.
func ParseAddress(text string) (Address, error) {
	wrong := func(why string) error {
		return fault.New(fault.Invalid, "%q is no place: %s; expected folder:PATH, or sftp://USER@HOST:PORT/PATH", text, why).In("place").ByRule("place")
	}
	if len(text) > 500 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return Address{}, fault.New(fault.Invalid, "the place is too long, or has control characters").In("place").ByRule("place")
	}
	if p, ok := strings.CutPrefix(text, "folder:"); ok {
		if p == "" || !fs.ValidPath(p) || strings.Contains(p, `\`) {
			return Address{}, wrong("the path is blank, or leads out of the folder that is meant for it")
		}
		return Address{Path: p}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "sftp" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return Address{}, wrong("it is not understood")
	}
	if _, has := u.User.Password(); has {
		return Address{}, wrong("a password is not written into it; give it by itself")
	}
	a := Address{Path: path.Clean("/" + u.Path), Host: u.Hostname(), Port: u.Port(), User: u.User.Username()}
	if a.User == "" {
		return Address{}, wrong("it names no user")
	}
	if a.Port == "" {
		a.Port = "22"
	}
	if n, err := strconv.Atoi(a.Port); err != nil || n < 1 || n > 65535 {
		return Address{}, wrong("it has no port")
	}
	return a, nil
}

// Remote says whether the place is on an SFTP server.
func (a Address) Remote() bool { return a.Host != "" }

// Access is what a place needs besides its address.
type Access struct {
	Root    string // the folder of the machine below which places are; blank: there are none
	HostKey string // fingerprint of the server's key, such as SHA256:…
	Secret  string // password, or private key in PEM
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// Open opens a place.
func Open(ctx context.Context, a Address, x Access) (Place, error) {
	if a.Remote() {
		return openServer(ctx, a, x)
	}
	if x.Root == "" {
		return nil, fault.New(fault.Refused, "this process knows no folder for drops; its operator names one by QUITTANCE_DROPS").ByRule("no_drops")
	}
	root, err := os.OpenRoot(x.Root)
	if err != nil {
		return nil, unreachable("the folder for drops", err)
	}
	defer root.Close()
	if err := root.MkdirAll(a.Path, 0o750); err != nil {
		return nil, unreachable("the folder "+a.Path, err)
	}
	at, err := root.OpenRoot(a.Path)
	if err != nil {
		return nil, unreachable("the folder "+a.Path, err)
	}
	return &folder{at}, nil
}

func unreachable(what string, err error) error {
	return fault.New(fault.Unavailable, "%s can not be reached: %v", what, err).ByRule("place_unreachable").Because(err)
}

// Named says whether a name may be that of an entry: without separators, control characters, and not hidden.
func Named(name string) bool {
	return name != "" && len(name) <= 200 && utf8.ValidString(name) && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `/\:*?"<>|`) && !strings.ContainsFunc(name, unicode.IsControl)
}

// checkName refuses names that lead elsewhere.
func checkName(name string) error {
	dir, file := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	if !Named(file) || (dir != "" && !Named(dir)) {
		return fault.New(fault.Refused, "%q is no name of a file at a place", name).ByRule("place_name")
	}
	return nil
}

// entriesOf keeps the files and folders that may be entries.
func entriesOf(infos []fs.FileInfo) []Entry {
	entries := []Entry{}
	for _, i := range infos {
		if Named(i.Name()) && (i.IsDir() || i.Mode().IsRegular()) && len(entries) < MostEntries {
			entries = append(entries, Entry{i.Name(), i.Size(), i.ModTime(), i.IsDir()})
		}
	}
	return entries
}

// bounded reads at most so many bytes.
func bounded(r io.Reader, name string, most int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, unreachable("the file "+name, err)
	}
	if int64(len(content)) > most {
		return nil, fault.New(fault.Limited, "the file %s has more than %d bytes", name, most).ByRule("drop_too_large")
	}
	return content, nil
}

func taken(name string) error {
	return fault.New(fault.Conflict, "there is a file %s already", name).ByRule("place_taken")
}

// folder is a place on this machine.
type folder struct{ root *os.Root }

func (f *folder) Close() error { return f.root.Close() }

func (f *folder) List(_ context.Context, name string) ([]Entry, error) {
	if name != "" {
		if err := checkName(name); err != nil {
			return nil, err
		}
		if i, err := f.root.Lstat(name); err != nil || !i.IsDir() {
			return nil, unreachable("the folder "+name, errors.Join(err, fs.ErrInvalid))
		}
	} else {
		name = "."
	}
	d, err := f.root.Open(name)
	if err != nil {
		return nil, unreachable("the folder", err)
	}
	defer d.Close()
	infos, err := d.Readdir(4 * MostEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreachable("the folder", err)
	}
	return entriesOf(infos), nil
}

func (f *folder) Read(_ context.Context, name string, most int64) ([]byte, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if i, err := f.root.Lstat(name); err != nil || !i.Mode().IsRegular() {
		return nil, unreachable("the file "+name, errors.Join(err, fs.ErrInvalid))
	}
	r, err := f.root.Open(name)
	if err != nil {
		return nil, unreachable("the file "+name, err)
	}
	defer r.Close()
	return bounded(r, name, most)
}

func (f *folder) Write(_ context.Context, name string, content []byte) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := f.room(name); err != nil {
		return err
	}
	part := path.Join(path.Dir(name), "."+path.Base(name)+".part")
	w, err := f.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return unreachable("the file "+name, err)
	}
	_, err = w.Write(content)
	if err := errors.Join(err, w.Sync(), w.Close()); err != nil {
		return unreachable("the file "+name, err)
	}
	if err := f.root.Rename(part, name); err != nil {
		return unreachable("the file "+name, err)
	}
	return nil
}

// room makes the folder of a name, and refuses one that is taken.
func (f *folder) room(name string) error {
	if dir := path.Dir(name); dir != "." {
		if err := f.root.MkdirAll(dir, 0o750); err != nil {
			return unreachable("the folder "+dir, err)
		}
	}
	if _, err := f.root.Lstat(name); err == nil {
		return taken(name)
	}
	return nil
}

func (f *folder) Move(_ context.Context, from, to string) error {
	if err := errors.Join(checkName(from), checkName(to)); err != nil {
		return err
	}
	if err := f.room(to); err != nil {
		return err
	}
	if err := f.root.Rename(from, to); err != nil {
		return unreachable("the file "+from, err)
	}
	return nil
}

func (f *folder) Remove(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unreachable("the file "+name, err)
	}
	return nil
}
