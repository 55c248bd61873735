package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/identity"
)

// operation is what the document says of an operation, besides its input and output.
type operation struct {
	id, method, path string // the path below /api/v1
	tag              string
	summary, about   string
	permission       identity.Permission // that app asks for
	status           int                 // of success; 0: 200, or 201 for a POST that makes something
	matched          bool                // takes If-Match
	tagged           bool                // gives an ETag and takes If-None-Match
	maxBody          int64               // 0: as the options say
}

// The permissions of operations that are everybody's.
const (
	signedIn    identity.Permission = "signed_in"    // whoever acts is known
	ownOrOthers identity.Permission = "own_or_admin" // one's own; of others with administer
)

// describe gives the operation for the framework.
func (o operation) describe(d *door) huma.Operation {
	errs := []int{400, 401, 403, 404, 409, 422, 429, 500, 503}
	if o.method != http.MethodGet {
		errs = append(errs, 408, 413, 415)
	}
	if o.matched {
		errs = append(errs, 412)
	}
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: "/api/v1" + o.path, Tags: []string{o.tag}, Summary: o.summary, Description: o.about,
		DefaultStatus: o.status, Errors: errs, MaxBodyBytes: d.o.MaxBody + 1, RejectUnknownQueryParameters: true,
		Extensions: map[string]any{"x-permission": string(o.permission)}, Responses: map[string]*huma.Response{},
	}
	if o.maxBody != 0 {
		op.MaxBodyBytes = o.maxBody + 1
	}
	if o.tagged {
		op.Responses["304"] = &huma.Response{Description: "It is as If-None-Match says."}
	}
	return op
}

// add registers an operation. What it gives is shown with empty lists instead of null; what it refuses becomes a problem.
func add[I, O any](d *door, o operation, fn func(context.Context, *I) (*O, error)) {
	op := o.describe(d)
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err == nil {
			fill(reflect.ValueOf(out))
			return out, nil
		}
		var p *Problem
		var same notModified
		switch {
		case errors.As(err, &same):
			return nil, err
		case errors.As(err, &p):
			return nil, p.of(visitOf(ctx))
		}
		return nil, problemOf(visitOf(ctx), err)
	})
}

// Company is the company that an operation is about.
type Company struct {
	Company string `path:"company" maxLength:"60" doc:"Code of the company." example:"CITY"`
}

// Keyed is the input of a change.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"200" pattern:"^[!-~]*$" doc:"Makes the change repeatable: the same key with the same input gives the first answer again and changes nothing; with other input it is refused. A key belongs to the company." example:"b2f7c6de-1"`
}

// Match is the input of a change to something that has an entity tag.
type Match struct {
	IfMatch string `header:"If-Match" maxLength:"400" doc:"The ETag that the change was decided on; when it is another now, nothing is changed (412)."`
}

// NoneMatch is the input of a look at something that has an entity tag.
type NoneMatch struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"400" doc:"An ETag from before; when it is still the same, the answer is 304 without a body."`
}

// reply is the answer of an operation.
type reply[T any] struct{ Body T }

// answer replies with what a call of the app gave.
func answer[T any](v T, err error) (*reply[T], error) { return &reply[T]{v}, err }

// made is the answer of an operation that made something.
type made[T any] struct {
	Location string `header:"Location" doc:"Where what was made is."`
	Body     T
}

// done is the answer of a change that has nothing to say.
type done struct{}

// fill puts empty lists and maps where there are none, so that none is shown as null.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); holds(f.Kind()) && (f.CanSet() || f.Kind() == reflect.Struct) {
				fill(f)
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		if holds(v.Type().Elem().Kind()) {
			for i := range v.Len() {
				fill(v.Index(i))
			}
		}
	case reflect.Map:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	}
}

// holds says whether a value of the kind may hold a list.
func holds(k reflect.Kind) bool {
	switch k {
	case reflect.Pointer, reflect.Interface, reflect.Struct, reflect.Slice, reflect.Map:
		return true
	}
	return false
}
