package folder

import "time"

// RemittanceMap is a row of remittance_maps: a saved column map.
type RemittanceMap struct {
	Row
	Map     string `col:"map,required,code,key"`
	Name    string `col:"name"`
	Columns string `col:"columns,required,lines,format=json"`
}

// RemittancePartner is a row of remittance_partners: who sends remittances, as files name it.
type RemittancePartner struct {
	Row
	Partner  string `col:"partner,required,code,key"`
	Customer string `col:"customer,required,code"`
	Sign     string `col:"sign,enum=positive_reduces|negative_reduces"` // of X12 ADX01; blank = by its version
	Bank     string `col:"bank,code,max=250"`                           // blank = as the parameter says
	Map      string `col:"map,code"`
}

// Remittance is a row of remittances: a file that was imported; its content stands under files.
type Remittance struct {
	Row
	Remittance string    `col:"remittance,required,code,key"`
	Format     string    `col:"format,required,enum=csv|xlsx|x12_820|x12_812|bai2"`
	Name       string    `col:"name,required,lines"`
	Media      string    `col:"media,required"`
	SHA256     string    `col:"sha256,required,format=sha256"`
	Size       int       `col:"size,required,range=1..10485760"`
	Actor      string    `col:"actor"` // blank = who imports
	At         time.Time `col:"at"`
}

// RemittanceDetail is a row of remittance_details: a part of what was read of a remittance, what matched and what did not, as JSON
// that was cut to fit.
type RemittanceDetail struct {
	Row
	Remittance string `col:"remittance,required,code,key"`
	Part       int    `col:"part,required,range=1..1000000,key"`
	Detail     string `col:"detail,required,lines"`
}

// DeductionEvidence is a row of deduction_evidence: an attachment; its content stands under files.
type DeductionEvidence struct {
	Row
	Deduction string    `col:"deduction,required,code,key"`
	Evidence  int       `col:"evidence,required,range=1..1000000000,key"` // number within the deduction
	Type      string    `col:"type,required,enum=claim|proof_of_delivery|bill_of_lading|price_agreement|email|other"`
	Name      string    `col:"name,required"`
	Media     string    `col:"media"` // blank = by name and content
	SHA256    string    `col:"sha256,required,format=sha256"`
	Size      int       `col:"size,required,range=1..10485760"`
	Actor     string    `col:"actor"` // blank = who imports
	At        time.Time `col:"at"`
}
