package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/folder"
	"quittance/internal/format/nacha"
	"quittance/internal/job"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// withKeys opens the door with keys: each is an id and the byte that it is made of.
func withKeys(t *testing.T, database *db.DB, keys ...string) *apptest.Door {
	t.Helper()
	var texts []string
	for _, k := range keys {
		id, fill, _ := strings.Cut(k, "=")
		texts = append(texts, id+":"+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte(fill[:1]), 32)))
	}
	t.Setenv("QUITTANCE_KEY", strings.Join(texts, ","))
	ring, err := secret.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return apptest.Of(t, database, ring, func() time.Time { return apptest.Now })
}

// sealedCity is a city with many vendors' bank details, approved payments, a payment file and a bank file. It gives the journal that is approved.
func sealedCity(t *testing.T, d *apptest.Door) string {
	t.Helper()
	openVendors(t, d, "payment_approval_from,0.00")
	data, err := d.Export(t.Context(), apptest.Call, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		v := data.Vendors[2]
		v.Vendor, v.AccountNumber = fmt.Sprintf("X-%03d", i), fmt.Sprint(10_000_000+i/2)
		data.Vendors = append(data.Vendors, v)
	}
	if _, err := d.App.Import(t.Context(), apptest.Call, data); err != nil {
		t.Fatal(err)
	}
	pay := func(vendors ...string) string {
		code := propose(t, d, app.VendorPaymentSelection{Vendors: vendors})
		if _, err := d.ApproveVendorPayments(t.Context(), approver, app.VendorPaymentChoice{Journal: code}); err != nil {
			t.Fatal(err)
		}
		return code
	}
	if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: pay("V-1001")}}); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
		t.Fatal(err)
	}
	if _, err := importCSV(t, d, "1000.00", "2026-12-03,-1.25,,,Service charge,,"); err != nil {
		t.Fatal(err)
	}
	return pay("V-2", "V-3")
}

var errKilled = errors.New("killed")

// Keys are rotated in parts: killed in the middle everything can be read by both keys together, and started again it ends. What was
// approved stays approved, what was changed after it stays refused, and the same account is found as before.
func TestKeysAreRotated(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			database := dbtest.Open(t, dbtest.URL(t, kind))
			d := withKeys(t, database, "k1=a")
			code := sealedCity(t, d)
			changeApproved(t, d) // V-3's details, after the approval
			if _, err := withKeys(t, database, "k2=b", "k1=c").RotateKeys(t.Context(), apptest.Call, noProgress); err == nil {
				t.Fatal("keys are rotated with a wrong old one")
			} else {
				wantRule(t, err, "wrong_key")
			}
			_, err := withKeys(t, database, "k2=b").RotateKeys(t.Context(), apptest.Call, noProgress)
			wantRule(t, err, "no_key")
			wantKeys(t, withKeys(t, database, "k2=b", "k1=a"), 0, 603)
			d = withKeys(t, database, "k2=b", "k1=a")
			var first app.KeyRotation
			kill := func(r app.KeyRotation) error { first = r; return errKilled }
			if _, err := d.RotateKeys(t.Context(), apptest.Call, kill); !errors.Is(err, errKilled) || first.BankDetails != 500 || first.Approvals != 1 {
				t.Fatalf("killed after the first part: %+v, %v", first, err)
			}
			wantKeys(t, d, 500, 103)
			d.MustVerify(t)
			if _, err := d.Export(t.Context(), apptest.Call, true); err != nil {
				t.Errorf("in the middle the details are not readable: %v", err)
			}
			r, err := d.RotateKeys(t.Context(), apptest.Call, noProgress)
			if err != nil || r.BankDetails != 103 || r.Key != "k2" {
				t.Fatalf("the second time %+v, %v", r, err)
			}
			wantKeys(t, d, 603, 0)
			if r, err := d.RotateKeys(t.Context(), apptest.Call, noProgress); err != nil || r.BankDetails+r.PaymentFiles+r.BankFiles != 0 {
				t.Errorf("the third time %+v, %v", r, err)
			}
			audit, err := d.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "key.rotate"}, app.Page{})
			if err != nil || len(audit.Items) != 2 {
				t.Errorf("the audit trail has %+v, %v", audit.Items, err)
			}
			onlyNew(t, withKeys(t, database, "k2=b"), code)
		})
	}
}

