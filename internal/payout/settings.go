package payout

import (
	"bytes"
	"encoding/json"
	"errors"

	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/format/pospay"
	"quittance/internal/money"
)

// Settings say how the checks of a bank account look, and what its files want: data, told apart by kind of method.
type Settings struct {
	Check *CheckSettings `json:"check,omitempty"`
	ACH   *ACHSettings   `json:"ach,omitempty"`

	Transfer    *pain.Profile  `json:"iso20022,omitempty"`
	PositivePay *pospay.Layout `json:"positive_pay,omitempty"`
}

// ACHSettings are the profile that bank and company agreed on, and who among the payees is a person: persons are paid by PPD entries, all
// others by CCD.
type ACHSettings struct {
	nacha.Profile
	PersonGroups []string `json:"person_groups"` // of vendors and customers
}

// CheckSettings say how checks look; see package check.
type CheckSettings struct {
	Style        check.Style  `json:"style"`            // top, middle, bottom
	Payer        string       `json:"payer"`            // blank: the company's name
	PayerLines   []string     `json:"payer_lines"`      // its address
	BankLines    []string     `json:"bank_lines"`       // blank: the bank account's address
	Fraction     string       `json:"fraction"`         // such as 1-2/210
	OnUs         string       `json:"on_us"`            // field of the MICR line, where the bank wants its own
	SecondOver   string       `json:"second_signature"` // amounts above it have a second line to sign; blank: none has
	Legend       string       `json:"legend"`
	SerialDigits int          `json:"serial_digits"`
	OffsetX      int          `json:"offset_x"` // hundredths of a millimetre to the right
	OffsetY      int          `json:"offset_y"` // and down
	second       money.Amount // read from SecondOver
}

func (s *Settings) read(text string) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), s); err != nil {
		return fault.New(fault.Violation, "the settings of a bank account are damaged; set them again").ByRule("bank_settings").Because(err)
	}
	return nil
}

func (s Settings) text() string {
	b, _ := json.Marshal(s) // of plain values
	return string(b)
}

// ParseSettings reads settings as people write them. What is unknown, and what no check or file could be made by, is told with its place.
func ParseSettings(text []byte, cur money.Currency) (s Settings, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil || d.More() {
		return s, fault.New(fault.Invalid, "the settings are not what a bank account has: %v", errors.Join(err)).ByRule("bank_settings").In("settings")
	}
	return s, s.Validate(cur)
}

// Validate refuses settings that no check or file could be made by.
func (s *Settings) Validate(cur money.Currency) error {
	if s.ACH != nil {
		if cur.Code != "USD" {
			return fault.New(fault.Invalid, "ACH pays in USD only; the bank account is in %s", cur.Code).ByRule("bank_settings").In("settings.ach")
		}
		if err := s.ACH.Check(); err != nil {
			return err
		}
	}
	if s.Transfer != nil {
		if err := s.Transfer.Check(); err != nil {
			return err
		}
	}
	if s.PositivePay != nil {
		if err := s.PositivePay.Validate(); err != nil {
			return err
		}
	}
	if s.Check == nil {
		return nil
	}
	if s.Check.SecondOver != "" {
		a, err := cur.Parse(s.Check.SecondOver)
		if err != nil || a < 0 {
			return fault.New(fault.Invalid, "%q is not an amount of %s", s.Check.SecondOver, cur.Code).In("settings.check.second_signature")
		}
		s.Check.second = a
	}
	if x := s.Check.Style; x != check.Top && x != check.Middle && x != check.Bottom {
		return fault.New(fault.Invalid, "%q is no style of check; expected top, middle or bottom", x).In("settings.check.style")
	}
	return nil
}
