package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

// Statements of every format come in through the door, once; damaged ones and those that do not add up do not, and say where and why.
func TestStatementsOfEachFormat(t *testing.T) {
	formats := []struct {
		name, good, closing string
		lines               int
		currency            string
		damaged             map[string]string // file, and what is said of it
	}{
		{"camt.053.001.02", "camt/testdata/camt.053.001.02.xml", "3212.85", 0, "EUR", nil},
		{"camt.053.001.04", "camt/testdata/camt.053.001.04.xml", "3212.85", 0, "EUR", nil},
		{"camt.053.001.08", "camt/testdata/camt.053.001.08.xml", "3212.85", 0, "EUR", map[string]string{"camt/testdata/damaged-balance.xml": "does not add up", "camt/testdata/damaged-cut-off.xml": "", "camt/testdata/damaged-amount.xml": "Ntry"}},
		{"bai2", "bai2/testdata/statements/previous-day.bai2", "15661.20", 0, "USD", map[string]string{"bai2/testdata/statements/damaged-balance.bai2": "does not add up", "bai2/testdata/statements/damaged-cut-off.bai2": "", "bai2/testdata/statements/damaged-control-total.bai2": "line 25"}},
		{"mt940", "mt940/testdata/bare.sta", "2287.85", 6, "EUR", map[string]string{"mt940/testdata/damaged-balance.sta": "does not add up", "mt940/testdata/damaged-cut-off.sta": "", "mt940/testdata/damaged-amount.sta": "line "}},
		{"ofx", "ofx/testdata/sgml.ofx", "", 0, "USD", map[string]string{"ofx/testdata/damaged-balance.ofx": "", "ofx/testdata/damaged-cut-off.ofx": "", "ofx/testdata/damaged-amount.ofx": "line "}},
		{"csv", "", "838.75", 2, "USD", nil},
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		d := apptest.New(t, dbtest.Open(t, url))
		f := apptest.PublicSector()
		var rows []string
		for i := range formats {
			rows = append(rows, fmt.Sprintf("1903%d,Bank %d,asset,bank", i, i))
		}
		d.Import(t, f.Append("accounts", rows...))
		for i, x := range formats {
			t.Run(x.name, func(t *testing.T) {
				bank := "B" + fmt.Sprint(i)
				if err := d.SaveBankAccount(t.Context(), apptest.Call, app.BankAccountRow{Code: bank, Account: fmt.Sprintf("999-1903%d", i), Currency: x.currency, NextCheck: 1}); err != nil {
					t.Fatal(err)
				}
				columns := ""
				if x.name == "csv" {
					columns = "first"
					if err := d.SaveBankMap(t.Context(), apptest.Call, columns, []byte(strings.ReplaceAll(bankMap, "123456789", bank))); err != nil {
						t.Fatal(err)
					}
				}
				bring := func(path string) ([]app.BankStatement, error) {
					data := csvOf("1000.00", "2026-12-02,-160.00,1001,,Check paid,,", "2026-12-03,-1.25,,,Service charge,,")
					if path != "" {
						var err error
						if data, err = os.ReadFile(filepath.Join("..", "format", path)); err != nil {
							t.Fatal(err)
						}
					}
					return d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: filepath.Base(path), Data: data, Bank: bank, Map: columns})
				}
				for path, says := range x.damaged {
					if all, err := bring(path); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), says) {
						t.Errorf("%s: brought in %+v, %v, want %q", path, all, err, says)
					}
				}
				if strings.HasPrefix(x.name, "camt.") {
					spoiled(t, d, x.name, bank)
				}
				all, err := bring(x.good)
				if err != nil || len(all) != 1 || all[0].Lines == 0 || (x.closing != "" && all[0].Closing != x.closing) || (x.lines != 0 && all[0].Lines != x.lines) {
					t.Fatalf("brought in %+v, %v", all, err)
				}
				_, err = bring(x.good)
				refusedBy(t, err, "statement_twice", bank+"/1")
				c, err := d.BankControl(t.Context(), apptest.Call, bank, civil.MustParse("2027-12-31"))
				if err != nil || c.Off != "0.00" || c.Statement != all[0].Closing || c.NLines != all[0].Lines {
					t.Errorf("the control is %+v, %v", c, err)
				}
			})
		}
		for cell, says := range map[string]string{"-1x60": "line 3, column B", "": "is blank"} {
			data := csvOf("1000.00", "2026-12-02,"+cell+",1001,,Check paid,,")
			if all, err := d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: "bank.csv", Data: data, Bank: "B6", Map: "first"}); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), says) {
				t.Errorf("the amount %q: brought in %+v, %v, want %q", cell, all, err, says)
			}
		}
		// A statement that does not begin where the last one ended is not taken.
		_, err := d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: "bank.csv", Data: csvOf("838.74", "2026-12-05,5.00,,,,,"), Bank: "B6", Map: "first"})
		refusedBy(t, err, "statement_gap", "838.74", "838.75")
		// What is no final statement is none.
		for path, rule := range map[string]string{
			"camt/testdata/camt.054.001.02.xml": "not_final", "camt/testdata/camt.054.001.04.xml": "not_final", "camt/testdata/camt.054.001.08.xml": "not_final", "camt/testdata/camt.052.001.08.xml": "not_final", "bai2/testdata/statements/same-day.bai2": "not_final",
		} {
			data, err := os.ReadFile(filepath.Join("..", "format", path))
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: path, Data: data, Bank: "B0"})
			refusedBy(t, err, rule)
		}
		d.MustVerify(t)
	})
}

// spoiled spoils a good camt file of a version: cut off, with a balance that does not add up, an amount that is none, and one of a day
// that is none. Each is refused, and says where and why.
func spoiled(t *testing.T, d *apptest.Door, version, bank string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "format", "camt", "testdata", version+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	swap := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("%s has no %q", version, from)
		}
		return strings.Replace(good, from, to, 1)
	}
	for says, text := range map[string]string{
		"ends":             good[:len(good)/2],
		"does not add up":  swap(">3212.85<", ">3212.86<"),
		"1x500.25":         swap(">1500.25<", ">1x500.25<"),
		"camt.053.001.099": strings.ReplaceAll(good, version, "camt.053.001.099"),
	} {
		all, err := d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: "spoiled.xml", Data: []byte(text), Bank: bank})
		if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: brought in %+v, %v, want %q", version, all, err, says)
		}
	}
}
