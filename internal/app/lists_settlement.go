package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/openitem"
)

// SettlementRow is one settlement of a party's account: what it joined, and whether it still holds.
type SettlementRow struct {
	ID       int64      `json:"id"`
	Date     civil.Date `json:"date"`
	Kind     string     `json:"kind"`
	Debit    string     `json:"debit_voucher"`
	Credit   string     `json:"credit_voucher"`
	Currency string     `json:"currency"`
	Amount   string     `json:"amount"`
	By       string     `json:"by"`
	At       string     `json:"at"`
	Undone   bool       `json:"undone"`
	Undoes   int64      `json:"undoes,omitempty"`
}

// Settlements gives the settlements of a party, the newest first.
func (a *App) Settlements(ctx context.Context, call Call, side openitem.Side, code string, p Page) (Part[SettlementRow], error) {
	return Part[SettlementRow]{}, unbuilt()
}

// MarkRow is a pending settlement: who means to settle what, and how much.
type MarkRow struct {
	Journal  string `json:"journal"`
	Line     string `json:"line"`
	Holder   string `json:"holder"`
	Side     string `json:"side"` // customer or vendor
	Party    string `json:"party"`
	Voucher  string `json:"voucher"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Marks gives the marks, by journal, of one party or (blank) of all.
func (a *App) Marks(ctx context.Context, call Call, side openitem.Side, party string, p Page) (Part[MarkRow], error) {
	return Part[MarkRow]{}, unbuilt()
}
