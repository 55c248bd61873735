package folder

import (
	"encoding/json"
	"strings"

	"github.com/jacoelho/banking/bic"
	"github.com/jacoelho/banking/iban"

	"quittance/internal/fault"
	"quittance/internal/party"
)

// formats are the forms of text that the option `format` of a column names.
var formats = map[string]func(string) error{
	"country":      checkCountry,
	"email":        checkEmail,
	"iban":         unmasked(checkIBAN),
	"bic":          unmasked(checkBIC),
	"routing":      unmasked(checkRouting),
	"bank_account": unmasked(checkBankAccount),
	"decimal":      checkDecimal,
	"digits":       checkDigits,
	"json":         checkJSON,
	"sha256":       checkSHA256,
	"sealed":       unmasked(checkSHA256),
}

func checkCountry(s string) error {
	if len(s) != 2 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return invalid("%q is not a country; expected two capital letters (ISO 3166), such as US", s)
	}
	return nil
}

func checkEmail(s string) error {
	user, host, ok := strings.Cut(s, "@")
	if !ok || user == "" || host == "" || strings.ContainsAny(s, " ,;<>\"") || strings.Contains(host, "@") {
		return invalid("%q is not one e-mail address; expected name@host", s)
	}
	return nil
}

// unmasked refuses what an export without bank details writes, before any other check.
func unmasked(check func(string) error) func(string) error {
	return func(s string) error {
		if strings.ContainsAny(s, "*•") {
			return invalid("%q is masked; make the folder again by export --with-bank-details, or leave the column out", s)
		}
		return check(s)
	}
}

// The messages about bank details do not repeat them: messages end in logs.

func checkIBAN(s string) error {
	if iban.Validate(s) != nil {
		return invalid("is not a valid IBAN; expected capital letters and digits without spaces, with right check digits")
	}
	return nil
}

func checkBIC(s string) error {
	if _, err := bic.Parse(s); err != nil {
		return invalid("%q is not a valid BIC; expected 8 or 11 capital letters and digits", s)
	}
	return nil
}

// checkRouting tests the check digit of the American Bankers Association: 3, 7, 1 times the digits is a multiple of 10.
func checkRouting(s string) error {
	sum := 0
	for i := range len(s) {
		sum += int(s[i]-'0') * [3]int{3, 7, 1}[i%3]
	}
	if len(s) != 9 || strings.Trim(s, "0123456789") != "" || sum == 0 || sum%10 != 0 {
		return invalid("%q is not a routing number; expected nine digits with a right check digit", s)
	}
	return nil
}

func checkBankAccount(s string) error {
	if strings.TrimSpace(s) != s {
		return invalid("begins or ends with a space; take it away")
	}
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != ' ' {
			return invalid("holds %q, which no account number has; expected letters, digits and hyphens", r)
		}
	}
	return nil
}

// checkDecimal tests what can be tested of an amount whose currency the row does not say.
func checkDecimal(s string) error {
	if err := checkDigits(s); err != nil {
		return err
	}
	if strings.Trim(s, "0.") == "" {
		return invalid("%q is nothing; expected an amount greater than zero", s)
	}
	return nil
}

// checkDigits tests the form of an amount alone.
func checkDigits(s string) error {
	whole, frac, point := strings.Cut(s, ".")
	if whole == "" || (point && frac == "") || strings.Trim(whole+frac, "0123456789") != "" {
		return invalid("%q is not an amount; expected a decimal such as 12.50", s)
	}
	return nil
}

func checkJSON(s string) error {
	if !json.Valid([]byte(s)) {
		return invalid("is not valid JSON; take it as export wrote it")
	}
	return nil
}

// CheckBank refuses bank details that no bank has, naming the field.
func CheckBank(b party.Bank) error {
	for _, x := range []struct{ field, format, text string }{
		{"iban", "iban", b.IBAN}, {"bic", "bic", b.BIC}, {"routing_number", "routing", b.RoutingNumber}, {"account_number", "bank_account", b.AccountNumber},
	} {
		if x.text == "" {
			continue
		}
		if err := formats[x.format](x.text); err != nil {
			return fault.New(fault.Invalid, "%s", strings.TrimSpace(err.Error())).ByRule("bank_details").In(x.field)
		}
	}
	return nil
}
