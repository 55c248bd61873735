package folder_test

import (
	"fmt"
	"strings"
	"testing"

	"quittance/internal/folder"
)

// BenchmarkReadVouchers reads 100 000 rows of vouchers.
func BenchmarkReadVouchers(b *testing.B) {
	var text strings.Builder
	text.WriteString("voucher,date,type,customer,account,debit,credit,text\n")
	for i := range 50_000 {
		fmt.Fprintf(&text, "V%d,2026-01-05,payment,C%d,1000,12.50,,Overpayment\nV%d,2026-01-05,payment,C%d,1100,,12.50,Overpayment\n", i, i, i, i)
	}
	fsys := with(map[string]string{"vouchers.csv": text.String()})
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := folder.ReadFS(fsys); err != nil {
			b.Fatal(err)
		}
	}
}
