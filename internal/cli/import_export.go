package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"quittance/internal/app"
	"quittance/internal/folder"
)

type importCmd struct {
	Path string `arg:"" help:"A directory of CSV files, or an .xlsx workbook."`
}

// Run brings a company folder in.
func (c *importCmd) Run(e *env) error {
	data, err := folder.Read(c.Path)
	if err != nil {
		return err
	}
	return e.create(func(a *app.App, call app.Call) error {
		r, err := a.Import(e.ctx, call, data)
		if err != nil {
			return err
		}
		return e.showImport(r)
	})
}

func (e *env) showImport(r *app.ImportResult) error {
	if e.Output == "json" || e.Output == "jsonl" {
		v := *r
		if v.Files == nil {
			v.Files = []folder.FileResult{}
		}
		if v.Changes == nil {
			v.Changes = []string{}
		}
		return e.object(v)
	}
	if e.Output == "table" {
		done := "is brought up to date"
		if r.Created {
			done = "is set up"
		}
		fmt.Fprintf(e.stdout, "Company %s %s.\n\n", r.Company, done)
	}
	l := e.list("file >created >updated >unchanged")
	for _, f := range r.Files {
		if err := l.add(f, f.File, fmt.Sprint(f.Created), fmt.Sprint(f.Updated), fmt.Sprint(f.Unchanged)); err != nil {
			return err
		}
	}
	if err := l.close("Nothing was in it."); err != nil || e.Output != "table" {
		return err
	}
	if len(r.Changes) > 0 {
		fmt.Fprintln(e.stdout, "\nChanged")
	}
	for _, text := range r.Changes {
		fmt.Fprintln(e.stdout, "  "+clean(text))
	}
	return e.hint("\nNext: quittance open-items --party customer, quittance verify, quittance reimburse simulate --all")
}

type exportCmd struct {
	Path            string `arg:"" name:"dir" help:"A directory that does not exist yet or is empty, or a path that ends in .xlsx."`
	WithBankDetails bool   `help:"Bank details in clear; else they are masked."`
}

// Run writes the company as a folder.
func (c *exportCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		data, err := a.Export(e.ctx, call, c.WithBankDetails)
		if err != nil {
			return err
		}
		write := folder.Write
		if strings.EqualFold(filepath.Ext(c.Path), ".xlsx") {
			write = folder.WriteXLSX
		}
		if err := write(c.Path, data); err != nil {
			return err
		}
		err = e.result(map[string]any{"company": data.Company.Company, "path": c.Path, "not_exported": counted(data)}, "company path", []string{data.Company.Company, c.Path},
			"Company %s is exported to %s.", data.Company.Company, c.Path)
		if left := beside(data); err == nil && left != "" {
			err = e.hint("Not in it: %s; quittance backup copies everything.", left)
		}
		return err
	})
}

// beside tells what the company has that no folder carries; blank: nothing.
func beside(d *folder.Data) string {
	var all []string
	for _, b := range d.Beside {
		all = append(all, fmt.Sprintf("%s (%d)", b.What, b.N))
	}
	return strings.Join(all, ", ")
}

func counted(d *folder.Data) map[string]int {
	all := map[string]int{}
	for _, b := range d.Beside {
		all[strings.ReplaceAll(b.What, " ", "_")] = b.N
	}
	return all
}
