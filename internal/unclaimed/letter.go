package unclaimed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/letter"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// Letters is a batch of letters to owners, kept sealed as one PDF.
type Letters struct {
	kept
	Date    civil.Date
	MadeBy  string
	MadeAt  int64 // UTC microseconds
	Letters int
	Items   int
	Copies  int // how often it was handed out
}

// MakeLetters writes to the owners of candidates: one letter an owner, with all that is due to be told. Nothing to tell is
// [fault.Refused].
func MakeLetters(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, all []*Candidate, date civil.Date) (*Letters, error) {
	if len(all) == 0 {
		return nil, fault.New(fault.Refused, "no owner is to be written to on %s", date).ByRule("nothing_to_do")
	}
	h, err := FindHolder(ctx, tx)
	if err != nil {
		return nil, err
	}
	x := &Letters{Date: date, MadeBy: tx.Actor, MadeAt: tx.Micros(), Items: len(all)}
	if x.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	if x.Code, err = ledger.DrawCode(ctx, tx, ledger.UnclaimedLetterSeries); err != nil {
		return nil, err
	}
	var letters []letter.Letter
	items := tx.Batch("unclaimed_letter_item", "company", "letter", "n", "kind", "party", "target", "jurisdiction", "currency", "amount")
	at := map[int64]int{}
	byOwner := [][]*Candidate{}
	for i, y := range all {
		items.Int(tx.Company).Int(x.ID).Int(int64(i + 1)).Text(string(y.Kind)).Int(y.Owner).Int(y.Target).Text(y.Place.Jurisdiction).Text(y.Currency).Int(int64(y.Amount))
		n, had := at[y.Owner]
		if !had {
			n = len(byOwner)
			at[y.Owner], byOwner = n, append(byOwner, nil)
		}
		byOwner[n] = append(byOwner[n], y)
	}
	for _, theirs := range byOwner {
		letters = append(letters, h.letter(c, theirs, date, x.Code))
	}
	x.Letters = len(letters)
	content, err := letter.Print("Unclaimed property "+x.Code, time.UnixMicro(x.MadeAt).UTC(), letters)
	if err != nil {
		return nil, err
	}
	if err := x.seal(tx, keys, content); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `insert into unclaimed_letter (company, id, code, date, made_by, made_at, letters, items, sha256, copies, key_id, sealed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)`, tx.Company, x.ID, x.Code, x.Date, x.MadeBy, x.MadeAt, x.Letters, x.Items, x.SHA256, x.keyID, x.sealed); err != nil {
		return nil, err
	}
	return x, items.Flush(ctx)
}

// letter writes to one owner.
func (h *Holder) letter(c *ledger.Company, theirs []*Candidate, date civil.Date, reference string) letter.Letter {
	t := &letter.Table{Columns: []letter.Column{{Name: "What", Share: 2}, {Name: "Number", Share: 2}, {Name: "Of", Share: 1.4}, {Name: "Amount", Right: true, Share: 1.6}}}
	reply := date
	places := []string{}
	for _, y := range theirs {
		what := "Credit balance"
		if y.Kind == Payment {
			what = "Uncashed payment"
			if y.Check != "" {
				what = "Uncashed check"
			}
		}
		t.Rows = append(t.Rows, []string{what, cmp.Or(y.Check, y.Document), y.Arose.String(), show(y.Currency, y.Amount) + " " + y.Currency})
		reply = max(reply, date.AddDays(y.Rule.ReplyDays))
		if !strings.Contains(strings.Join(places, " "), y.Place.Jurisdiction) {
			places = append(places, y.Place.Jurisdiction)
		}
	}
	intro := cmp.Or(h.Intro, "Our records show that we hold money that belongs to you. We have not heard from you about it for some time.")
	return letter.Letter{
		Sender: letter.Party{Name: c.Name, Lines: h.Lines}, Recipient: letter.Party{Name: theirs[0].Name, Lines: addressLines(theirs[0].Address)}, Date: date,
		Reference: reference + " / " + theirs[0].Code, Subject: "Money that we hold for you",
		Body: []letter.Block{
			{Text: intro},
			{Table: t},
			{Text: fmt.Sprintf("If we do not hear from you by %s, the law requires us to hand it over as unclaimed property (%s). You would then have to claim it from the state.", reply, strings.Join(places, ", "))},
			{Text: "Please answer this letter in writing, tell us whether your address is still right, and whether we shall pay the money to you. A payment that you have already received needs no answer once you cash it."},
		},
		Closing: cmp.Or(h.Closing, "Sincerely,"), Signature: h.signature(c),
	}
}

func (h *Holder) signature(c *ledger.Company) []string {
	if len(h.Signature) > 0 {
		return h.Signature
	}
	return []string{cmp.Or(h.Contact.Name, c.Name)}
}

// addressLines writes an address as the lines under a name.
func addressLines(a party.Address) []string {
	var lines []string
	for _, l := range []string{a.Street, strings.TrimSpace(strings.TrimSpace(a.City+", "+a.State) + " " + a.PostalCode)} {
		if l = strings.Trim(l, ", "); l != "" {
			lines = append(lines, l)
		}
	}
	if a.Country != "" && a.Country != "US" {
		lines = append(lines, a.Country)
	}
	return lines
}

const letterColumns = "select id, code, date, made_by, made_at, letters, items, sha256, copies"

func (x *Letters) fields() []any {
	return []any{&x.ID, &x.Code, &x.Date, &x.MadeBy, &x.MadeAt, &x.Letters, &x.Items, &x.SHA256, &x.Copies}
}

// ListLetters gives the batches of letters, the newest first: those before the one with the id before (0: none), at most limit; next is
// where the list goes on, 0 at its end.
func ListLetters(ctx context.Context, tx *db.Tx, before int64, limit int) (all []Letters, next int64, err error) {
	all, err = db.List(ctx, tx, func(r *db.Rows, x *Letters) error { return r.Scan(x.fields()...) },
		letterColumns+" from unclaimed_letter where company = $1 and ($2 = 0 or id < $2) order by id desc limit $3", tx.Company, before, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// TakeLetters gives a batch of letters, to be opened, and counts that it was handed out; none is [fault.NotFound].
func TakeLetters(ctx context.Context, tx *db.Tx, code string) (*Letters, error) {
	x := &Letters{}
	err := tx.Row(ctx, "update unclaimed_letter set copies = copies + 1 where company = $1 and code = $2 returning id, code, date, made_by, made_at, letters, items, sha256, copies, key_id, sealed", tx.Company, code).
		Scan(append(x.fields(), &x.keyID, &x.sealed)...)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there are no letters %q", code)
	}
	return x, err
}
