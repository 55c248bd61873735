package payout

import (
	"encoding/json"

	"quittance/internal/fault"
)

// Settings say how the checks of a bank account look, and what its files want. They are data, told apart by kind; what a kind of method
// needs and does not find is told when a payment is proposed, never when the file is made.
type Settings struct {
	Check       json.RawMessage `json:"check,omitempty"`        // a [check.Layout]
	ACH         json.RawMessage `json:"ach,omitempty"`          // a [nacha.Profile]
	ISO20022    json.RawMessage `json:"iso20022,omitempty"`     // a [pain.Profile]
	PositivePay json.RawMessage `json:"positive_pay,omitempty"` // a [pospay.Layout]
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
	b, _ := json.Marshal(s) // of raw messages that were read or checked before
	return string(b)
}
