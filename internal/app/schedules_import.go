package app

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"quittance/internal/drop"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/job"
)

// ImportedFrom is what a scheduled import did.
type ImportedFrom struct {
	Imported []string `json:"imported"`
	Failed   []string `json:"failed"`
	Waiting  []string `json:"waiting"` // not complete yet
}

const (
	mostDrop      = 64 << 20  // bytes of a drop
	mostUnpacked  = 512 << 20 // bytes of all its files together
	mostFiles     = 100       // of a dropped folder
	defaultSettle = 10        // seconds
	marker        = ".ready"  // NAME.ready says that NAME is complete
)

// dropped is something that may be a drop.
type dropped struct {
	drop.Entry
	marked bool
}

// importFrom brings in what was dropped at a place: a zip file or workbook that does not change for a while or has a marker beside it, or a folder
// with a marker. What is brought in goes to done, what is wrong to failed with its errors beside it; what nobody here is to blame for stays.
func (a *App) importFrom(ctx context.Context, call Call, s *job.Schedule, r *job.Run, x ScheduleSettings, place drop.Place) (any, error) {
	done := &ImportedFrom{Imported: []string{}, Failed: []string{}, Waiting: []string{}}
	first, err := drops(ctx, place)
	if err != nil || len(first) == 0 {
		return done, err
	}
	if slices.ContainsFunc(first, func(d dropped) bool { return !d.marked }) {
		settle := x.Settle
		if settle == 0 {
			settle = defaultSettle
		}
		select {
		case <-ctx.Done():
			return done, context.Cause(ctx)
		case <-time.After(time.Duration(settle) * time.Second):
		}
	}
	second, err := drops(ctx, place)
	if err != nil {
		return done, err
	}
	for _, d := range second {
		if !d.marked && !slices.Contains(first, d) {
			done.Waiting = append(done.Waiting, d.Name)
			continue
		}
		wrong, err := a.bringDrop(ctx, call, s, d, place)
		if err == nil {
			err = settleDrop(ctx, place, d, r, wrong)
		}
		if err != nil {
			return done, err
		}
		if wrong != nil {
			done.Failed = append(done.Failed, d.Name)
		} else {
			done.Imported = append(done.Imported, d.Name)
		}
	}
	if n := len(done.Failed); n > 0 {
		return done, fault.New(fault.Refused, "%d of %d drops could not be brought in; what is wrong stands beside them, in the folder failed", n, n+len(done.Imported)).ByRule("drops_failed")
	}
	return done, nil
}

// drops gives what may be a drop, by name: zip files and workbooks, and folders that have a marker.
func drops(ctx context.Context, place drop.Place) ([]dropped, error) {
	entries, err := place.List(ctx, "")
	if err != nil {
		return nil, err
	}
	marked := map[string]bool{}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name, marker); ok && !e.Dir {
			marked[name] = true
		}
	}
	all := []dropped{}
	for _, e := range entries {
		ending := strings.ToLower(e.Name[max(0, len(e.Name)-5):])
		packed := !e.Dir && (strings.HasSuffix(ending, ".zip") || ending == ".xlsx")
		if packed || e.Dir && marked[e.Name] && e.Name != "done" && e.Name != "failed" {
			all = append(all, dropped{e, marked[e.Name]})
		}
	}
	slices.SortFunc(all, func(a, b dropped) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// bringDrop brings one drop in. wrong is what is wrong with it; an error is what is wrong here, and the drop stays.
func (a *App) bringDrop(ctx context.Context, call Call, s *job.Schedule, d dropped, place drop.Place) (wrong, err error) {
	content, err := readDrop(ctx, place, d)
	if err != nil {
		if fault.RuleOf(err) == "drop_too_large" {
			return err, nil
		}
		return nil, err
	}
	data, err := folder.ReadArchive(bytes.NewReader(content), int64(len(content)), mostUnpacked)
	if err == nil && data.Company.Company != call.Company {
		err = fault.New(fault.Refused, "it is about the company %s, and the schedule about %s", data.Company.Company, call.Company).ByRule("other_company")
	}
	if err == nil {
		// the same content is brought in once, however often it is dropped, and whoever was killed before it was moved away
		sum := sha256.Sum256(content)
		once := call
		once.Key = fmt.Sprintf("drop %s %s %s %s", call.Company, s.Code, s.Owner, hex.EncodeToString(sum[:]))
		_, err = a.Import(ctx, once, data)
	}
	if err == nil || blames(err) {
		return err, nil
	}
	return nil, err
}

// blames says whether an error is about what was dropped, and not about the database, rights, or a stop.
func blames(err error) bool {
	var many fault.List
	return errors.As(err, &many) || slices.Contains([]fault.Code{fault.Invalid, fault.Refused, fault.Conflict, fault.Limited, fault.NotFound}, fault.CodeOf(err))
}

// readDrop gives a drop as one archive; the files of a folder are packed in the order of their names.
func readDrop(ctx context.Context, place drop.Place, d dropped) ([]byte, error) {
	if !d.Dir {
		return place.Read(ctx, d.Name, mostDrop)
	}
	files, err := place.List(ctx, d.Name)
	if err != nil {
		return nil, err
	}
	tooLarge := fault.New(fault.Limited, "the folder %s has more than %d files, or more than %d bytes", d.Name, mostFiles, mostDrop).ByRule("drop_too_large")
	if len(files) > mostFiles {
		return nil, tooLarge
	}
	slices.SortFunc(files, func(a, b drop.Entry) int { return strings.Compare(a.Name, b.Name) })
	var packed bytes.Buffer
	w, left := zip.NewWriter(&packed), int64(mostDrop)
	for _, f := range files {
		if f.Dir {
			return nil, fault.New(fault.Limited, "the folder %s has a folder %s in it", d.Name, f.Name).ByRule("drop_too_large")
		}
		content, err := place.Read(ctx, d.Name+"/"+f.Name, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(content))
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(content); err != nil {
			return nil, err
		}
	}
	err = w.Close()
	return packed.Bytes(), err
}

// settleDrop moves a drop away, with what is wrong with it beside it, and its marker last: whoever is killed between begins here again.
func settleDrop(ctx context.Context, place drop.Place, d dropped, r *job.Run, wrong error) error {
	stamp := fmt.Sprintf("%s.%d-", time.UnixMicro(r.StartedAt).UTC().Format("20060102T150405"), r.N)
	to := "done/" + stamp + d.Name
	if wrong != nil {
		to = "failed/" + stamp + d.Name
		if err := place.Write(ctx, to+".errors.txt", errorReport(wrong)); err != nil {
			return err
		}
	}
	if err := place.Move(ctx, d.Name, to); err != nil {
		return err
	}
	if d.marked {
		return place.Remove(ctx, d.Name+marker)
	}
	return nil
}

// errorReport writes what is wrong, a line each.
func errorReport(wrong error) []byte {
	var b bytes.Buffer
	var many fault.List
	if errors.As(wrong, &many) {
		for _, e := range many {
			fmt.Fprintf(&b, "%s\n", strings.Join(strings.Fields(e.Error()), " "))
		}
	} else {
		fmt.Fprintf(&b, "%s\n", strings.Join(strings.Fields(wrong.Error()), " "))
	}
	return b.Bytes()
}
