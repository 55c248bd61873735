package demo

import (
	"os"
	"reflect"
	"testing"
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
)

var sampled = civil.Of(2028, 2, 29) // when the sample is made

// Whenever the samples are made, their calendars go on beyond the day, and the month of the district is over, and has begun on a Tuesday
// since which no other could be over.
func TestSamplesOfAnyDay(t *testing.T) {
	for n := range 800 {
		today := civil.Of(2026, 11, 20).AddDays(n)
		first := tuesday(today)
		if ago := today.Sub(first); first.Time().Weekday() != time.Tuesday || ago < monthLength || ago >= monthLength+7 {
			t.Fatalf("on %s the month begins on %s, a %s", today, first, first.Time().Weekday())
		}
		for _, data := range []*folder.Data{{Periods: (&builder{today: today}).periods()}, {Periods: (&builder{today: today, first: first}).periods()}} {
			for i, p := range data.Periods {
				if i > 0 && p.Start != data.Periods[i-1].End.AddDays(1) {
					t.Fatalf("on %s the periods have a gap before %s", today, p.Start)
				}
			}
			if last := data.Periods[len(data.Periods)-1]; last.End < today.AddDays(aheadDays) || last.Status != "open" {
				t.Fatalf("on %s the periods end with %+v", today, last)
			}
		}
	}
}

// The sample must be a folder that a user could have written: it reads back as what it is.
func TestCityIsAFolder(t *testing.T) {
	data := city(true, sampled)
	dir := t.TempDir()
	if err := folder.Write(dir, data); err != nil {
		t.Fatal(err)
	}
	back, err := folder.ReadFS(os.DirFS(dir))
	if err != nil {
		t.Fatalf("the sample is no company folder: %v", err)
	}
	if len(back.Vouchers) != len(data.Vouchers) || len(back.Customers) != len(data.Customers) || len(back.Settlements) != len(data.Settlements) {
		t.Error("the sample reads back otherwise")
	}
	if !reflect.DeepEqual(city(true, sampled), data) {
		t.Error("the sample is not the same each time")
	}
	without := city(false, sampled)
	for i := range without.Customers {
		if c := without.Customers[i]; c.AccountNumber != "" || c.Name != data.Customers[i].Name {
			t.Fatalf("without a key customer %s has bank details, or is another one", c.Customer)
		}
	}
}
