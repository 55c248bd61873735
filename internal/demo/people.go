package demo

import (
	"fmt"
	"strings"

	"quittance/internal/folder"
	"quittance/internal/money"
)

// The words that names and addresses are made of. Nobody of these is a real person; e-mail is on reserved domains.
var (
	givenNames = strings.Fields(`Adela Alden Amity Anders Ansel Beatrix Bettina Birch Calder Calla Cedric Clement Cora Cyrus Dagny Delphine Edda Elgin
		Elowen Emeric Esker Fenna Fern Galen Greta Hale Hanne Hester Ilsa Imre Ione Jarvis Jessamy Juniper Kester Lark Leopold Linnea Lorcan Maren Merritt
		Moss Nadia Nevin Odette Olin Orla Paloma Perrin Quill Rafe Rowan Sabine Selwyn Sorrel Tamsin Thea Torben Ulric Vesper Wilda Yara Zephyr`)
	familyNames = strings.Fields(`Alderquist Applethorne Ashwillow Barrowfield Bexley-Moor Birchmoor Bramblewood Brightwater Bristlecone Caldermoss
		Cattailer Cloverhill Coldspring Copperfen Dovercrest Driftmeyer Eastbrooke Elderbank Fennimoor Foxhollow Gladewell Goldenrow Greenlock Harrowgate
		Hazelmere Heatherow Hollowell Ironbrook Kestrelman Kettlemoor Larkendale Lindenvale Loonwater Maplethorpe Marshwell Millrace Mossgrove Northfallow
		Oakhurst-Lane Otterby Pebblecroft Pinehollow Quarrywell Ravenmoor Reedwater Rushmere Saltmarsh Silverbirch Slatebrook Stonefallow Tamarackson
		Thistledown Thornwell Underhollow Wetherlake Whitefen Willowmere Winterbourne Wrenfield Yarrowgate`)
	tradeFirst  = strings.Fields("Blue-Heron Brass-Lantern Cedar-Point Copper-Kettle Corner-Oak Cranberry Drumlin East-Shore Evergreen Flint-Creek Four-Rivers Golden-Elm Granite Harbor-Light Kingfisher Lakeshore Loon-Bay Marquette-Lane Mill-Pond Night-Owl North-Pier Old-Depot Pine-Ridge Prairie-Sky Red-Barn Sandpiper Second-Street Sturgeon-Bend Tamarack Two-Bridges Union-Square White-Pine")
	tradeSecond = []string{"Bakery", "Bicycle Works", "Brewing Co.", "Builders", "Cafe", "Car Wash", "Child Care", "Dental", "Dry Cleaners", "Family Practice", "Fitness", "Florists", "Hardware", "Heating & Air", "Landscaping", "Laundromat", "Marine Supply", "Pharmacy", "Print Shop", "Property Management", "Restaurant", "Self Storage", "Veterinary Clinic", "Yoga"}
	streets     = []string{"Alder Street", "Bluff Road", "Canal Street", "Cedar Avenue", "Depot Street", "Elm Court", "Ferry Lane", "Garfield Avenue", "Harbor Street", "Juniper Way", "Lake Drive", "Locust Street", "Maple Street", "Mill Street", "North Shore Road", "Oak Terrace", "Pier Street", "Prospect Avenue", "Quarry Road", "River Street", "Spring Street", "Tamarack Trail", "Union Street", "Walnut Street", "Willow Bend"}
	usTowns     = []town{{"Lakemont", "WI", "53551"}, {"Lakemont", "WI", "53551"}, {"Lakemont", "WI", "53551"}, {"Mill Prairie", "WI", "53594"}, {"Drumlin Heights", "WI", "53538"}, {"North Lakemont", "WI", "53925"}}
	caTowns     = []town{{"Thunder Bay", "ON", "P7B 1A1"}, {"Kenora", "ON", "P9N 1A2"}, {"Sault Ste. Marie", "ON", "P6A 1B3"}}
)

type town struct{ city, state, postal string }

// household gives a person's name and e-mail.
func (b *builder) household() (name, email string) {
	given, family := pick(b, givenNames), pick(b, familyNames)
	return given + " " + family, strings.ToLower(given+"."+family) + "@example.org"
}

// business gives the name and e-mail of a firm.
func (b *builder) business() (name, email string) {
	first, second := pick(b, tradeFirst), pick(b, tradeSecond)
	host := strings.ToLower(strings.ReplaceAll(first, "-", ""))
	return strings.ReplaceAll(first, "-", " ") + " " + second, "accounts." + host + "@example.com"
}

// customer makes the next customer.
func (b *builder) customer(s scenario) *folder.Customer {
	c := folder.Customer{Customer: fmt.Sprintf("C-%d", 10001+len(b.d.Customers)), Group: "RES", Currency: usd, Country: "US"}
	c.Name, c.Email = b.household()
	t := pick(b, usTowns)
	switch {
	case s.abroad:
		c.Name, c.Email = b.business()
		c.Group, c.Currency, c.Country, t = "CAN", cad, "CA", pick(b, caTowns)
	case b.chance(30):
		c.Name, c.Email = b.business()
		c.Group = "COM"
	}
	c.Street = fmt.Sprintf("%d %s", 10+b.r.IntN(1890), pick(b, streets))
	c.City, c.State, c.PostalCode = t.city, t.state, t.postal
	if has, number, verified := b.chance(40), b.digits(10), b.chance(75); has && b.withBanks && !s.abroad {
		c.RoutingNumber, c.AccountNumber, c.AccountType, c.BankVerified = "110000000", number, "checking", verified
	}
	b.d.Customers = append(b.d.Customers, c)
	return &b.d.Customers[len(b.d.Customers)-1]
}

// payee makes a vendor who is paid in the customer's stead, and names it on the customer.
func (b *builder) payee(c *folder.Customer, group string) *folder.Vendor {
	v := folder.Vendor{
		Vendor: fmt.Sprintf("V-%s", strings.TrimPrefix(c.Customer, "C-")), Name: c.Name, Group: group, Currency: c.Currency, PaymentMethod: "check", OneTime: "no",
		Street: c.Street, City: c.City, State: c.State, PostalCode: c.PostalCode, Country: c.Country, Email: c.Email,
	}
	if c.BankVerified {
		v.PaymentMethod, v.RoutingNumber, v.AccountNumber, v.AccountType = "ach", c.RoutingNumber, c.AccountNumber, c.AccountType
	}
	c.Vendor = v.Vendor
	b.d.Vendors = append(b.d.Vendors, v)
	return &b.d.Vendors[len(b.d.Vendors)-1]
}

// digits gives n random digits, the first of which is not 0.
func (b *builder) digits(n int) string {
	s := fmt.Sprint(1 + b.r.IntN(9))
	for len(s) < n {
		s += fmt.Sprint(b.r.IntN(10))
	}
	return s
}

// chance is true in percent of a hundred cases.
func (b *builder) chance(percent int) bool { return b.r.IntN(100) < percent }

// cents gives an amount from low to high, in minor units.
func (b *builder) cents(low, high int64) money.Amount {
	return money.Amount(low + b.r.Int64N(high-low+1))
}

func pick[T any](b *builder, from []T) T { return from[b.r.IntN(len(from))] }
