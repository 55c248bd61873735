package web_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

const bankColumns = `{"columns": {"booked": "Date", "amount": "Amount", "check": "Check", "text": "Text", "kind": "Kind"}, "cells": {"opening": "=B1"}, "header": 2, "decimal": "point", "account": "TREASURY", "currency": "USD"}`

// A statement is worked through by mouse and keyboard: accepted, reconciled by hand with a difference, undone.
func TestBankStatementsByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	cashable(t, d)
	if err := d.SaveBankMap(t.Context(), apptest.Call, "FIRST", []byte(bankColumns)); err != nil {
		t.Fatal(err)
	}
	treasurer := app.Call{Actor: identity.Actor{Name: "tess", Roles: []identity.Role{identity.Treasurer}}, Company: "PSUS"}
	must(d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: "december.csv", Data: []byte(bankCSV), Map: "FIRST"}))
	site := webtest.Serve(t, d, options())
	b := site.Browser(identity.Treasurer)
	b.Open("/c/PSUS/")
	b.Press("gq")
	b.See("2 open lines")
	b.Look("bank-statements")
	b.Click(`main table.data a[href$="/TREASURY/1"]`)
	b.See("100 of 100")
	b.Look("bank-statement")
	b.Open(bankAt + "/TREASURY/1/accept")
	b.Look("bank-accept")
	b.Open(bankAt + "/TREASURY/1")
	b.Click(`.recon button.primary`)
	b.See("1 line was reconciled")
	b.Click(`.recon a[href*="/TREASURY/1/2?"]`)
	b.Look("bank-by-hand")
	b.Fill("#f-difference", "999-44200")
	b.Click(`main .card button.primary`)
	b.See("999-44200")
	b.Look("bank-by-hand-effect")
	b.Click(`.confirm .primary`)
	b.See("The difference was posted by")
	b.Look("bank-statement-reconciled")
	b.Click(`.recon a[href$="/2/undo"]`)
	b.Look("bank-undo")
	b.Click(`.confirm .danger`)
	b.See("is open again")
	for _, p := range [][2]string{{"bank-control", "/c/PSUS/bank-control/TREASURY?date=2026-12-31"}, {"bank-import", bankAt + "/import"}, {"checks", "/c/PSUS/checks"}} {
		b.Open(p[1])
		b.Look(p[0])
	}
	b.Become(site.SignedIn(identity.Controller))
	b.Open(bankAt + "/maps/edit?code=FIRST")
	b.Look("bank-map")
	d.MustVerify(t)
}
