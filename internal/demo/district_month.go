package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

// treasury tells the month in which the district pays out, command by command.
type treasury struct {
	a        *app.App
	clock    *clock
	begins   civil.Date // the first day of the month, a Tuesday
	last     int        // minutes into the day
	day      int
	first    string               // the journal of the first day
	again    string               // the journal of what came back
	payments []*app.VendorPayment // of the first journal, by line
	balances map[string]money.Amount
	lines    map[string][]bankLine // that are not on a statement yet, by bank account
}

var treasuryStaff = map[string]identity.Role{"rosa": identity.Clerk, "ada": identity.Approver, "tom": identity.Treasurer, "helen": identity.Controller}

// on gives a day of the month.
func (m *treasury) on(day int) civil.Date { return m.begins.AddDays(day - 1) }

// by gives the call of one of the staff on a day of the month. Its key, made of what is done, makes the same command again give what it
// gave, so that a month that was cut off is gone on with.
func (m *treasury) by(who string, day int, what string) app.Call {
	if m.day != day {
		m.day, m.last = day, 0
	}
	m.last++
	m.clock.told.Store(m.on(day).Time().Add(14*time.Hour + time.Duration(m.last)*time.Minute).UnixMicro())
	return app.Call{Actor: identity.Actor{Name: who, Roles: []identity.Role{treasuryStaff[who]}}, Company: districtCode, Key: fmt.Sprintf("month/%d/%s", day, what)}
}

func (m *treasury) looks() app.Call {
	return app.Call{Actor: identity.Actor{Name: "helen", Roles: []identity.Role{identity.Controller}}, Company: districtCode}
}

// tell tells the month.
func (m *treasury) tell(ctx context.Context) error {
	defer m.clock.told.Store(0)
	for _, part := range []func(context.Context) error{m.setUp, m.pay, m.early, m.answers, m.reissue, m.late, m.banks} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setUp makes the bank accounts and methods of payment.
func (m *treasury) setUp(ctx context.Context) error {
	profile := nacha.Profile{Destination: routing, DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "MILLRACE WATER", Company: "MILLRACE WATER", CompanyID: "1234567890", Bank: routing, Description: "REFUND"}
	settings := map[string]payout.Settings{
		checksBank: {Check: &payout.CheckSettings{Style: check.Top, PayerLines: []string{"1 Millrace Lane", "Lakemont, WI 53551"}}},
		achBank:    {ACH: &payout.ACHSettings{Profile: profile}},
		wireBank:   {Transfer: &pain.Profile{Version: pain.V09, Initiator: "Millrace", Debtor: pain.Party{Name: "Millrace"}, Charges: "SHAR"}},
	}
	for _, x := range []struct {
		bank, method string
		kind         payout.Kind
	}{{checksBank, "check", payout.ByCheck}, {achBank, "ach", payout.ByACH}, {wireBank, "wire", payout.ByTransfer}} {
		row := app.BankAccountRow{Code: x.bank, Name: "Treasurer's " + strings.ToLower(x.bank), Account: bankAccounts[x.bank], Bank: "First Bank of Lakemont", Address: "1 Main Street\nLakemont, WI 53551", RoutingNumber: routing, AccountNumber: bankNumbers[x.bank], NextCheck: 1001, StaleDays: 25, Settings: settings[x.bank]}
		if err := m.a.SaveBankAccount(ctx, m.by("helen", 1, "bank "+x.bank), row); err != nil {
			return err
		}
		if err := m.a.SavePaymentMethod(ctx, m.by("helen", 1, "method "+x.method), app.PaymentMethodRow{Code: x.method, Kind: x.kind, Bank: x.bank}); err != nil {
			return err
		}
	}
	_, _, err := m.a.PostSelection(ctx, m.by("rosa", 1, "run"), app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: m.on(0)}, nil)
	return err
}

// journal proposes what is open, lets it be approved, makes the files, sends and posts.
func (m *treasury) journal(ctx context.Context, day int) (string, error) {
	j, err := m.a.ProposeVendorPayments(ctx, m.by("rosa", day, "propose"), app.VendorPaymentSelection{Date: m.on(day), Text: "Refunds"})
	if err != nil {
		return "", err
	}
	all := app.VendorPaymentChoice{Journal: j.Code}
	if _, err := m.a.ApproveVendorPayments(ctx, m.by("ada", day, "approve"), all); err != nil {
		return "", err
	}
	made, err := m.a.GenerateVendorPayments(ctx, m.by("tom", day, "generate"), app.VendorPaymentMaking{Choice: all})
	if err == nil && len(made.Refused) > 0 {
		err = fault.New(fault.Violation, "of the sample's payments: %v", made.Refused[0].Problem)
	}
	if err != nil {
		return "", err
	}
	if _, err := m.a.SendVendorPayments(ctx, m.by("tom", day, "send"), all, "by the bank's portal and by mail"); err != nil {
		return "", err
	}
	_, err = m.a.PostVendorPayments(ctx, m.by("tom", day, "post"), all, m.on(day))
	return j.Code, err
}

