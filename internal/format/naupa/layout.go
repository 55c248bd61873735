package naupa

import "slices"

// field is a place in a record: of so many characters, a number or a text.
type field struct {
	name   string
	width  int
	number bool
	from   int // set when the layout is made, from 0
}

func n(name string, width int) field { return field{name: name, width: width, number: true} }
func c(name string, width int) field { return field{name: name, width: width} }

// owned are the fields of an owner, the same in property and additional owner records.
var owned = []field{
	c("kind", 2), c("last", 40), c("first", 30), c("middle", 30), c("prefix", 10), c("suffix", 10), c("title", 6),
	c("line1", 30), c("line2", 30), c("line3", 30), c("city", 30), c("county", 20), c("state", 2), c("zip", 9), c("country", 3),
	n("tax_id", 9), c("tax_id_ext", 2), n("born", 8),
}

// contact are the fields of a person whom the state may ask.
func contact(before string) []field {
	return []field{
		c(before+"name", 40), c(before+"line1", 30), c(before+"line2", 30), c(before+"line3", 30), c(before+"city", 30), c(before+"state", 2),
		c(before+"zip", 9), c(before+"country", 3), n(before+"phone", 10), c(before+"ext", 4), c(before+"email", 50),
	}
}

// layouts are the fields of the records in their order, by the first character. What is left of a record is blank.
var layouts = map[byte][]field{
	'1': placed(
		[]field{n("code", 1), n("tax_id", 9), n("tax_id_ext", 4), n("year", 4), c("type", 1), n("number", 2), c("format", 1), n("industry", 6), c("incorporated", 2), n("incorporated_on", 8), c("name", 40), c("city", 30), c("county", 20), c("state", 2)},
		contact("contact_"), contact("contact2_"),
	),
	'2': placed(
		[]field{n("code", 1), n("sequence", 6)}, owned,
		[]field{
			n("from", 8), n("to", 8), c("property_type", 4), n("reported", 10), c("deduction_type", 2), n("deduction", 10), n("advertised", 10),
			c("addition_type", 2), n("addition", 10), c("deletion_type", 2), n("deletion", 10), n("remitted", 10), c("interest_flag", 1), n("interest_rate", 7),
			c("description", 50), c("account", 20), c("check", 20), c("relationship", 2),
		},
	),
	'3': placed([]field{n("code", 1), n("sequence", 6), n("owner_number", 4)}, owned, []field{c("relationship", 2)}),
	'9': placed([]field{
		n("code", 1), n("records", 6), n("properties", 6), n("reported", 12), n("deduction", 12), n("advertised", 12), n("addition", 12), n("deletion", 12), n("remitted", 12),
		c("negative", 1), c("software", 30),
	}),
}

// placed gives fields one after another.
func placed(parts ...[]field) []field {
	all := slices.Concat(parts...)
	at := 0
	for i := range all {
		all[i].from = at
		at += all[i].width
	}
	if at > Width {
		panic("naupa: a layout is wider than a record")
	}
	return all
}
