package app_test

import (
	"slices"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/openitem"
)

// All pages together are all open items, whatever their length.
func TestOpenItemsPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		order := func(a, b app.OpenItem) int {
			return slices.Compare([]string{a.Party, a.Voucher, a.Account, a.Classification}, []string{b.Party, b.Voucher, b.Account, b.Classification})
		}
		for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
			want, err := d.OpenItems(ctx, apptest.Call, side, "", false)
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(want, order)
			for _, limit := range []int{1, 3, 1000} {
				var got []app.OpenItem
				for after, pages := "", 0; ; pages++ {
					items, next, err := d.OpenItemsPage(ctx, apptest.Call, side, after, limit)
					if err != nil || len(items) > limit || pages > len(want) {
						t.Fatal(items, next, err)
					}
					got = append(got, items...)
					if next == "" {
						break
					}
					after = next
				}
				slices.SortFunc(got, order)
				if !slices.Equal(got, want) {
					t.Errorf("pages of %d %ss give\n%+v\nwant\n%+v", limit, side, got, want)
				}
			}
			if side == openitem.Customers && len(want) < 4 {
				t.Errorf("%d items show too little", len(want))
			}
		}
		for _, bad := range []struct {
			after string
			limit int
		}{{"", 0}, {"x", 5}, {"1.2", 5}} {
			if _, _, err := d.OpenItemsPage(ctx, apptest.Call, openitem.Customers, bad.after, bad.limit); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%+v gives %v", bad, err)
			}
		}
	})
}
