package payout

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/fault"
)

// Name names a payment for people and programs: journal and line, such as VPJ-00000001/3.
func (p *Payment) Name() string { return fmt.Sprintf("%s/%d", p.Code, p.Line) }

// ParseName reads what [Payment.Name] gives.
func ParseName(name string) (journal string, line int, err error) {
	code, n, ok := strings.Cut(name, "/")
	if line, err = strconv.Atoi(n); !ok || err != nil || line < 1 || code == "" {
		return "", 0, fault.New(fault.Invalid, "%q names no payment; expected the journal and the line, such as VPJ-00000001/1", name).In("payment")
	}
	return code, line, nil
}
