package remittance

import (
	"context"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/remit"
	"quittance/internal/format/x12"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Map is a saved column map.
type Map struct {
	Code, Name string
	remit.Map
}

// Partner is who sends remittances.
type Partner struct {
	Code     string // as files name the payer
	Customer int64
	Sign     string // of ADX01 of an 820: remit.PositiveReduces or NegativeReduces; blank: by the version
	Bank     string // ledger account; blank: the parameter remittance_bank
	Map      string // code of a column map
}

// BankParameter names the ledger account that remittances are paid to when no partner says otherwise.
const BankParameter = "remittance_bank"

// Setup is the column maps and partners of a company, by code.
type Setup struct {
	Maps     []Map
	Partners []Partner
}

// LoadSetup reads them.
func LoadSetup(ctx context.Context, tx *db.Tx) (*Setup, error) {
	s := &Setup{}
	var err error
	s.Maps, err = db.List(ctx, tx, func(r *db.Rows, m *Map) error {
		var text string
		if err := r.Scan(&m.Code, &m.Name, &text); err != nil {
			return err
		}
		return json.Unmarshal([]byte(text), &m.Map)
	}, "select code, name, columns from remittance_map where company = $1 order by code", tx.Company)
	if err != nil {
		return nil, err
	}
	s.Partners, err = db.List(ctx, tx, func(r *db.Rows, p *Partner) error { return r.Scan(&p.Code, &p.Customer, &p.Sign, &p.Bank, &p.Map) },
		"select code, customer, sign, bank, map from remittance_partner where company = $1 order by code", tx.Company)
	return s, err
}

// mapFor gives the column map with the code, or (blank) the only one there is.
func (s *Setup) mapFor(code string) (*Map, error) {
	for i := range s.Maps {
		if m := &s.Maps[i]; m.Code == code || code == "" && len(s.Maps) == 1 {
			return m, nil
		}
	}
	codes := make([]string, len(s.Maps))
	for i, m := range s.Maps {
		codes[i] = m.Code
	}
	switch {
	case len(codes) == 0:
		return nil, fault.New(fault.Refused, "there is no column map yet, which says what stands in which column; set one up first: quittance remittances maps set").In("map").ByRule("no_map")
	case code == "":
		return nil, fault.New(fault.Invalid, "say which column map the file follows: %s", strings.Join(codes, ", ")).In("map").ByRule("no_map")
	}
	return nil, fault.New(fault.NotFound, "there is no column map %q; there is %s", code, strings.Join(codes, ", ")).In("map")
}

// MapOf gives the code of the column map of the partners of a customer; blank when they have none, or several.
func (s *Setup) MapOf(ctx context.Context, tx *db.Tx, customer string) (code string, err error) {
	x, err := party.FindCustomer(ctx, tx, customer)
	if err != nil {
		return "", err
	}
	for _, p := range s.Partners {
		if p.Customer != x.ID || p.Map == "" {
			continue
		}
		if code != "" && code != p.Map {
			return "", nil
		}
		code = p.Map
	}
	return code, nil
}

// partner gives the partner that a file names; nil when none is known by any of the names.
func (s *Setup) partner(names []string) *Partner {
	for _, name := range names {
		for i := range s.Partners {
			if strings.EqualFold(s.Partners[i].Code, strings.TrimSpace(name)) {
				return &s.Partners[i]
			}
		}
	}
	return nil
}

// positiveReduces says whether a positive adjustment of an 820 reduces the payment: as the partner's setting says, else the version.
func (s *Setup) positiveReduces(payer []string, version string) bool {
	if p := s.partner(payer); p != nil && p.Sign != "" {
		return p.Sign == remit.PositiveReduces
	}
	return x12.ReducesPayment(version)
}

const maxCode = 60

// checkCode refuses a code that nobody could type again.
func checkCode(field, code string) error {
	if code == "" || strings.TrimSpace(code) != code || utf8.RuneCountInString(code) > maxCode || !utf8.ValidString(code) || strings.ContainsFunc(code, unicode.IsControl) {
		return invalid(field, "%q is no code; expected 1 to %d characters without space at either end", code, maxCode)
	}
	return nil
}

// SaveMap makes or changes a column map.
func SaveMap(ctx context.Context, tx *db.Tx, m Map) error {
	if err := checkCode("code", m.Code); err != nil {
		return err
	}
	if utf8.RuneCountInString(m.Name) > 250 {
		return invalid("name", "the name has more than 250 characters")
	}
	if err := m.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(m.Map)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into remittance_map (company, code, name, columns) values ($1, $2, $3, $4)
		on conflict (company, code) do update set name = excluded.name, columns = excluded.columns`, tx.Company, m.Code, m.Name, string(text))
	return err
}

// DeleteMap takes a column map away that no partner uses.
func DeleteMap(ctx context.Context, tx *db.Tx, code string) error {
	s, err := LoadSetup(ctx, tx)
	if err != nil {
		return err
	}
	for _, p := range s.Partners {
		if p.Map == code {
			return fault.New(fault.Refused, "the partner %s uses the column map %s; give the partner another one first", p.Code, code).ByRule("in_use")
		}
	}
	return gone(tx.Exec(ctx, "delete from remittance_map where company = $1 and code = $2", tx.Company, code))("column map", code)
}

// SavePartner makes or changes a partner.
func SavePartner(ctx context.Context, tx *db.Tx, c *ledger.Company, p Partner) error {
	if err := checkCode("code", p.Code); err != nil {
		return err
	}
	if p.Sign != "" && p.Sign != remit.PositiveReduces && p.Sign != remit.NegativeReduces {
		return invalid("sign", "%q is unknown; expected %s or %s, or blank for the version's", p.Sign, remit.PositiveReduces, remit.NegativeReduces)
	}
	if p.Bank != "" {
		account, err := c.Bank(p.Bank)
		if err != nil {
			return err
		}
		p.Bank = account.Written
	}
	s, err := LoadSetup(ctx, tx)
	if err != nil {
		return err
	}
	if p.Map != "" {
		if _, err := s.mapFor(p.Map); err != nil {
			return err
		}
	}
	if old := s.partner([]string{p.Code}); old != nil && old.Code != p.Code {
		return fault.New(fault.Conflict, "there is a partner %s already, which differs by capitals only", old.Code).In("code").ByRule("taken")
	}
	_, err = tx.Exec(ctx, `insert into remittance_partner (company, code, customer, sign, bank, map) values ($1, $2, $3, $4, $5, $6)
		on conflict (company, code) do update set customer = excluded.customer, sign = excluded.sign, bank = excluded.bank, map = excluded.map`,
		tx.Company, p.Code, p.Customer, p.Sign, p.Bank, p.Map)
	return err
}

// DeletePartner takes a partner away.
func DeletePartner(ctx context.Context, tx *db.Tx, code string) error {
	return gone(tx.Exec(ctx, "delete from remittance_partner where company = $1 and code = $2", tx.Company, code))("partner", code)
}

func gone(n int64, err error) func(what, code string) error {
	return func(what, code string) error {
		if err == nil && n == 0 {
			return fault.New(fault.NotFound, "there is no %s %q", what, code)
		}
		return err
	}
}

func minor(n int64) money.Amount { return money.Amount(n) }

// currencyOf gives a currency that a file names at a place.
func currencyOf(code, place string) (money.Currency, error) {
	cur, err := money.CurrencyOf(code)
	if err != nil {
		return cur, fault.New(fault.Invalid, "%q is not an ISO 4217 currency code, such as USD", code).At(place).ByRule("currency")
	}
	return cur, nil
}
