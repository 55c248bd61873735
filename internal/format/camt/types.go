package camt

import (
	"encoding/xml"
	"strings"
)

// The elements of the messages. Where a version has another shape, both are here, and at most one is filled.

type pagination struct {
	Number string `xml:"PgNb"`
	Last   string `xml:"LastPgInd"`
}

func (p pagination) String() string { return strings.TrimLeft(strings.TrimSpace(p.Number), "0") }

type amount struct {
	Text     string `xml:",chardata"`
	Currency string `xml:"Ccy,attr"`
}

// date is a date or a moment.
type date struct {
	Day    string `xml:"Dt"`
	Moment string `xml:"DtTm"`
}

type choice struct {
	Code string `xml:"Cd"`
	Own  string `xml:"Prtry"`
}

func (c choice) String() string { return strings.TrimSpace(c.Code + c.Own) }

// status is a text in 001.02 and 001.04, a choice in 001.08.
type status struct {
	Text string `xml:",chardata"`
	choice
}

func (s status) String() string { return strings.TrimSpace(s.Text + s.choice.String()) }

type account struct {
	IBAN  string `xml:"Id>IBAN"`
	Other string `xml:"Id>Othr>Id"`
	Ccy   string `xml:"Ccy"`
	Name  string `xml:"Nm"`
	Owner party  `xml:"Ownr"`
	Bank  agent  `xml:"Svcr"`
}

// agent is a bank: BIC in 001.02, BICFI since.
type agent struct {
	BIC    string `xml:"FinInstnId>BIC"`
	BICFI  string `xml:"FinInstnId>BICFI"`
	Member string `xml:"FinInstnId>ClrSysMmbId>MmbId"`
	Other  string `xml:"FinInstnId>Othr>Id"`
	Name   string `xml:"FinInstnId>Nm"`
}

func (a agent) String() string {
	for _, s := range []string{a.BIC, a.BICFI, a.Member, a.Other} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

// party is a person or a company; since 001.08 within a transaction it is one level deeper, or a bank.
type party struct {
	Name  string `xml:"Nm"`
	Inner string `xml:"Pty>Nm"`
	Agent agent  `xml:"Agt"`
}

func (p party) String() string {
	for _, s := range []string{p.Name, p.Inner, p.Agent.Name} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	return ""
}

type balance struct {
	Type   choice `xml:"Tp>CdOrPrtry"`
	Amount amount `xml:"Amt"`
	Sign   string `xml:"CdtDbtInd"`
	Date   date   `xml:"Dt"`
}

type availability struct {
	Days   string `xml:"Dt>NbOfDays"`
	Actual string `xml:"Dt>ActlDt"`
	Amount amount `xml:"Amt"`
	Sign   string `xml:"CdtDbtInd"`
}

// total is of all entries, or of those of one sign. The net sum is flat in 001.02, an element of its own since.
type total struct {
	Count   string `xml:"NbOfNtries"`
	Sum     string `xml:"Sum"`
	FlatNet string `xml:"TtlNetNtryAmt"`
	Flat    string `xml:"CdtDbtInd"`
	Net     string `xml:"TtlNetNtry>Amt"`
	NetSign string `xml:"TtlNetNtry>CdtDbtInd"`
}

type summary struct {
	All     *total `xml:"TtlNtries"`
	Credits *total `xml:"TtlCdtNtries"`
	Debits  *total `xml:"TtlDbtNtries"`
}

type code struct {
	Domain string `xml:"Domn>Cd"`
	Family string `xml:"Domn>Fmly>Cd"`
	Sub    string `xml:"Domn>Fmly>SubFmlyCd"`
	Own    string `xml:"Prtry>Cd"`
}

type amounts struct {
	Instructed  amount `xml:"InstdAmt>Amt"`
	Transaction amount `xml:"TxAmt>Amt"`
}

type entry struct {
	XMLName  xml.Name
	Ref      string         `xml:"NtryRef"`
	Amount   amount         `xml:"Amt"`
	Sign     string         `xml:"CdtDbtInd"`
	Reversal string         `xml:"RvslInd"`
	Status   status         `xml:"Sts"`
	Booked   date           `xml:"BookgDt"`
	Value    date           `xml:"ValDt"`
	Bank     string         `xml:"AcctSvcrRef"`
	Funds    []availability `xml:"Avlbty"`
	Code     code           `xml:"BkTxCd"`
	Amounts  amounts        `xml:"AmtDtls"`
	Details  []details      `xml:"NtryDtls"`
	Info     string         `xml:"AddtlNtryInf"`
}

type details struct {
	Batch struct {
		Message string `xml:"MsgId"`
		Payment string `xml:"PmtInfId"`
		Count   string `xml:"NbOfTxs"`
		Total   amount `xml:"TtlAmt"`
		Sign    string `xml:"CdtDbtInd"`
	} `xml:"Btch"`
	All []transaction `xml:"TxDtls"`
}

type transaction struct {
	Refs struct {
		Message   string `xml:"MsgId"`
		Bank      string `xml:"AcctSvcrRef"`
		Payment   string `xml:"PmtInfId"`
		Order     string `xml:"InstrId"`
		EndToEnd  string `xml:"EndToEndId"`
		UETR      string `xml:"UETR"`
		ID        string `xml:"TxId"`
		Mandate   string `xml:"MndtId"`
		Check     string `xml:"ChqNb"`
		Clearing  string `xml:"ClrSysRef"`
		Holder    string `xml:"AcctOwnrTxId"`
		BanksOwn  string `xml:"AcctSvcrTxId"`
		MarketsID string `xml:"MktInfrstrctrTxId"`
	} `xml:"Refs"`
	Amount  *amount `xml:"Amt"`
	Sign    string  `xml:"CdtDbtInd"`
	Amounts amounts `xml:"AmtDtls"`
	Code    code    `xml:"BkTxCd"`
	Parties struct {
		Debtor          party   `xml:"Dbtr"`
		DebtorAccount   account `xml:"DbtrAcct"`
		Creditor        party   `xml:"Cdtr"`
		CreditorAccount account `xml:"CdtrAcct"`
	} `xml:"RltdPties"`
	Agents struct {
		Debtor   agent `xml:"DbtrAgt"`
		Creditor agent `xml:"CdtrAgt"`
	} `xml:"RltdAgts"`
	Remittance struct {
		Texts      []string `xml:"Ustrd"`
		Structured []struct {
			Documents []string `xml:"RfrdDocInf>Nb"`
			Reference string   `xml:"CdtrRefInf>Ref"`
			Info      []string `xml:"AddtlRmtInf"`
		} `xml:"Strd"`
	} `xml:"RmtInf"`
	Return struct {
		Reason choice   `xml:"Rsn"`
		Info   []string `xml:"AddtlInf"`
	} `xml:"RtrInf"`
	Info string `xml:"AddtlTxInf"`
}