// list gives the payments of a journal, by line.
func (m *treasury) list(ctx context.Context, journal string) (all []*app.VendorPayment, err error) {
	for page := (app.Page{Limit: 200}); ; {
		part, err := m.a.VendorPayments(ctx, m.looks(), app.VendorPaymentFilter{Journal: journal}, page)
		if err != nil {
			return nil, err
		}
		for i := range part.Items {
			all = append(all, &part.Items[i])
		}
		if page.After = part.Next; part.Next == "" {
			break
		}
	}
	slices.Reverse(all) // they come the newest first
	return all, nil
}

// of gives the payments of a kind of the first journal.
func (m *treasury) of(kind payout.Kind) (all []*app.VendorPayment) {
	for _, p := range m.payments {
		if p.Kind == kind {
			all = append(all, p)
		}
	}
	return all
}

func (m *treasury) pay(ctx context.Context) (err error) {
	if m.first, err = m.journal(ctx, 1); err == nil {
		m.payments, err = m.list(ctx, m.first)
	}
	return err
}

// The payments with a story, by their places among those of their kind.
const (
	lostCheck, stoppedCheck, staleCheck, misreadCheck = 3, 17, 31, 44
	firstLate, lateChecks                             = 100, 4 // not cashed yet
	noFunds, noAccount, movedAccount                  = 5, 23, 60
	rejectedWire, feeWire                             = 9, 12 // from feeWire on every tenth has the bank's fee taken off it
)

// answers are what the banks say, and what the mail room does: returns, a change of bank details, a rejection; a void, a stop.
func (m *treasury) answers(ctx context.Context) error {
	checks, ach, wires := m.of(payout.ByCheck), m.of(payout.ByACH), m.of(payout.ByTransfer)
	one := func(p *app.VendorPayment) app.VendorPaymentChoice {
		return app.VendorPaymentChoice{Payments: []string{p.Payment}}
	}
	report := fmt.Appendf(nil, `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId><CreDtTm>%[3]sT08:00:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>%[1]s</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>`+
		`<OrgnlPmtInfAndSts><OrgnlPmtInfId>%[1]s-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>%[2]s</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`, wires[rejectedWire].File, wires[rejectedWire].Number, m.on(2))
	if err := m.read(ctx, 2, "status.xml", report, ""); err != nil {
		return err
	}
	back := func(p *app.VendorPayment, code string) []nacha.Return {
		return []nacha.Return{{Trace: p.Number, Code: code, Amount: cents(p.Amount), Name: p.Name}}
	}
	if err := m.read(ctx, 4, "returns-1.ach", nacha.BankFile(routing, "MILLRACE WATER", "1234567890", m.on(4).Time(), back(ach[noFunds], "R01"), []nacha.Change{{Trace: ach[movedAccount].Number, Code: "C01", Corrected: "880044221"}}), ""); err != nil {
		return err
	}
	if _, err := m.a.DecideBankProposal(ctx, m.by("ada", 4, "accept"), 1, true, "called the payee"); err != nil {
		return err
	}
	if err := m.read(ctx, 7, "returns-2.ach", nacha.BankFile(routing, "MILLRACE WATER", "1234567890", m.on(7).Time(), back(ach[noAccount], "R03"), nil), payout.Reverse); err != nil {
		return err
	}
	for _, f := range []app.VendorPaymentFailure{
		{Choice: one(checks[lostCheck]), As: payout.Voided, Date: m.on(9), Reason: "lost in the mail"},
		{Choice: one(checks[stoppedCheck]), As: payout.Stopped, Date: m.on(9), Reason: "sent to a former owner", Fate: payout.Reverse},
	} {
		if _, err := m.a.FailVendorPayments(ctx, m.by("tom", 9, string(f.As)), f); err != nil {
			return err
		}
	}
	return nil
}

func (m *treasury) read(ctx context.Context, day int, name string, content []byte, fate payout.Fate) error {
	_, err := m.a.ReadPaymentAnswers(ctx, m.by("tom", day, name), app.PaymentAnswersRequest{Name: name, Content: content, Date: m.on(day), Fate: fate})
	return err
}

// reissue pays what came back once more, and finds a check stale at the end of the month.
func (m *treasury) reissue(ctx context.Context) (err error) {
	if m.again, err = m.journal(ctx, 10); err != nil {
		return err
	}
	stale := app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{m.of(payout.ByCheck)[staleCheck].Payment}}, As: payout.Stale, Date: m.on(monthLength), Reason: "not cashed in 25 days"}
	_, err = m.a.FailVendorPayments(ctx, m.by("tom", monthLength, "stale"), stale)
	return err
}

func cents(text string) money.Amount {
	a, err := usd.Parse(text)
	if err != nil {
		panic(err) // an amount of the program's own
	}
	return a
}

