package folder

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"quittance/internal/party"
	"quittance/internal/payout"
)

// PaymentAnswers is a row of payment_answers: a file of a bank's answers to payments that was read. Its content is not kept.
type PaymentAnswers struct {
	Row
	Answers int       `col:"answers,required,range=1..1000000000,key"` // number
	SHA256  string    `col:"sha256,required,format=sha256"`
	Again   int       `col:"again,range=0..1000000000"` // how often the file was read before
	Name    string    `col:"name,lines"`
	Format  string    `col:"format,required,enum=ach|iso20022|check"`
	ReadBy  string    `col:"read_by"` // blank = who imports
	ReadAt  time.Time `col:"read_at"`
}

// PaymentAnswerResult is a row of payment_answer_results: what came of reading a file, JSON in parts.
type PaymentAnswerResult struct {
	Row
	Answers int    `col:"answers,required,range=1..1000000000,key"`
	Part    int    `col:"part,required,range=1..1000000000,key"`
	Result  string `col:"result,required,lines"`
}

// BankProposal is a row of bank_proposals: bank details that a bank proposed for a payee.
type BankProposal struct {
	Row
	Proposal      int       `col:"proposal,required,range=1..1000000000,key"`
	Customer      string    `col:"customer,code"`           // either the customer
	Vendor        string    `col:"vendor,code"`             // or the vendor
	Payment       string    `col:"payment,required,max=80"` // journal/line
	Code          string    `col:"code,code"`               // of the notification, such as C01
	Outdated      bool      `col:"outdated"`                // open, but the payee's details changed since
	IBAN          string    `col:"iban,format=iban"`
	BIC           string    `col:"bic,format=bic"`
	RoutingNumber string    `col:"routing_number,format=routing"`
	AccountNumber string    `col:"account_number,format=bank_account,max=34"`
	AccountType   string    `col:"account_type,enum=checking|savings"`
	State         string    `col:"state,enum=open|accepted|refused,default=open"`
	ProposedBy    string    `col:"proposed_by"` // blank = who imports
	ProposedAt    time.Time `col:"proposed_at"`
	DecidedBy     string    `col:"decided_by"`
	DecidedAt     time.Time `col:"decided_at"`
	Reason        string    `col:"reason,lines"`
}

func (p *BankProposal) check(c *checks) {
	if c.sound("customer", "vendor") && (p.Customer == "") == (p.Vendor == "") {
		c.bad("customer", "bank details are of a customer or of a vendor; fill one of them")
	}
	if c.sound("state", "decided_by") && (p.State == "open") != (p.DecidedBy == "") {
		c.bad("decided_by", "%q does not go with the state %q", p.DecidedBy, p.State)
	}
}

// answers writes the files of answers that were read, and the bank details that were proposed.
func (x *exporter) answers(ctx context.Context) error {
	all, err := payout.AllAnswers(ctx, x.tx)
	if err != nil {
		return err
	}
	for _, f := range all {
		x.d.PaymentAnswers = append(x.d.PaymentAnswers, PaymentAnswers{
			Answers: int(f.N), SHA256: hex.EncodeToString(f.SHA256), Again: int(f.Again), Name: f.Name, Format: string(f.Format), ReadBy: f.ReadBy, ReadAt: instant(f.ReadAt),
		})
		text := []rune(string(f.Result))
		for part := 1; len(text) > 0; part++ {
			some := text[:min(detailPart, len(text))]
			text = text[len(some):]
			x.d.PaymentAnswerResults = append(x.d.PaymentAnswerResults, PaymentAnswerResult{Answers: int(f.N), Part: part, Result: string(some)})
		}
	}
	proposals, outdated, err := party.AllProposals(ctx, x.tx)
	if err != nil {
		return err
	}
	for i := range proposals {
		p := &proposals[i]
		b := p.Masked
		if x.clear {
			if b, err = p.Open(x.tx.Company, x.keys); err != nil {
				return err
			}
		}
		x.d.BankProposals = append(x.d.BankProposals, BankProposal{
			Proposal: int(p.N), Customer: x.customers[p.Party].Code, Vendor: x.vendors[p.Party].Code, Payment: x.payments[p.Payment].name(), Code: p.Code, Outdated: outdated[p.N],
			IBAN: b.IBAN, BIC: b.BIC, RoutingNumber: b.RoutingNumber, AccountNumber: b.AccountNumber, AccountType: b.AccountType,
			State: string(p.State), ProposedBy: p.ProposedBy, ProposedAt: instant(p.ProposedAt), DecidedBy: p.DecidedBy, DecidedAt: instant(p.DecidedAt), Reason: p.Reason,
		})
	}
	return nil
}

// newAnswers is what the folder brings in of answers and proposals.
type newAnswers struct {
	files     []payout.AnswerFile
	proposals []*newProposal
}

type newProposal struct {
	party.BankProposal
	row *BankProposal
}

