package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"hash/maphash"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/fault"
)

// single is the answer of a look at one thing.
type single[T any] struct {
	ETag string `header:"ETag" doc:"Digest of what is shown, for If-None-Match and If-Match."`
	Body T
}

// show gives one thing with its entity tag, or says that it is as the request knows it.
func show[T any](in NoneMatch, v T) (*single[T], error) {
	tag, err := tagOf(&v)
	if err != nil {
		return nil, err
	}
	if in.IfNoneMatch != "" && names(in.IfNoneMatch, tag) {
		return nil, notModified{tag}
	}
	return &single[T]{ETag: tag, Body: v}, nil
}

// tagOf gives the entity tag of what is shown; v is a pointer.
func tagOf(v any) (string, error) {
	fill(reflect.ValueOf(v))
	var b bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&b, v); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b.Bytes())
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`, nil
}

// names says whether a list of entity tags names the tag. A star is every tag; If-None-Match compares weakly, and ours are strong.
func names(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// notModified is the answer that nothing changed.
type notModified struct{ tag string }

func (n notModified) Error() string           { return "not modified" }
func (n notModified) GetStatus() int          { return http.StatusNotModified }
func (n notModified) GetHeaders() http.Header { return http.Header{"Etag": {n.tag}} }

// matching makes a change of something only when it is as If-Match says. What the thing is now is looked at right before the change,
// and in this process nobody else who says If-Match of the same thing comes between.
func matching(d *door, in Match, about string, look func() (any, error), change func() error) error {
	if in.IfMatch == "" {
		return change()
	}
	lock := d.locks.of(about)
	lock.Lock()
	defer lock.Unlock()
	now, err := look()
	if err != nil {
		return err
	}
	tag, err := tagOf(now)
	if err != nil {
		return err
	}
	if strings.Contains(in.IfMatch, "W/") || !names(in.IfMatch, tag) {
		p := newProblem(fault.New(fault.Conflict, "it was changed since it was looked at: it has the ETag %s now; look again and decide again", tag).ByRule("etag_differs"))
		p.Status = http.StatusPreconditionFailed
		return p
	}
	return change()
}

// locks are some locks for any number of things.
type locks struct {
	seed maphash.Seed
	once sync.Once
	all  [64]sync.Mutex
}

func (l *locks) of(about string) *sync.Mutex {
	l.once.Do(func() { l.seed = maphash.MakeSeed() })
	return &l.all[maphash.String(l.seed, about)%uint64(len(l.all))]
}
