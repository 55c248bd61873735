package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
)

const (
	zipType  = "application/zip"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

	maxUnpacked = 512 << 20 // bytes of all files of a zip file together
)

func imports(d *door) {
	o := operation{
		id: "import-company", method: http.MethodPost, path: "/imports", tag: "Import and export", permission: identity.SetUp, maxBody: d.o.MaxImport,
		summary: "Import a company folder",
		about:   "A zip file of the folder's CSV files, or a workbook: as the body, or as the file of a form. All of it or nothing: every error comes with its place. It sets a new company up, or adds to the one there is; again, it changes nothing. Vouchers, settlements and marks in it need post_voucher too, runs need reimburse. The key belongs to who sends it.",
	}
	op := o.describe(d)
	op.Middlewares = huma.Middlewares{d.few(identity.SetUp)}
	huma.Register(d.api, op, func(ctx context.Context, in *struct {
		Keyed
		Type    string `header:"Content-Type" hidden:"true"`
		RawBody []byte `contentType:"application/zip"`
	},
	) (*reply[folder.Result], error) {
		r, err := d.importFile(ctx, in.Key, in.Type, in.RawBody)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		if r.Changes == nil {
			r.Changes = []string{}
		}
		return &reply[folder.Result]{*r}, nil
	})
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	content := d.api.OpenAPI().Paths[op.Path].Post.RequestBody.Content
	content[xlsxType] = &huma.MediaType{Schema: binary}
	content["multipart/form-data"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject, Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": binary}}}
}

// few bounds the imports that are going on, each of which holds a whole file, and lets nobody send one who may not import.
func (d *door) few(p identity.Permission) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		v := visitOf(ctx.Context())
		err := v.actor.Allow(p)
		if err == nil {
			select {
			case d.imports <- struct{}{}:
				defer func() { <-d.imports }()
				next(ctx)
				return
			default:
				err = fault.New(fault.Limited, "%d imports are going on already; wait until one is done", importsAtOnce).ByRule("imports")
			}
		}
		problemOf(v, err).write(v.w, v.r)
	}
}

func (d *door) importFile(ctx context.Context, key, media string, body []byte) (*folder.Result, error) {
	kind, params, err := mime.ParseMediaType(media)
	if err != nil && media != "" {
		return nil, fault.New(fault.Usage, "the header Content-Type is not understood: %v", err).ByRule("malformed")
	}
	if kind == "multipart/form-data" {
		if body, err = onlyFile(body, params["boundary"]); err != nil {
			return nil, err
		}
	}
	data, err := folder.ReadArchive(bytes.NewReader(body), int64(len(body)), maxUnpacked)
	if err != nil {
		return nil, err
	}
	return d.app.Import(ctx, d.call(ctx, "", key), data)
}

// onlyFile gives the one file of a form.
func onlyFile(body []byte, boundary string) ([]byte, error) {
	wrong := fault.New(fault.Invalid, "the form is not understood; expected one file, named file").In("file").ByRule("malformed")
	var file []byte
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for found := false; ; found = true {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && found {
			return file, nil
		}
		if err != nil || found || part.FormName() != "file" {
			return nil, wrong
		}
		if file, err = io.ReadAll(part); err != nil {
			return nil, wrong
		}
	}
}

func exports(d *door) {
	o := operation{
		id: "export-company", method: http.MethodGet, path: "/companies/{company}/export", tag: "Import and export", permission: identity.Read,
		summary: "Export a company", about: "As a zip file of CSV files, or as a workbook. Bank details are masked; with bank=true they are in clear, which needs the permission bank_details.",
	}
	op := o.describe(d)
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses["200"] = &huma.Response{Description: "The company folder.", Content: map[string]*huma.MediaType{zipType: file, xlsxType: file}}
	huma.Register(d.api, op, func(ctx context.Context, in *struct {
		Company
		Format string `query:"format" enum:"zip,xlsx" default:"zip"`
		Bank   bool   `query:"bank" doc:"Bank details in clear."`
	},
	) (*huma.StreamResponse, error) {
		data, err := d.app.Export(ctx, d.call(ctx, in.Company.Company, ""), in.Bank)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return &huma.StreamResponse{Body: func(huma.Context) { writeExport(visitOf(ctx), data, in.Format) }}, nil
	})
}

// writeExport writes the folder as it is made, so that it is not held twice. What fails after the beginning cuts the connection off.
func writeExport(v *visit, data *folder.Data, format string) {
	media, write := zipType, folder.WriteZIP
	if format == "xlsx" {
		media, write = xlsxType, folder.WriteBook
	}
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(data.Company.Company) + "." + format}))
	out := &counting{Writer: v.w}
	if err := write(out, data); err != nil && out.n == 0 {
		h.Del("Content-Disposition")
		problemOf(v, err).write(v.w, v.r)
	} else if err != nil {
		panic(http.ErrAbortHandler)
	}
}

// counting counts what is written.
type counting struct {
	io.Writer
	n int
}

// Write writes.
func (c *counting) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.n += n
	return n, err
}

// fileName keeps of a code what every system takes in the name of a file.
func fileName(code string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '-' || r == '_' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z') {
			return r
		}
		return '_'
	}, code)
}