// banks makes the statements of the month, and reconciles them.
func (m *treasury) banks(ctx context.Context) error {
	more, err := m.list(ctx, m.again)
	if err != nil {
		return err
	}
	m.balances, m.lines = map[string]money.Amount{}, map[string][]bankLine{}
	m.say(more)
	for _, x := range []struct {
		bank   string
		ends   []int
		format func(account string, from, to int, opening money.Amount, lines []bankLine) []byte
	}{
		{checksBank, []int{4, 11, 18, 24, monthLength}, func(account string, _, to int, opening money.Amount, lines []bankLine) []byte {
			return m.bai2(account, to, opening, lines)
		}},
		{achBank, []int{7, 14, monthLength}, m.camt053},
		{wireBank, []int{11, monthLength}, m.mt940},
	} {
		slices.SortStableFunc(m.lines[x.bank], func(a, b bankLine) int { return cmp.Compare(a.day, b.day) })
		from := 1
		for _, to := range x.ends {
			n, _ := slices.BinarySearchFunc(m.lines[x.bank], to+1, func(l bankLine, day int) int { return cmp.Compare(l.day, day) })
			lines := m.lines[x.bank][:n]
			m.lines[x.bank] = m.lines[x.bank][n:]
			file := x.format(bankNumbers[x.bank], from, to, m.balances[x.bank], lines)
			if err := m.reconcile(ctx, x.bank, to, file); err != nil {
				return err
			}
			for _, l := range lines {
				m.balances[x.bank] += l.amount
			}
			from = to + 1
		}
	}
	return nil
}

// say makes what the banks tell of the month: of the payments of the first day, and of those of the tenth.
func (m *treasury) say(more []*app.VendorPayment) {
	r := rand.New(rand.NewPCG(seed, seed+3))
	add := func(bank string, l bankLine) { m.lines[bank] = append(m.lines[bank], l) }
	for bank, amount := range funding {
		add(bank, bankLine{day: 1, amount: amount, ref: districtMarker, text: "OPENING"})
		add(bank, bankLine{day: monthLength, amount: -1250, text: "SERVICE CHARGE"})
	}
	paid := 0
	for _, x := range askings() {
		if x.credit != "" { // what was paid twice before the month came to the bank in it
			paid++
			add(checksBank, bankLine{day: 1, amount: cents(x.credit), ref: fmt.Sprintf("PMT-26-%04d", paid), text: "DEPOSIT"})
		}
	}
	for i, p := range m.of(payout.ByCheck) {
		l := bankLine{day: 3 + r.IntN(28), amount: -cents(p.Amount), ref: p.Number}
		switch {
		case i == lostCheck, i == stoppedCheck, i == staleCheck, i >= firstLate && i < firstLate+lateChecks:
			continue
		case i == misreadCheck:
			l.day, l.amount = 10, l.amount-900
			add(checksBank, bankLine{day: 16, amount: 900, text: "CORRECTION OF A CHECK"})
		}
		add(checksBank, l)
	}
	files := map[string]money.Amount{}
	for i, p := range m.of(payout.ByACH) {
		files[p.File] -= cents(p.Amount)
		if i == noFunds || i == noAccount {
			add(achBank, bankLine{day: map[int]int{noFunds: 4, noAccount: 7}[i], amount: cents(p.Amount), ref: p.Number, why: map[int]string{noFunds: "R01", noAccount: "R03"}[i], text: "RETURN"})
		}
	}
	for file, amount := range files {
		add(achBank, bankLine{day: 2, amount: amount, ref: file, text: "DIRECT DEPOSIT"})
	}
	for i, p := range m.of(payout.ByTransfer) {
		l := bankLine{day: 2, amount: -cents(p.Amount), ref: p.Number, text: "TRANSFER"}
		switch {
		case i == rejectedWire:
			continue
		case i >= feeWire && (i-feeWire)%10 == 0:
			l.amount -= 1500
		}
		add(wireBank, l)
	}
	for _, p := range more {
		add(p.Bank, bankLine{day: 14, amount: -cents(p.Amount), ref: p.Number, text: "PAID"})
	}
}

// reconcile brings a statement in, lets it be matched, and says what the rest is: fees and the bank's mistakes.
func (m *treasury) reconcile(ctx context.Context, bank string, day int, file []byte) error {
	key := fmt.Sprintf("%s %d", bank, day)
	all, err := m.a.ImportBankStatements(ctx, m.by("tom", day, "import "+key), app.BankImport{Name: strings.ToLower(bank) + "-" + m.on(day).String(), Data: file})
	if err != nil {
		return err
	}
	matched, err := m.a.MatchBank(ctx, m.by("tom", day, "match "+key), bank, false)
	if err != nil {
		return err
	}
	found := map[string]app.BankMatch{}
	for _, x := range matched {
		found[x.Line] = x
	}
	open, err := m.a.BankStatementLines(ctx, m.looks(), all[0].Statement, app.BankLineFilter{State: "open"}, app.Page{Limit: 100})
	if err == nil && open.Next != "" {
		err = fault.New(fault.Violation, "more than a hundred lines of the sample's statement %s match nothing", all[0].Statement)
	}
	if err != nil {
		return err
	}
	for _, l := range open.Items {
		x := app.BankReconciling{Line: l.Line, Payments: found[l.Line].Payments, Difference: bankFees}
		if _, err := m.a.ReconcileBankLine(ctx, m.by("tom", day, "line "+l.Line), x); err != nil {
			return err
		}
	}
	return nil
}
