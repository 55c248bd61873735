package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

const (
	districtCode   = "MILLRACE"
	districtName   = "Millrace Water District"
	districtMarker = "MILLRACE-DEMO" // the number of the opening voucher, by which the district is known again

	paidByCheck, paidByACH, paidByWire = 120, 110, 40 // customers, by how their vendors are paid

	monthLength = 31 // days of the month in which the district pays
	opened      = 29 // days before it, on which its bank accounts were opened

	checksBank, achBank, wireBank = "CHECKS", "ACH", "WIRE"
	routing                       = "091000019"
	bankFees                      = "999-53100-ADM"
)

// funding is what each bank account of the district begins with, in cents.
var funding = map[string]money.Amount{checksBank: 5_000_000, achBank: 5_000_000, wireBank: 2_000_000}

var bankNumbers = map[string]string{checksBank: "7001001", achBank: "7001002", wireBank: "7001003"}

var bankAccounts = map[string]string{checksBank: "999-11020", achBank: "999-11021", wireBank: "999-11022"}

// tuesday gives the first day of the month that the district tells: a Tuesday, and the latest of those whose month is over today.
func tuesday(today civil.Date) civil.Date {
	last := today.AddDays(-monthLength)
	return last.AddDays(-((int(last.Time().Weekday()-time.Tuesday) + 7) % 7))
}

// district gives the company folder of the water district before its month: customers with credits, and the vendors who are paid in
// their stead.
func district(first, today civil.Date) *folder.Data {
	b := &builder{r: rand.New(rand.NewPCG(seed, seed+2)), today: today, first: first}
	b.setUp()
	d := &b.d
	d.Company.Company, d.Company.Name = districtCode, districtName
	d.Parameters = append(d.Parameters, folder.Parameter{Parameter: "payment_approval_from", Value: "0.00"}, folder.Parameter{Parameter: "bank_difference_limit", Value: "25.00"})
	for _, a := range [][2]string{{"11021", "Treasurer's account for direct deposit"}, {"11022", "Treasurer's account for transfers"}} {
		d.Accounts = append(d.Accounts, folder.Account{Account: a[0], Name: a[1], Type: "asset", Control: "bank"})
	}
	opening := &doc{number: districtMarker, kind: "journal", date: first.AddDays(-opened), text: "Opening of the bank accounts", currency: usd}
	for _, bank := range []string{checksBank, achBank, wireBank} {
		opening.lines = append(opening.lines, entry{bankAccounts[bank], funding[bank]}, entry{"999-31000", -funding[bank]})
	}
	b.add(opening)
	for range paidByCheck + 1 {
		b.credited("check")
	}
	d.Vendors[len(d.Vendors)-1].Street = "" // nowhere to send a check to
	for range paidByACH + 1 {
		b.credited("ach")
	}
	d.Vendors[len(d.Vendors)-1].AccountNumber = ""
	d.Vendors[len(d.Vendors)-1].RoutingNumber, d.Vendors[len(d.Vendors)-1].AccountType, d.Vendors[len(d.Vendors)-1].BankVerified = "", "", false
	for range paidByWire + 1 {
		b.credited("wire")
	}
	d.Vendors[len(d.Vendors)-1].BankVerified = false
	b.askers()
	b.write()
	return d
}

// credited makes a customer with a credit, and the vendor who is paid in its stead by a method.
func (b *builder) credited(method string) {
	c := b.customer(scenario{})
	v := b.payee(c, "REFUND")
	if v.PaymentMethod = method; method != "check" {
		v.RoutingNumber, v.AccountNumber, v.AccountType, v.BankVerified = routing, b.digits(9), "checking", true
	}
	b.creditNote(c, b.first.AddDays(b.r.IntN(20)-57), b.utilities(), fmt.Sprintf("Meter read again, %s", c.Street))
}