// What else is kept sealed goes over to the new key too: letters to owners of unclaimed property, and passwords of schedules.
func TestKeysOfDocumentsAndSchedules(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			database := dbtest.Open(t, dbtest.URL(t, kind))
			d := withKeys(t, database, "k1=a")
			openUnclaimed(t, d, "25100", false)
			letters, err := d.MakeUnclaimedLetters(t.Context(), preparer, on("2026-11-20"))
			if err != nil {
				t.Fatal(err)
			}
			before, err := d.OpenUnclaimedLetters(t.Context(), preparer, letters.Letters)
			if err != nil {
				t.Fatal(err)
			}
			schedule(t, d, app.ScheduleEntry{Code: "DROP", Kind: job.Import, Secret: "right", ScheduleSettings: app.ScheduleSettings{Place: "sftp://quittance@127.0.0.1:2222/in", HostKey: "SHA256:" + strings.Repeat("A", 43)}})
			uses, err := d.App.Keys(t.Context(), apptest.Call)
			if err != nil || len(uses) != 1 || uses[0].Documents != 1 || uses[0].Schedules != 1 {
				t.Fatalf("the keys are %+v, %v", uses, err)
			}
			r, err := withKeys(t, database, "k2=b", "k1=a").RotateKeys(t.Context(), apptest.Call, noProgress)
			if err != nil || r.Documents != 1 || r.Schedules != 1 {
				t.Fatalf("rotated %+v, %v", r, err)
			}
			alone := withKeys(t, database, "k2=b")
			after, err := alone.OpenUnclaimedLetters(t.Context(), preparer, letters.Letters)
			if err != nil || !bytes.Equal(after.Content, before.Content) {
				t.Errorf("with the new key alone the letters are not what they were: %v", err)
			}
			if uses, err = alone.App.Keys(t.Context(), apptest.Call); err != nil || uses[0].Key != "k2" || uses[0].Documents != 1 || uses[0].Schedules != 1 {
				t.Errorf("then the keys are %+v, %v", uses, err)
			}
			if _, err := alone.RotateKeys(t.Context(), apptest.Call, noProgress); err != nil {
				t.Errorf("the old key is still needed: %v", err)
			}
		})
	}
}

// Bank details that are proposed, and not decided on yet, go over too: with the new key alone they are accepted, and are the payee's.
func TestKeysOfProposedBankDetails(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			database := dbtest.Open(t, dbtest.URL(t, kind))
			d := withKeys(t, database, "k1=a")
			_, p := sentVendors(t, d, 0)
			readAnswers(t, d, ach(nil, []nacha.Change{{Trace: p["V-2"].Number, Code: "C01", OldAccount: "20002000", Corrected: "77770000"}}), "")
			if _, err := withKeys(t, database, "k2=b", "k1=a").RotateKeys(t.Context(), apptest.Call, noProgress); err != nil {
				t.Fatal(err)
			}
			alone := withKeys(t, database, "k2=b")
			if x, err := alone.DecideBankProposal(t.Context(), approver, 1, true, "called the payee"); err != nil || x.State != party.ProposalAccepted {
				t.Fatalf("with the new key alone: %+v, %v", x, err)
			}
			data, err := alone.Export(t.Context(), apptest.Call, true)
			if err != nil || !slices.ContainsFunc(data.Vendors, func(v folder.Vendor) bool { return v.Vendor == "V-2" && v.AccountNumber == "77770000" }) {
				t.Errorf("the vendors are %+v, %v", data.Vendors, err)
			}
		})
	}
}

func noProgress(app.KeyRotation) error { return nil }

// changeApproved changes the bank details of V-3 and confirms them, which makes the approval of its payment void.
func changeApproved(t *testing.T, d *apptest.Door) {
	t.Helper()
	data, err := d.Export(t.Context(), apptest.Call, true)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data.Vendors {
		if data.Vendors[i].Vendor == "V-3" {
			data.Vendors[i].AccountNumber = "30003001"
		}
	}
	if _, err := d.App.Import(t.Context(), apptest.Call, data); err != nil {
		t.Fatal(err)
	}
	if err := d.ConfirmBankDetails(t.Context(), approver, "V-3"); err != nil {
		t.Fatal(err)
	}
}

func wantKeys(t *testing.T, d *apptest.Door, is, was int64) {
	t.Helper()
	uses, err := d.App.Keys(t.Context(), apptest.Call)
	if err != nil || len(uses) != 2 || uses[0].Key != "k2" || !uses[0].Current || uses[0].BankDetails < is || uses[1].BankDetails > was || uses[0].BankDetails+uses[1].BankDetails != is+was {
		t.Errorf("the keys are %+v, %v; want %d and %d bank details", uses, err, is, was)
	}
}

// onlyNew proves that the new key alone does.
func onlyNew(t *testing.T, d *apptest.Door, code string) {
	t.Helper()
	if _, err := d.Export(t.Context(), apptest.Call, true); err != nil {
		t.Errorf("export: %v", err)
	}
	files, err := d.PaymentFiles(t.Context(), treasurer, app.PaymentFileFilter{}, app.Page{})
	if err != nil || len(files.Items) != 1 {
		t.Fatalf("the files are %+v, %v", files, err)
	}
	if x, err := d.OpenPaymentFile(t.Context(), treasurer, files.Items[0].Code); err != nil || len(x.Content) == 0 {
		t.Errorf("the payment file: %v", err)
	}
	made, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: code}})
	if err != nil || len(made.Files) != 1 || len(made.Refused) != 1 || !strings.Contains(made.Refused[0].Problem, "is not what ada approved") {
		t.Errorf("generated %+v, %v", made, err)
	}
	err = d.DB.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		var pairs int64
		err := tx.Row(ctx, "select count(*) from bank_detail x join bank_detail y on y.company = x.company and y.fingerprint = x.fingerprint and y.party < x.party").Scan(&pairs)
		if pairs != 300 {
			t.Errorf("%d pairs share an account, want 300", pairs)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
