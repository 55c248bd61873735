package deduction

import (
	"embed"
	"encoding/csv"
	"slices"
	"strings"
	"sync"

	"quittance/internal/fault"
)

// ListCode is a code of a standard list. The group says what it is about, for finding it.
type ListCode struct{ Code, Group, Name string }

// List is a standard list of reason codes that ships with the program.
type List struct {
	Code, Name      string
	Version, Source string
	Codes           []ListCode // by code
}

// Find gives the code of the list; letters are alike.
func (l *List) Find(code string) (ListCode, bool) {
	i := slices.IndexFunc(l.Codes, func(x ListCode) bool { return x.Code == normal(code) })
	if i < 0 {
		return ListCode{}, false
	}
	return l.Codes[i], true
}

//go:embed lists/*.csv
var listFiles embed.FS

// Lists gives the standard lists. They are read once, and not to be changed.
var Lists = sync.OnceValue(func() []*List {
	lists := []*List{
		{
			Code: X12, Name: "ASC X12 element 426, Adjustment Reason Code", Version: "007040",
			Source: "ASC X12 data element dictionary; the codes between companies that trade, with short meanings in our words. Left out: payroll, pensions, disability, health care, student loans, cinemas, mortgages, bank account analysis.",
		},
		{
			Code: EDIFACT, Name: "UN/EDIFACT element 4465, Adjustment reason description code", Version: "D.22A",
			Source: "UNECE, United Nations Trade Data Interchange Directory (UNTDID), all codes with their names.",
		},
	}
	for _, l := range lists {
		f, err := listFiles.Open("lists/" + l.Code + ".csv")
		if err != nil {
			panic(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			panic(err)
		}
		for _, r := range rows[1:] {
			l.Codes = append(l.Codes, ListCode{r[0], r[1], r[2]})
		}
	}
	return lists
})

// FindList gives the standard list with the code.
func FindList(code string) (*List, error) {
	var known []string
	for _, l := range Lists() {
		if l.Code == code {
			return l, nil
		}
		known = append(known, l.Code)
	}
	return nil, fault.New(fault.Invalid, "%q is no standard list; expected one of %s", code, strings.Join(known, ", ")).In("list")
}
