package app

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/payout"
)

const restOfFile = 1_000_000 // payments of one file, at most

// match finds the payments that the answers are about; what matches none, or several, says so.
func (r *answerReader) match(ctx context.Context, tx *db.Tx) ([]said, error) {
	var numbers []string
	for _, x := range r.all {
		if x.Number != "" {
			numbers = append(numbers, x.Number)
		}
	}
	found, err := payout.ByNumbers(ctx, tx, numbers)
	if err != nil {
		return nil, err
	}
	accounts, err := r.accounts(ctx, tx)
	if err != nil {
		return nil, err
	}
	var file *payout.File
	if i := slices.IndexFunc(r.all, func(x said) bool { return x.file != "" }); i >= 0 {
		if file, err = payout.FindFile(ctx, tx, r.all[i].file); err != nil {
			return nil, err
		}
	}
	named := map[int64]bool{}
	var all []said
	for _, x := range r.all {
		switch {
		case x.rest:
			rest, err := restOf(ctx, tx, file, x, named)
			if err != nil {
				return nil, err
			}
			all = append(all, rest...)
			continue
		case x.Problem == "":
			x.pick(r.format, found[x.Number], accounts)
			if x.payment != nil && file != nil && x.payment.File != file.ID {
				x.payment, x.Problem = nil, "payment "+x.Payment+" is not in the payment file "+file.Code+", which the report is about"
			}
		}
		if x.payment != nil {
			named[x.payment.ID] = true
		}
		all = append(all, x)
	}
	return all, nil
}

// restOf gives, of the payments of a file, those that are not named, as the report says of all.
func restOf(ctx context.Context, tx *db.Tx, f *payout.File, x said, named map[int64]bool) (all []said, err error) {
	payments, err := payout.After(ctx, tx, payout.Filter{File: f.ID}, 0, restOfFile)
	for _, p := range payments {
		if !named[p.ID] {
			one := x
			one.payment, one.Payment, one.Number, one.Amount = p, p.Name(), p.Number, amountOf(p.Currency, p.Amount)
			all = append(all, one)
		}
	}
	return all, err
}

// accounts gives the bank accounts by their codes and by their numbers, when a list of checks names any.
func (r *answerReader) accounts(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	if !slices.ContainsFunc(r.all, func(x said) bool { return x.account != "" }) {
		return nil, nil
	}
	banks, err := payout.Banks(ctx, tx)
	if err != nil {
		return nil, err
	}
	ids, at := make([]int64, len(banks)), map[string]int64{}
	for i, b := range banks {
		ids[i] = b.ID
	}
	details, err := party.BanksOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for _, s := range details {
		d, err := s.Open(tx.Company, r.keys)
		if err != nil {
			return nil, err
		}
		for _, number := range []string{d.AccountNumber, d.IBAN} {
			if number != "" {
				at[bareNumber(number)] = s.Party
			}
		}
	}
	for _, b := range banks {
		at[bareNumber(b.Code)] = b.ID
	}
	return at, nil
}

// bareNumber gives an account number as it is compared.
func bareNumber(s string) string {
	return strings.TrimLeft(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(s)), "0")
}

// pick chooses the payment that an answer is about among those of its number.
func (x *said) pick(kind payout.Kind, found []*payout.Payment, accounts map[string]int64) {
	found = slices.DeleteFunc(slices.Clone(found), func(p *payout.Payment) bool { return p.Kind != kind })
	if x.account != "" {
		bank, known := accounts[bareNumber(x.account)]
		if !known {
			x.Problem = "the account that it names is no bank account of the company"
			return
		}
		found = slices.DeleteFunc(found, func(p *payout.Payment) bool { return p.Bank != bank })
	}
	if len(found) > 1 && x.id != "" { // a trace number comes round, and two accounts of a bank count for themselves
		if own := slices.IndexFunc(found, func(p *payout.Payment) bool { return p.ShortName() == x.id }); own >= 0 {
			found = found[own : own+1]
		}
	}
	switch {
	case len(found) == 0:
		x.Problem = "no payment has the number " + x.Number
		return
	case len(found) > 1:
		x.Problem = "more than one payment has the number " + x.Number + "; note what came back by hand"
		return
	}
	p := found[0]
	x.Payment = p.Name()
	if x.Amount != "" && !sameAmount(p, x.Amount) {
		x.Problem = "payment " + p.Name() + " is of " + amountOf(p.Currency, p.Amount) + " " + p.Currency + ", the answer of " + x.Amount
		return
	}
	x.payment = p
}

func sameAmount(p *payout.Payment, text string) bool {
	cur, err := money.CurrencyOf(p.Currency)
	if err != nil {
		return false
	}
	a, err := cur.Parse(text)
	return err == nil && a == p.Amount
}
