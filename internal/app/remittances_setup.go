package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/remit"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/remittance"
)

// RemittanceMaps gives the column maps, by code.
func (a *App) RemittanceMaps(ctx context.Context, call Call) ([]RemittanceMap, error) {
	all := []RemittanceMap{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		s, err := remittance.LoadSetup(ctx, tx)
		if err != nil {
			return err
		}
		for _, m := range s.Maps {
			all = append(all, RemittanceMap{
				Code: m.Code, Name: m.Name, Columns: m.Columns, Header: m.Header, Sheet: m.Sheet, Comma: m.Comma, Decimal: m.Decimal, Date: m.Date, Sign: m.Sign, Encode: m.Encoding,
			})
		}
		return nil
	})
	return all, err
}

// SetRemittanceMap makes or changes a column map.
func (a *App) SetRemittanceMap(ctx context.Context, call Call, m RemittanceMap) error {
	cmd := command{name: "remittance.map.set", permission: identity.SetUp, input: m}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		err := remittance.SaveMap(ctx, tx, remittance.Map{Code: m.Code, Name: m.Name, Map: remit.Map{
			Columns: m.Columns, Header: m.Header, Sheet: m.Sheet, Comma: m.Comma, Decimal: m.Decimal, Date: m.Date, Sign: m.Sign, Encoding: m.Encode,
		}})
		return m.Code, m, true, err
	})
	return err
}

// DeleteRemittanceMap takes a column map away that no partner uses.
func (a *App) DeleteRemittanceMap(ctx context.Context, call Call, code string) error {
	cmd := command{name: "remittance.map.delete", permission: identity.SetUp, input: code}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return code, nil, true, remittance.DeleteMap(ctx, tx, code)
	})
	return err
}

// RemittancePartners gives the partners, by code.
func (a *App) RemittancePartners(ctx context.Context, call Call) ([]RemittancePartner, error) {
	all := []RemittancePartner{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		s, err := remittance.LoadSetup(ctx, tx)
		if err != nil {
			return err
		}
		codes, err := s.PartnerCodes(ctx, tx)
		for _, p := range s.Partners {
			all = append(all, RemittancePartner{Code: p.Code, Customer: codes[p.Customer], Sign: p.Sign, Bank: p.Bank, Map: p.Map})
		}
		return err
	})
	return all, err
}

// SetRemittancePartner makes or changes a partner.
func (a *App) SetRemittancePartner(ctx context.Context, call Call, p RemittancePartner) error {
	cmd := command{name: "remittance.partner.set", permission: identity.SetUp, input: p}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		customer, err := party.FindCustomer(ctx, tx, p.Customer)
		if fault.CodeOf(err) == fault.NotFound {
			err = fault.New(fault.Invalid, "there is no customer %q", p.Customer).In("customer")
		}
		if err == nil {
			err = remittance.SavePartner(ctx, tx, c, remittance.Partner{Code: p.Code, Customer: customer.ID, Sign: p.Sign, Bank: p.Bank, Map: p.Map})
		}
		return p.Code, p, true, err
	})
	return err
}

// DeleteRemittancePartner takes a partner away.
func (a *App) DeleteRemittancePartner(ctx context.Context, call Call, code string) error {
	cmd := command{name: "remittance.partner.delete", permission: identity.SetUp, input: code}
	_, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return code, nil, true, remittance.DeletePartner(ctx, tx, code)
	})
	return err
}
