package pospay_test

import (
	"strings"
	"testing"

	"quittance/internal/civil"
	"quittance/internal/format/pospay"
)

func TestListOfChecks(t *testing.T) {
	all, err := pospay.ReadAnswers([]byte("\ufeffResult,Check,Account,Amount,Date,Reason\r\nundeliverable,0001001,MAIN,160.00,2026-12-04,\"moved, left no address\"\r\nPaid,1002,,,,\r\n"))
	if err != nil || len(all) != 2 {
		t.Fatalf("read %+v, %v", all, err)
	}
	if want := (pospay.CheckAnswer{Line: 2, Account: "MAIN", Check: "1001", Outcome: pospay.Undeliverable, Amount: "160.00", Date: civil.MustParse("2026-12-04"), Reason: "moved, left no address"}); all[0] != want {
		t.Errorf("read %+v, want %+v", all[0], want)
	}
	if all[1] != (pospay.CheckAnswer{Line: 3, Check: "1002", Outcome: pospay.Paid}) {
		t.Errorf("read %+v", all[1])
	}
}

func TestDamagedListsOfChecks(t *testing.T) {
	for _, x := range []struct{ name, text, says string }{
		{"empty", "", "header row"},
		{"no checks", "check,result\n", "names no check"},
		{"column missing", "check,amount\n1,2\n", `no column "result"`},
		{"column unknown", "check,result,colour\n", `column "colour"`},
		{"column twice", "check,result,check\n", "comes twice"},
		{"check", "check,result\n12a,paid\n", `line 2: check: "12a"`},
		{"result", "check,result\n12,burnt\n", `line 2: result: "burnt"`},
		{"amount", "check,result,amount\n12,paid,1.2.3\n", "line 2: amount"},
		{"amount negative", "check,result,amount\n12,paid,-5\n", "line 2: amount"},
		{"date", "check,result,date\n12,paid,04/12/2026\n", "line 2: date"},
		{"cells", "check,result\n12,paid,1\n", "line 2: it has 3 cells"},
		{"quotes", "check,result\n1,paid\n\"12,paid\n", "line 3"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if all, err := pospay.ReadAnswers([]byte(x.text)); err == nil || !strings.Contains(err.Error(), x.says) {
				t.Errorf("read %+v, %v, want %q", all, err, x.says)
			}
		})
	}
}

func FuzzListOfChecks(f *testing.F) {
	f.Add([]byte("check,result,account,amount,date,reason\n1001,stale,MAIN,1.00,2026-12-04,x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := pospay.ReadAnswers(data)
		if err == nil && len(all) == 0 {
			t.Error("nothing was read, and nothing is wrong")
		}
		for _, x := range all {
			if x.Check == "" || x.Outcome == "" || x.Line < 2 {
				t.Errorf("read %+v", x)
			}
		}
	})
}
