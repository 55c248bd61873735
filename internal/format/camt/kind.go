package camt

import (
	"strings"

	"quittance/internal/format/statement"
)

// subs are the sub-families that tell the kind whatever the family is; families those that tell it otherwise.
// Source: ISO 20022, Bank Transaction Codes, external code sets.
var (
	subs = map[string]string{
		"CHRG": statement.Fee, "COMM": statement.Fee, "FEES": statement.Fee, "TAXE": statement.Fee, "COME": statement.Fee, "COMI": statement.Fee, "COMT": statement.Fee,
		"INTR": statement.Interest, "RRTN": statement.Return, "UPDD": statement.Return, "UPCQ": statement.Return, "UPCT": statement.Return, "ARET": statement.Return,
		"RPCR": statement.Reversal, "PRDD": statement.Reversal, "AREV": statement.Reversal, "CQRV": statement.Reversal, "RVSL": statement.Reversal,
		"ACDT": statement.ACH, "ADBT": statement.ACH, "ACOR": statement.ACH, "ACON": statement.ACH, "APAC": statement.ACH, "ASET": statement.ACH, "ATXN": statement.ACH,
		"CDPT": statement.Deposit, "CHKD": statement.Deposit, "CWDL": statement.Other,
	}
	families = map[string]string{
		"RCDT": statement.Transfer, "ICDT": statement.Transfer, "RDDT": statement.Transfer, "IDDT": statement.Transfer, "RRCT": statement.Transfer, "IRCT": statement.Transfer, "CAPL": statement.Transfer,
		"ICHQ": statement.Check, "RCHQ": statement.Deposit, "LBOX": statement.Deposit, "CNTR": statement.Deposit,
		"CCRD": statement.Card, "MCRD": statement.Card,
	}
)

// kind gives the common kind: what came back first, then what the code says.
func kind(t *statement.Transaction) string {
	switch {
	case t.Return != statement.Reason{}:
		return statement.Return
	case t.Reversal:
		return statement.Reversal
	case subs[t.Code.Sub] != "":
		return subs[t.Code.Sub]
	case families[t.Code.Family] != "":
		return families[t.Code.Family]
	case t.Check != "":
		return statement.Check
	case strings.HasPrefix(t.Code.Own, "NCHG"):
		return statement.Fee
	}
	return statement.Other
}
