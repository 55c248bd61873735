package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/openitem"
)

// StatementLine is one movement of a party's account; debit positive, and the balance after it.
type StatementLine struct {
	Date     civil.Date `json:"date"`
	Voucher  string     `json:"voucher"`
	Type     string     `json:"type"`
	Text     string     `json:"text"`
	Currency string     `json:"currency"`
	Debit    string     `json:"debit"`
	Credit   string     `json:"credit"`
	Balance  string     `json:"balance"`
}

// Statement is the account of a party between two dates, by currency, date and voucher.
type Statement struct {
	Party   string          `json:"party"`
	From    civil.Date      `json:"from"`
	To      civil.Date      `json:"to"`
	Opening []AmountIn      `json:"opening"` // by currency; debit positive
	Lines   []StatementLine `json:"lines"`
	Closing []AmountIn      `json:"closing"`
}

// AmountIn is an amount in a currency.
type AmountIn struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Statement gives the account of a party; blank dates are no bounds.
func (a *App) Statement(ctx context.Context, call Call, side openitem.Side, code string, from, to civil.Date) (*Statement, error) {
	return nil, unbuilt()
}
