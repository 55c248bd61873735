package demo

import (
	"os"
	"reflect"
	"testing"

	"quittance/internal/folder"
)

// The sample must be a folder that a user could have written: it reads back as what it is.
func TestCityIsAFolder(t *testing.T) {
	data := city(true)
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
	if !reflect.DeepEqual(city(true), data) {
		t.Error("the sample is not the same each time")
	}
	without := city(false)
	for i := range without.Customers {
		if c := without.Customers[i]; c.AccountNumber != "" || c.Name != data.Customers[i].Name {
			t.Fatalf("without a key customer %s has bank details, or is another one", c.Customer)
		}
	}
}
