// Package static holds the files that the pages need beside themselves: one style sheet, one module of our own, htmx, and the sign.
//
// Invariants: a file's address holds the beginning of its SHA-256, so that it may be kept for ever; it is packed once, when it is first
// asked for.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed app.css app.js htmx.min.js htmx.LICENSE favicon.svg
var files embed.FS

const prefix = "/static/"

var types = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml", ".LICENSE": "text/plain; charset=utf-8"}

// file is a file with its address.
type file struct {
	url, mime string
	plain     []byte
	gzip      func() []byte
	brotli    func() []byte
}

var byName, byURL = load()

func load() (names, urls map[string]*file) {
	names, urls = map[string]*file{}, map[string]*file{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		b, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(e.Name())
		f := &file{url: prefix + strings.TrimSuffix(e.Name(), ext) + "-" + hex.EncodeToString(sum[:6]) + ext, mime: types[ext], plain: b}
		f.gzip, f.brotli = sync.OnceValue(f.zipped), sync.OnceValue(f.brotlied)
		names[e.Name()], urls[f.url] = f, f
	}
	return names, urls
}

func (f *file) zipped() []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that exists
	_, _ = w.Write(f.plain)                               // to memory
	_ = w.Close()
	return b.Bytes()
}

func (f *file) brotlied() []byte {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, _ = w.Write(f.plain) // to memory
	_ = w.Close()
	return b.Bytes()
}

// URL gives the address of a file; an unknown one is a defect.
func URL(name string) string {
	f, ok := byName[name]
	if !ok {
		panic(fmt.Sprintf("static: there is no file %q", name))
	}
	return f.url
}

// Serve answers with a file, packed as the reader takes it. Whatever is asked for is looked up as a whole, so no path leads elsewhere.
func Serve(w http.ResponseWriter, r *http.Request) {
	f, ok := byURL[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	switch accept := r.Header.Get("Accept-Encoding"); {
	case strings.Contains(accept, "br"):
		body = f.brotli()
		h.Set("Content-Encoding", "br")
	case strings.Contains(accept, "gzip"):
		body = f.gzip()
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader may have gone
	}
}