// checkAnswers tests the files of answers and the proposals that are new. A known one, by its number, is left as it is.
func (im *importer) checkAnswers(ctx context.Context) error {
	if err := im.readAnswers(ctx); err != nil || len(im.d.BankProposals) == 0 {
		return err
	}
	known, _, err := party.AllProposals(ctx, im.tx)
	if err != nil {
		return err
	}
	owners := map[int64]int64{}
	for i := range known {
		owners[known[i].N] = known[i].Party
	}
	for i := range im.d.BankProposals {
		row := &im.d.BankProposals[i]
		owner, had := owners[int64(row.Proposal)]
		im.keep("bank_proposals", "", had, true)
		p, err := im.proposal(ctx, row, had)
		switch {
		case err != nil:
			return err
		case had && owner != p.Party:
			im.bad(&row.Row, "proposal", "%d is known as that of another payee", row.Proposal)
		case !had:
			im.answered.proposals = append(im.answered.proposals, p)
		}
	}
	return nil
}

// readAnswers finds the files of answers that are new, each with the parts of what came of it.
func (im *importer) readAnswers(ctx context.Context) error {
	if len(im.d.PaymentAnswers)+len(im.d.PaymentAnswerResults) == 0 {
		return nil
	}
	all, err := payout.AllAnswers(ctx, im.tx)
	if err != nil {
		return err
	}
	known := map[int64]string{}
	for _, f := range all {
		known[f.N] = hex.EncodeToString(f.SHA256)
	}
	texts, parts := map[int]*strings.Builder{}, map[int]int{}
	for i := range im.d.PaymentAnswers {
		texts[im.d.PaymentAnswers[i].Answers] = &strings.Builder{}
	}
	for i := range im.d.PaymentAnswerResults {
		row := &im.d.PaymentAnswerResults[i]
		im.keep("payment_answer_results", "", known[int64(row.Answers)] != "", true)
		text := texts[row.Answers]
		if parts[row.Answers]++; text == nil || row.Part != parts[row.Answers] {
			im.bad(&row.Row, "part", "there are no answers %d in payment_answers, or the part before %d is not there; parts stand in their order", row.Answers, row.Part)
			continue
		}
		text.WriteString(row.Result)
	}
	for i := range im.d.PaymentAnswers {
		row := &im.d.PaymentAnswers[i]
		was, had := known[int64(row.Answers)]
		im.keep("payment_answers", "", had, true)
		if had {
			if was != row.SHA256 {
				im.bad(&row.Row, "sha256", "answers %d are known with another content; number them otherwise", row.Answers)
			}
			continue
		}
		result := texts[row.Answers].String()
		var is payoutResult
		if json.Unmarshal([]byte(result), &is) != nil {
			im.bad(&row.Row, "answers", "what came of them in payment_answer_results is no JSON object; take it as export wrote it")
			continue
		}
		sum, err := hex.DecodeString(row.SHA256)
		if err != nil {
			return err
		}
		im.answered.files = append(im.answered.files, payout.AnswerFile{
			N: int64(row.Answers), SHA256: sum, Again: int64(row.Again), Name: row.Name, Format: payout.Kind(row.Format), ReadBy: cmp.Or(row.ReadBy, im.tx.Actor), ReadAt: im.micros(row.ReadAt), Result: json.RawMessage(result),
		})
	}
	return nil
}

// payoutResult is what is wanted of the result of a file of answers: an object.
type payoutResult map[string]json.RawMessage

// proposal reads a proposal. One that is open is proposed by who brings it in, unless the company comes with it: who decides about it is
// somebody else.
func (im *importer) proposal(ctx context.Context, row *BankProposal, had bool) (*newProposal, error) {
	p := &newProposal{row: row, BankProposal: party.BankProposal{
		N: int64(row.Proposal), Code: row.Code, State: party.ProposalState(row.State), ProposedBy: cmp.Or(row.ProposedBy, im.tx.Actor), ProposedAt: im.micros(row.ProposedAt), DecidedBy: row.DecidedBy, Reason: row.Reason,
	}}
	if !row.DecidedAt.IsZero() {
		p.DecidedAt = row.DecidedAt.UnixMicro()
	}
	if p.State == party.ProposalOpen && !im.isNew {
		p.ProposedBy, p.ProposedAt = im.tx.Actor, im.tx.Micros()
	}
	switch c, v := im.customers[row.Customer], im.vendors[row.Vendor]; {
	case row.Customer != "" && c != nil:
		p.Party = c.ID
	case row.Vendor != "" && v != nil:
		p.Party = v.ID
	case row.Customer != "":
		im.bad(&row.Row, "customer", "there is no customer %q", row.Customer)
	default:
		im.bad(&row.Row, "vendor", "there is no vendor %q", row.Vendor)
	}
	if !had && !im.keys.Available() {
		im.bad(&row.Row, "iban", "the folder has bank details, but no key is given for them; set QUITTANCE_KEY to id:base64 of 32 random bytes")
	}
	var err error
	p.Payment, err = im.paymentNamed(ctx, &row.Row, "payment", row.Payment)
	return p, err
}

// writeAnswers writes the new files of answers and proposals.
func (im *importer) writeAnswers(ctx context.Context) error {
	if len(im.errs) > 0 {
		return nil
	}
	if err := payout.RestoreAnswers(ctx, im.tx, im.answered.files); err != nil {
		return err
	}
	for _, p := range im.answered.proposals {
		b := party.Bank{IBAN: p.row.IBAN, BIC: p.row.BIC, RoutingNumber: p.row.RoutingNumber, AccountNumber: p.row.AccountNumber, AccountType: p.row.AccountType}
		if err := party.RestoreProposal(ctx, im.tx, im.keys, &p.BankProposal, b, p.row.Outdated); err != nil {
			return err
		}
	}
	return nil
}
