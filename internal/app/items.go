package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/journal"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// OpenItem is an item as people and programs see it: debit positive, credit negative.
type OpenItem struct {
	Party          string     `json:"party"`
	Voucher        string     `json:"voucher"`
	Type           string     `json:"type"`
	Account        string     `json:"account"`
	Classification string     `json:"classification"`
	Currency       string     `json:"currency"`
	Date           civil.Date `json:"date"`
	DueDate        civil.Date `json:"due_date"`
	Amount         string     `json:"amount"`
	Open           string     `json:"open"`
	Marked         string     `json:"marked,omitempty"` // what pending settlements hold, positive; blank when none do
}

// OpenItems gives the items of the customers (or vendors), open ones only unless closed, by date, voucher and line. A blank
// party is all of them.
func (a *App) OpenItems(ctx context.Context, call Call, side openitem.Side, code string, closed bool) ([]OpenItem, error) {
	views := []OpenItem{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		codes, id, err := partyCodes(ctx, tx, side, code)
		if err != nil {
			return err
		}
		items, err := openitem.History(ctx, tx, c, side, id, closed)
		if err != nil {
			return err
		}
		views, err = viewItems(c, items, codes)
		return err
	})
	return views, err
}

func viewItems(c *ledger.Company, items []*openitem.Item, codes map[int64]string) ([]OpenItem, error) {
	views := make([]OpenItem, 0, len(items))
	for _, it := range items {
		cur, err := money.CurrencyOf(it.Currency)
		if err != nil {
			return nil, err
		}
		v := OpenItem{
			Party: codes[it.Party], Voucher: it.Number, Type: it.Type.String(), Account: it.Account.Written, Classification: c.ClassificationCode(it.Classification),
			Currency: it.Currency, Date: it.Date, DueDate: it.Due, Amount: cur.Format(it.Amount), Open: cur.Format(it.Open),
		}
		if it.Marked != 0 {
			v.Marked = cur.Format(it.Marked)
		}
		views = append(views, v)
	}
	return views, nil
}

// OpenItemsPage gives the next open items of all customers (or vendors), at most limit, customer by customer in the order in which
// they were made, then by voucher and line. after is blank for the first page, else what the page before gave as next; next is
// blank at the end.
func (a *App) OpenItemsPage(ctx context.Context, call Call, side openitem.Side, after string, limit int) (views []OpenItem, next string, err error) {
	var from openitem.Position
	if after != "" {
		if n, err := fmt.Sscanf(after, "%d.%d.%d", &from.Party, &from.Voucher, &from.Line); n != 3 || err != nil {
			return nil, "", fault.New(fault.Invalid, "%q is not where a page ends; give what the page before said, or nothing for the first page", after).In("after")
		}
	}
	if limit < 1 {
		return nil, "", fault.New(fault.Invalid, "a page of %d items is none; ask for 1 or more", limit).In("limit")
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		items, err := openitem.Page(ctx, tx, c, side, from, limit)
		if err != nil {
			return err
		}
		codes, err := codesOf(ctx, tx, side, items)
		if err != nil {
			return err
		}
		if n := len(items); n == limit {
			next = fmt.Sprintf("%d.%d.%d", items[n-1].Party, items[n-1].Voucher, items[n-1].Line)
		}
		views, err = viewItems(c, items, codes)
		return err
	})
	return views, next, err
}

// codesOf gives the codes of the parties of items, by id.
func codesOf(ctx context.Context, tx *db.Tx, side openitem.Side, items []*openitem.Item) (map[int64]string, error) {
	ids := make([]int64, len(items))
	for i, it := range items {
		ids[i] = it.Party
	}
	codes := map[int64]string{}
	if side == openitem.Vendors {
		vendors, err := party.VendorsByID(ctx, tx, ids)
		for id, v := range vendors {
			codes[id] = v.Code
		}
		return codes, err
	}
	customers, err := party.CustomersByID(ctx, tx, ids)
	for id, c := range customers {
		codes[id] = c.Code
	}
	return codes, err
}

