package apptest

import (
	"embed"
	"strings"
)

//go:embed testdata/public-sector
var publicSector embed.FS

// PublicSector gives the folder of the two worked examples of the reimbursement rules.
func PublicSector() Files {
	f := Files{}
	entries, err := publicSector.ReadDir("testdata/public-sector")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		b, err := publicSector.ReadFile("testdata/public-sector/" + e.Name())
		if err != nil {
			panic(err)
		}
		f[strings.TrimSuffix(e.Name(), ".csv")] = string(b)
	}
	return f
}
