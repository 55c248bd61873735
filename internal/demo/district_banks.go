package demo

import (
	"fmt"
	"strings"

	"quittance/internal/money"
)

// bankLine is a line that a bank of the sample tells: what came in is positive.
type bankLine struct {
	day    int // of the month
	amount money.Amount
	ref    string // check number, trace number, end-to-end reference, or payment file
	why    string // of a return
	text   string
}

// bai2 writes a statement of a day as BAI2, with checks by their numbers.
func (m *treasury) bai2(account string, day int, opening money.Amount, lines []bankLine) []byte {
	date := strings.ReplaceAll(m.on(day).String(), "-", "")[2:]
	closing, control := opening, opening
	var records []string
	for i, l := range lines {
		kind, ref := "475", l.ref
		switch {
		case l.amount > 0 && l.ref == "":
			kind = "399"
		case l.amount > 0:
			kind = "195"
		case l.ref == "":
			kind = "698"
		}
		closing += l.amount
		control += l.amount.Abs()
		records = append(records, fmt.Sprintf("16,%s,%d,Z,B%d%03d,%s,%s/", kind, int64(l.amount.Abs()), day, i, ref, l.text))
	}
	control += closing
	n := len(records) + 3
	out := []string{"01,FIRSTBANK,MILLRACE," + date + ",0630,1,,,2/", "02,MILLRACE," + routing + ",1," + date + ",0600,USD,2/", fmt.Sprintf("03,%s,USD,010,%d,,/", account, int64(opening)), fmt.Sprintf("88,015,%d,,/", int64(closing))}
	out = append(append(out, records...), fmt.Sprintf("49,%d,%d/", int64(control), n), fmt.Sprintf("98,%d,1,%d/", int64(control), n+2), fmt.Sprintf("99,%d,1,%d/", int64(control), n+4))
	return []byte(strings.Join(out, "\n") + "\n")
}

// camt053 writes a statement of some days as camt.053, version 8.
func (m *treasury) camt053(account string, from, to int, opening money.Amount, lines []bankLine) []byte {
	closing := opening
	var b strings.Builder
	for _, l := range lines {
		closing += l.amount
		side, back := "CRDT", ""
		if l.amount < 0 {
			side = "DBIT"
		}
		if l.why != "" {
			back = "<RtrInf><Rsn><Prtry>" + l.why + "</Prtry></Rsn></RtrInf>"
		}
		fmt.Fprintf(&b, `<Ntry><Amt Ccy="USD">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>%s</Dt></BookgDt><ValDt><Dt>%[3]s</Dt></ValDt><BkTxCd><Prtry><Cd>ACH</Cd></Prtry></BkTxCd>`+
			`<NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><Amt Ccy="USD">%[1]s</Amt><CdtDbtInd>%[2]s</CdtDbtInd>%[5]s</TxDtls></NtryDtls><AddtlNtryInf>%[6]s</AddtlNtryInf></Ntry>`,
			usd.Format(l.amount.Abs()), side, m.on(l.day), l.ref, back, l.text)
	}
	balance := func(code string, a money.Amount, day int) string {
		return fmt.Sprintf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="USD">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>`, code, usd.Format(a), m.on(day))
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>M%d</MsgId><CreDtTm>%sT06:00:00</CreDtTm></GrpHdr>`+
		`<Stmt><Id>S%[1]d</Id><CreDtTm>%[2]sT06:00:00</CreDtTm><FrToDt><FrDtTm>%[3]sT00:00:00</FrDtTm><ToDtTm>%[2]sT23:59:59</ToDtTm></FrToDt><Acct><Id><Othr><Id>%[4]s</Id></Othr></Id><Ccy>USD</Ccy></Acct>%[5]s%[6]s%[7]s</Stmt></BkToCstmrStmt></Document>`,
		to, m.on(to), m.on(from), account, balance("OPBD", opening, from), balance("CLBD", closing, to), b.String())
}

// mt940 writes a statement of some days as MT940.
func (m *treasury) mt940(account string, from, to int, opening money.Amount, lines []bankLine) []byte {
	short := func(day int) string { return strings.ReplaceAll(m.on(day).String(), "-", "")[2:] }
	amount := func(a money.Amount) string { return strings.ReplaceAll(usd.Format(a.Abs()), ".", ",") }
	closing := opening
	out := []string{":20:STMT" + short(to), ":25:" + account, ":28C:" + fmt.Sprint(to) + "/1", ":60F:C" + short(from) + "USD" + amount(opening)}
	for i, l := range lines {
		closing += l.amount
		mark := "D"
		if l.amount > 0 {
			mark = "C"
		}
		ref := l.ref
		if ref == "" {
			ref = "NONREF"
		}
		out = append(out, fmt.Sprintf(":61:%s%s%s%sNTRF%s//W%02d%04d", short(l.day), short(l.day)[2:], mark, amount(l.amount), ref, to, i), ":86:"+strings.TrimSpace(l.text+" "+l.ref))
	}
	return []byte(strings.Join(append(out, ":62F:C"+short(to)+"USD"+amount(closing), "-"), "\r\n") + "\r\n")
}