// partyCodes gives the codes of the parties of a side by id, and the id of the one named (0 when none is).
func partyCodes(ctx context.Context, tx *db.Tx, side openitem.Side, code string) (map[int64]string, int64, error) {
	codes := map[int64]string{}
	if code != "" {
		id, err := partyID(ctx, tx, side, code)
		codes[id] = code
		return codes, id, err
	}
	if side == openitem.Vendors {
		all, err := party.Vendors(ctx, tx)
		for _, v := range all {
			codes[v.ID] = v.Code
		}
		return codes, 0, err
	}
	all, err := party.Customers(ctx, tx)
	for _, c := range all {
		codes[c.ID] = c.Code
	}
	return codes, 0, err
}

func partyID(ctx context.Context, tx *db.Tx, side openitem.Side, code string) (int64, error) {
	if side == openitem.Vendors {
		v, err := party.FindVendor(ctx, tx, code)
		return v.ID, err
	}
	c, err := party.FindCustomer(ctx, tx, code)
	return c.ID, err
}

// byHand gives the id of a party whose items are settled or marked by hand, which those of the deduction management customer are not.
func byHand(ctx context.Context, tx *db.Tx, c *ledger.Company, side openitem.Side, code string) (int64, error) {
	id, err := partyID(ctx, tx, side, code)
	if err == nil && id == c.DeductionCustomer {
		err = fault.New(fault.Refused, "%s is the customer on whom deductions are held; they are resolved (quittance deductions resolve), never settled or marked by hand", code).In("customer").ByRule("deduction_customer")
	}
	return id, err
}

// SettleRequest asks for the settlement of a debit voucher with a credit voucher of one party, or of one family of customers.
type SettleRequest struct {
	Side          openitem.Side
	Party         string // of the debit (and of the credit, unless CreditParty says otherwise)
	CreditParty   string
	Debit, Credit string // voucher numbers
	Amount        string // decimal; blank: as much as both have
	Date          civil.Date
}

