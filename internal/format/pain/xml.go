package pain

import "encoding/xml"

// The elements of pain.001 that are written, in the order of the schemas. Names are those of the standard; where the versions differ, an
// element has the fields of both, and the one that is not meant stays blank.

type document struct {
	XMLName xml.Name   `xml:"Document"`
	Space   string     `xml:"xmlns,attr"`
	Message initiation `xml:"CstmrCdtTrfInitn"`
}

type initiation struct {
	Header groupHeader     `xml:"GrpHdr"`
	Blocks []*paymentBlock `xml:"PmtInf"`
}

type groupHeader struct {
	MsgID    string `xml:"MsgId"`
	Created  string `xml:"CreDtTm"`
	Count    int    `xml:"NbOfTxs"`
	Sum      string `xml:"CtrlSum"`
	InitgPty party  `xml:"InitgPty"`
}

type paymentBlock struct {
	ID        string        `xml:"PmtInfId"`
	Method    string        `xml:"PmtMtd"`
	Batch     string        `xml:"BtchBookg,omitempty"`
	Count     int           `xml:"NbOfTxs"`
	Sum       string        `xml:"CtrlSum"`
	Type      *paymentType  `xml:"PmtTpInf"`
	Date      executionDate `xml:"ReqdExctnDt"`
	Debtor    party         `xml:"Dbtr"`
	Account   account       `xml:"DbtrAcct"`
	Agent     agent         `xml:"DbtrAgt"`
	Charges   string        `xml:"ChrgBr,omitempty"`
	Transfers []transfer    `xml:"CdtTrfTxInf"`
}

type paymentType struct {
	Service    *choice `xml:"SvcLvl"`
	Instrument *choice `xml:"LclInstrm"`
	Category   *choice `xml:"CtgyPurp"`
}

type choice struct {
	Cd string `xml:"Cd"`
}

// executionDate is a date in version 03, and an element with one in version 09.
type executionDate struct {
	Text string `xml:",chardata"`
	Dt   string `xml:"Dt,omitempty"`
}

type party struct {
	Name    string   `xml:"Nm"`
	Address *address `xml:"PstlAdr"`
	ID      *partyID `xml:"Id"`
}

type partyID struct {
	Other generic `xml:"OrgId>Othr"`
}

type generic struct {
	ID     string  `xml:"Id"`
	Scheme *choice `xml:"SchmeNm"`
}

type address struct {
	Street   string   `xml:"StrtNm,omitempty"`
	Building string   `xml:"BldgNb,omitempty"`
	Postcode string   `xml:"PstCd,omitempty"`
	Town     string   `xml:"TwnNm,omitempty"`
	Region   string   `xml:"CtrySubDvsn,omitempty"`
	Country  string   `xml:"Ctry,omitempty"`
	Lines    []string `xml:"AdrLine"`
}

type account struct {
	IBAN     string   `xml:"Id>IBAN,omitempty"`
	Other    *generic `xml:"Id>Othr"`
	Type     *choice  `xml:"Tp"`
	Currency string   `xml:"Ccy,omitempty"`
}

type agent struct {
	Institution institution `xml:"FinInstnId"`
}

type institution struct {
	BIC     string   `xml:"BIC,omitempty"`   // version 03
	BICFI   string   `xml:"BICFI,omitempty"` // version 09
	Member  *member  `xml:"ClrSysMmbId"`
	Name    string   `xml:"Nm,omitempty"`
	Address *address `xml:"PstlAdr"`
	Other   *generic `xml:"Othr"`
}

type member struct {
	System choice `xml:"ClrSysId"`
	ID     string `xml:"MmbId"`
}

type transfer struct {
	Instruction string      `xml:"PmtId>InstrId,omitempty"`
	EndToEnd    string      `xml:"PmtId>EndToEndId"`
	Amount      amount      `xml:"Amt>InstdAmt"`
	Agent       *agent      `xml:"CdtrAgt"`
	Creditor    party       `xml:"Cdtr"`
	Account     account     `xml:"CdtrAcct"`
	Purpose     *choice     `xml:"Purp"`
	Remittance  *remittance `xml:"RmtInf"`
}

type amount struct {
	Currency string `xml:"Ccy,attr"`
	Value    string `xml:",chardata"`
}

type remittance struct {
	Text      string     `xml:"Ustrd,omitempty"`
	Reference *reference `xml:"Strd>CdtrRefInf"`
}

type reference struct {
	Code   string `xml:"Tp>CdOrPrtry>Cd"`
	Issuer string `xml:"Tp>Issr,omitempty"`
	Value  string `xml:"Ref"`
}
