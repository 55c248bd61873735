package folder_test

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"quittance/internal/fault"
	"quittance/internal/folder"
)

// minimal is a valid folder that tests change.
var minimal = map[string]string{
	"company.csv":  "company,name,country,currency,account_format\nC1,Company,US,USD,Fund-Main\n",
	"accounts.csv": "account,name,type,control\n1000,Bank,asset,bank\n1100,Receivable,asset,customer\n",
	"periods.csv":  "start,end,status\n2026-01-01,2026-01-31,open\n",
}

// with is minimal with other or more files; the text "-" takes a file away.
func with(files map[string]string) fstest.MapFS {
	all := maps.Clone(minimal)
	maps.Copy(all, files)
	fsys := fstest.MapFS{}
	for name, text := range all {
		if text != "-" {
			fsys[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return fsys
}

// places gives one line an error, and fails when one is not of the kind that reading gives.
func places(t *testing.T, err error) []string {
	t.Helper()
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatalf("expected a list of faults, got %T: %v", err, err)
	}
	var lines []string
	for _, e := range list {
		if e.Code != fault.Invalid {
			t.Errorf("code %s: %v", e.Code, e)
		}
		lines = append(lines, e.Error())
	}
	return lines
}

// wantLines compares errors with what each begins with and tells, written "place: … telling".
func wantLines(t *testing.T, err error, want ...string) {
	t.Helper()
	got := places(t, err)
	if len(got) != len(want) {
		t.Fatalf("got %d errors, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i, w := range want {
		place, telling, _ := strings.Cut(w, " … ")
		if !strings.HasPrefix(got[i], place) || !strings.Contains(got[i], telling) {
			t.Errorf("error %d is\n  %s\nwant\n  %s", i+1, got[i], w)
		}
	}
}

// forget clears the places, so that data that were read compare with data that were made.
func forget(d *folder.Data) { forgetIn(reflect.ValueOf(d).Elem()) }

func forgetIn(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).Type() == reflect.TypeFor[folder.Row]() {
				v.Field(i).SetZero()
			} else if v.Type().Field(i).IsExported() {
				forgetIn(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			forgetIn(v.Index(i))
		}
	}
}