// Settled says what a settlement did.
type Settled struct {
	Debit    string `json:"debit_voucher"`
	Credit   string `json:"credit_voucher"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
	Voucher  string `json:"voucher"`     // the settlement voucher; blank for a mere link
	Left     string `json:"debit_open"`  // what stays open of the debit
	Over     string `json:"credit_open"` // what stays open of the credit
}

func settled(app *openitem.Application) Settled {
	cur, _ := money.CurrencyOf(app.Debit.Currency)
	s := Settled{Debit: app.Debit.Number, Credit: app.Credit.Number, Currency: cur.Code, Amount: cur.Format(app.Amount), Left: cur.Format(app.Debit.Open()), Over: cur.Format(app.Credit.Open())}
	if app.Voucher != nil {
		s.Voucher = app.Voucher.Number
	}
	return s
}

// Settle settles two documents.
func (a *App) Settle(ctx context.Context, call Call, req SettleRequest) (Settled, error) {
	return doSmall(ctx, a, call, command{name: "settle", permission: identity.PostVoucher, input: req}, req.settle)
}

func (req SettleRequest) settle(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, Settled, error) {
	var none Settled
	debit, credit, err := findPair(ctx, tx, c, req)
	if err != nil {
		return "", nil, none, err
	}
	var amount money.Amount
	if req.Amount != "" {
		cur, err := money.CurrencyOf(debit.Currency)
		if err != nil {
			return "", nil, none, err
		}
		if amount, err = cur.Parse(req.Amount); err != nil || amount <= 0 {
			return "", nil, none, fault.New(fault.Invalid, "%q is not an amount to settle; expected a positive decimal", req.Amount).In("amount")
		}
	}
	app, err := openitem.Settle(ctx, tx, c, debit, credit, amount, orToday(req.Date, tx))
	if err != nil {
		return "", nil, none, err
	}
	s := settled(app)
	return req.Debit, s, s, errors.Join(deduction.Repaid(ctx, tx, c, app.Paid()), followSettled(ctx, tx, req.Side, app.Paid()))
}

// findPair finds the two documents; parties that differ must be of one family.
func findPair(ctx context.Context, tx *db.Tx, c *ledger.Company, req SettleRequest) (debit, credit *openitem.Document, err error) {
	id, err := byHand(ctx, tx, c, req.Side, req.Party)
	if err != nil {
		return nil, nil, err
	}
	other := id
	if req.CreditParty != "" && req.CreditParty != req.Party {
		if _, err = byHand(ctx, tx, c, req.Side, req.CreditParty); err != nil {
			return nil, nil, err
		}
		if other, err = family(ctx, tx, req); err != nil {
			return nil, nil, err
		}
	}
	if other == id && req.Debit != req.Credit {
		docs, err := openitem.FindAll(ctx, tx, c, req.Side, id, req.Debit, req.Credit)
		if err != nil {
			return nil, nil, err
		}
		return docs[0], docs[1], nil
	}
	if debit, err = openitem.Find(ctx, tx, c, req.Side, id, req.Debit); err != nil {
		return nil, nil, err
	}
	credit, err = openitem.Find(ctx, tx, c, req.Side, other, req.Credit)
	return debit, credit, err
}

func family(ctx context.Context, tx *db.Tx, req SettleRequest) (int64, error) {
	if req.Side == openitem.Vendors {
		return 0, fault.New(fault.Refused, "vendors have no families; both documents must be of one vendor").ByRule("no_family")
	}
	x, err := party.FindCustomer(ctx, tx, req.Party)
	if err != nil {
		return 0, err
	}
	y, err := party.FindCustomer(ctx, tx, req.CreditParty)
	if err != nil {
		return 0, err
	}
	if party.OneFamily(x, y) {
		return y.ID, nil
	}
	return 0, fault.New(fault.Refused, "%s and %s are not of one family: neither is the parent of the other, and they share none", x.Code, y.Code).ByRule("no_family")
}

func orToday(d civil.Date, tx *db.Tx) civil.Date {
	if d.IsZero() {
		return tx.Today()
	}
	return d
}

// AutoSettle settles what is open of a party by the priority order.
func (a *App) AutoSettle(ctx context.Context, call Call, side openitem.Side, code string, date civil.Date) ([]Settled, error) {
	cmd := command{name: "settle.auto", permission: identity.PostVoucher, input: []any{side, code, date}}
	return do(ctx, a, call, cmd, autoSettle(side, code, date))
}

func autoSettle(side openitem.Side, code string, date civil.Date) work[[]Settled] {
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []Settled, error) {
		id, err := byHand(ctx, tx, c, side, code)
		if err != nil {
			return "", nil, nil, err
		}
		apps, err := openitem.Auto(ctx, tx, c, side, id, orToday(date, tx))
		if err != nil {
			return "", nil, nil, err
		}
		all, paid := []Settled{}, []openitem.Paid{}
		for _, app := range apps {
			all, paid = append(all, settled(app)), append(paid, app.Paid()...)
		}
		return code, map[string]int{"settlements": len(all)}, all, errors.Join(deduction.Repaid(ctx, tx, c, paid), followSettled(ctx, tx, side, paid))
	}
}

// Unsettle undoes the settlements of two vouchers: closed-transaction editing. It gives the amount that is open again.
func (a *App) Unsettle(ctx context.Context, call Call, req SettleRequest) (string, error) {
	return do(ctx, a, call, command{name: "unsettle", permission: identity.PostVoucher, input: req}, req.unsettle)
}

func (req SettleRequest) unsettle(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, string, error) {
	id, err := byHand(ctx, tx, c, req.Side, req.Party)
	if err != nil {
		return "", nil, "", err
	}
	reopened, paid, err := openitem.Unsettle(ctx, tx, c, req.Side, id, req.Debit, req.Credit, orToday(req.Date, tx))
	if err != nil {
		return "", nil, "", err
	}
	var code string
	if err := tx.Row(ctx, "select e.currency from entry e join voucher v on v.company = e.company and v.id = e.voucher where v.company = $1 and v.number = $2 and e.party = $3 limit 1", c.ID, req.Debit, id).Scan(&code); err != nil {
		return "", nil, "", err
	}
	if err := errors.Join(deduction.Repaid(ctx, tx, c, paid), followSettled(ctx, tx, req.Side, paid)); err != nil {
		return "", nil, "", err
	}
	cur, err := money.CurrencyOf(code)
	text := cur.Format(reopened) + " " + code
	return req.Debit, map[string]string{"credit_voucher": req.Credit, "reopened": text}, text, err
}

// MarkRequest asks for a mark on a document.
type MarkRequest struct {
	Side    openitem.Side
	Party   string
	Voucher string
	Journal string
	Line    string
	Holder  string // blank: the actor
	Amount  string // decimal; blank: all that is available
}

// Mark places a pending settlement on a document, and gives its amount.
func (a *App) Mark(ctx context.Context, call Call, req MarkRequest) (string, error) {
	cmd := command{name: "mark", permission: identity.PostVoucher, input: req}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, string, error) {
		if req.Journal == "" {
			return "", nil, "", fault.New(fault.Invalid, "a mark needs the journal that holds it").In("journal")
		}
		if err := cmp.Or(notOfPayments(ctx, tx, req.Journal), notOfRequests(ctx, tx, req.Journal)); err != nil {
			return "", nil, "", err
		}
		id, err := byHand(ctx, tx, c, req.Side, req.Party)
		if err != nil {
			return "", nil, "", err
		}
		d, err := openitem.Find(ctx, tx, c, req.Side, id, req.Voucher)
		if err != nil {
			return "", nil, "", err
		}
		cur, err := money.CurrencyOf(d.Currency)
		if err != nil {
			return "", nil, "", err
		}
		var amount money.Amount
		if req.Amount != "" {
			if amount, err = cur.Parse(req.Amount); err != nil || amount <= 0 {
				return "", nil, "", fault.New(fault.Invalid, "%q is not an amount to mark; expected a positive decimal", req.Amount).In("amount")
			}
		}
		m := &openitem.Mark{Journal: req.Journal, Line: req.Line, Holder: req.Holder}
		if m.Holder == "" {
			m.Holder = tx.Actor
		}
		if err := openitem.Place(ctx, tx, c, m, d, amount); err != nil {
			return "", nil, "", err
		}
		text := cur.Format(m.Amount) + " " + cur.Code
		return req.Voucher, map[string]string{"journal": req.Journal, "amount": text}, text, nil
	})
}

// notOfPayments refuses the marks of a payment journal, which come and go with its applications.
func notOfPayments(ctx context.Context, tx *db.Tx, code string) error {
	is, err := journal.Exists(ctx, tx, code)
	if err == nil && is {
		err = fault.New(fault.Refused, "%s is a payment journal, whose marks are its applications: apply its lines, or take that back: quittance payments apply %s", code, code).In("journal").ByRule("belongs_to_payment")
	}
	if err != nil {
		return err
	}
	if _, err := payout.FindJournal(ctx, tx, code); fault.CodeOf(err) != fault.NotFound {
		if err != nil {
			return err
		}
		return fault.New(fault.Refused, "%s is a vendor payment journal, whose marks are its payments: take them out instead: quittance vendor-payments cancel %s --reason TEXT", code, code).In("journal").ByRule("belongs_to_payment")
	}
	return nil
}

// Unmark releases the marks of a journal: on one voucher of a party, or all of them when voucher is blank. It gives their number.
func (a *App) Unmark(ctx context.Context, call Call, side openitem.Side, holder, code, voucher string) (int, error) {
	cmd := command{name: "unmark", permission: identity.PostVoucher, input: []any{side, holder, code, voucher}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, int, error) {
		var id, vid int64
		if err := cmp.Or(notOfPayments(ctx, tx, holder), notOfRequests(ctx, tx, holder)); err != nil {
			return "", nil, 0, err
		}
		if code != "" {
			var err error
			if id, err = partyID(ctx, tx, side, code); err != nil {
				return "", nil, 0, err
			}
		}
		if voucher != "" {
			v, err := ledger.Lookup(ctx, tx, voucher)
			if err != nil {
				return "", nil, 0, err
			}
			vid = v.ID
		}
		n, err := openitem.Release(ctx, tx, holder, id, vid)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "the journal %s holds no such mark", holder).ByRule("no_mark")
		}
		return holder, map[string]int{"released": n}, n, err
	})
}

// ImportResult says what an import did.
type ImportResult = folder.Result
