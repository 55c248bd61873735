package payout

import (
	"context"
	"fmt"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

// NumberChecks gives payments by check the next numbers of their bank account, in the order given, and keeps each number's place for
// good: a number is never given twice.
func NumberChecks(ctx context.Context, tx *db.Tx, bank int64, payments []*Payment, names map[int64]string) error {
	var next int64
	err := tx.Row(ctx, "update bank_account set next_check = next_check + $1 where company = $2 and id = $3 returning next_check", len(payments), tx.Company, bank).Scan(&next)
	if err != nil {
		return err
	}
	next -= int64(len(payments))
	b := tx.Batch("check_number", "company", "bank", "number", "payment", "amount", "payee", "date", "state", "reason")
	for _, p := range payments {
		p.Number = strconv.FormatInt(next, 10)
		b.Int(tx.Company).Int(bank).Int(next).Int(p.ID).Int(int64(p.Amount)).Text(names[p.Payee]).Date(p.Date).Text("issued").Text("")
		next++
	}
	if err := b.Flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return fault.New(fault.Refused, "a check number from %s on is used already; set the next check number of the bank account", payments[0].Number).ByRule("check_number_used").Because(err)
		}
		return err
	}
	return nil
}

// SpoilChecks notes that numbers of a bank account were spoiled (torn, misprinted) before they paid anything.
func SpoilChecks(ctx context.Context, tx *db.Tx, bank *BankAccount, from, to int64, date civil.Date, reason string) error {
	switch {
	case reason == "":
		return fault.New(fault.Invalid, "spoiled checks need a reason").In("reason")
	case from < 1 || to < from || to-from >= maxSpoiled:
		return fault.New(fault.Invalid, "checks %d to %d cannot be spoiled at once; expected a range of at most %d", from, to, maxSpoiled).In("from")
	}
	b := tx.Batch("check_number", "company", "bank", "number", "payment", "amount", "payee", "date", "state", "reason")
	for n := from; n <= to; n++ {
		b.Int(tx.Company).Int(bank.ID).Int(n).Null().Int(0).Text("").Date(date).Text("void").Text(reason)
	}
	if err := b.Flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return fault.New(fault.Refused, "a check of %d to %d of bank account %s is used already; void its payment instead", from, to, bank.Code).ByRule("check_number_used")
		}
		return err
	}
	_, err := tx.Exec(ctx, "update bank_account set next_check = $1 where company = $2 and id = $3 and next_check between $4 and $5", to+1, tx.Company, bank.ID, from, to)
	return err
}

const maxSpoiled = 10_000

// voidChecks notes that the checks of payments are void.
func voidChecks(ctx context.Context, tx *db.Tx, payments []*Payment, reason string) error {
	var ids []int64
	for _, p := range payments {
		if p.Kind == ByCheck && p.Number != "" {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	those, arg := tx.Among("payment", "$3", ids)
	n, err := tx.Exec(ctx, "update check_number set state = 'void', reason = $1 where company = $2 and state = 'issued' and "+those, reason, tx.Company, arg)
	if err == nil && n != int64(len(ids)) {
		err = fault.New(fault.Violation, "%s; run quittance verify", fmt.Sprintf("%d of %d checks were issued", n, len(ids))).ByRule("check_number")
	}
	return err
}
