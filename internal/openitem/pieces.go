package openitem

import (
	"cmp"
	"slices"

	"quittance/internal/ledger"
)

// Controls gives a debit line for each ledger account and classification that pieces of credits of a party stand on, in byte order: what
// settles them whole.
func Controls(party int64, currency string, pieces []Piece) []ledger.Entry {
	var all []ledger.Entry
	for _, x := range pieces {
		at := slices.IndexFunc(all, func(e ledger.Entry) bool {
			return e.Account.Written == x.Item.Account.Written && e.Classification == x.Item.Classification
		})
		if at < 0 {
			at = len(all)
			all = append(all, ledger.Entry{Account: x.Item.Account, Party: party, Currency: currency, Classification: x.Item.Classification})
		}
		all[at].Amount += x.Amount
		all[at].Accounting += x.Accounting
	}
	slices.SortStableFunc(all, func(a, b ledger.Entry) int {
		return cmp.Or(cmp.Compare(a.Account.Written, b.Account.Written), cmp.Compare(a.Classification, b.Classification))
	})
	return all
}

// LinkPieces joins the items of [Controls], fresh from [Changes.Add], with the pieces of credits that they settle; both lose what is
// settled.
func LinkPieces(fresh []*Item, pieces []Piece) []Link {
	links := make([]Link, 0, len(pieces))
	for _, x := range pieces {
		d := fresh[slices.IndexFunc(fresh, func(it *Item) bool {
			return it.Account.Written == x.Item.Account.Written && it.Classification == x.Item.Classification
		})]
		links = append(links, Link{Debit: d, Credit: x.Item, Amount: x.Amount, Accounting: x.Accounting})
		d.Open, d.Accounting = d.Open-x.Amount, d.Accounting-x.Accounting
	}
	Take(pieces)
	return links
}
