package demo

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
)

// says gives the note of a deduction: the name of its story, and what the customer says.
func (s *story) says() string {
	return strings.Trim(s.name+": "+s.note, ": ")
}

// step is what somebody does about a deduction, so many days before today.
type step struct {
	day int
	who string
	do  func(ctx context.Context, d *desk, call app.Call, number string) error
}

func comment(day int, who, text string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.CommentDeduction(ctx, call, number, text)
		return err
	}}
}

func update(day int, who string, u app.DeductionUpdate) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.UpdateDeduction(ctx, call, number, 0, u)
		return err
	}}
}

// followUp sets a deduction to be looked at again in so many days from today.
func followUp(day int, who string, in int) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		on := d.market.today.AddDays(in)
		_, err := d.a.UpdateDeduction(ctx, call, number, 0, app.DeductionUpdate{FollowUp: &on})
		return err
	}}
}

func work(day int, who, to, substate string) step {
	u := app.DeductionUpdate{Work: &to}
	if substate != "" {
		u.Substate = &substate
	}
	return update(day, who, u)
}

func watch(day int, who string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.WatchDeduction(ctx, call, number, "", true)
		return err
	}}
}

func dispute(day int, who, to, text string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.DisputeDeduction(ctx, call, number, 0, app.DisputeMove{To: to, Text: text})
		return err
	}}
}

func attach(day int, who, kind, name string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		text := fmt.Sprintf("%s\n\nSample of the %s for deduction %s. In a real company this is a scan.\n", produceName, map[string]string{
			"claim": "customer's claim", "proof_of_delivery": "signed receipt", "bill_of_lading": "bill of lading", "price_agreement": "price agreement", "email": "customer's message", "other": "inspection",
		}[kind], number)
		_, err := d.a.AttachToDeduction(ctx, call, number, app.Attachment{Type: kind, Name: name, Content: []byte(text)})
		return err
	}}
}

func resolve(day int, who string, lines ...app.ResolveLine) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.ResolveDeduction(ctx, call, app.ResolveRequest{Deduction: number, Lines: lines})
		return err
	}}
}

// giveBack returns a deduction to the customer, who pays it on the next day on which it pays.
func giveBack(day int, who, why string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		out, err := d.a.ResolveDeduction(ctx, call, app.ResolveRequest{Deduction: number, Lines: []app.ResolveLine{{Kind: "return", Reason: why}}})
		if err == nil {
			d.returned = append(d.returned, returned{d.whose[number], out.Lines[0].Voucher, dollars(out.Amount), day})
		}
		return err
	}}
}

func match(day int, who string, credit int) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		for _, v := range d.market.docs {
			if v.text == creditNotes[credit].text {
				_, err := d.a.ResolveDeduction(ctx, call, app.ResolveRequest{Deduction: number, Lines: []app.ResolveLine{{Kind: "match", Credit: v.number}}})
				return err
			}
		}
		return fault.New(fault.Internal, "the sample has no credit note %d", credit)
	}}
}

func split(day int, who string, parts ...app.SplitChild) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.SplitDeduction(ctx, call, app.SplitRequest{Deduction: number, Parts: parts})
		return err
	}}
}

func approve(day int, who string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.ApproveDeduction(ctx, call, app.DecideRequest{Deduction: number})
		return err
	}}
}

func reject(day int, who, why string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.RejectDeduction(ctx, call, app.DecideRequest{Deduction: number, Reason: why})
		return err
	}}
}

func withdraw(day int, who, why string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		_, err := d.a.WithdrawClaim(ctx, call, app.DecideRequest{Deduction: number, Reason: why})
		return err
	}}
}

// undo reverses the resolution line of a kind.
func undo(day int, who, kind, why string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		v, err := d.a.Deduction(ctx, call, number)
		if err != nil {
			return err
		}
		for _, r := range v.Resolutions {
			if r.Kind == kind {
				_, err := d.a.ReverseResolution(ctx, call, app.ReverseResolutionRequest{Deduction: number, Resolution: r.Voucher, Reason: why})
				return err
			}
		}
		return fault.New(fault.Internal, "the sample's deduction %s has no %s", number, kind)
	}}
}

// bounce reverses the payment that a deduction came with.
func bounce(day int, who, why string) step {
	return step{day, who, func(ctx context.Context, d *desk, call app.Call, number string) error {
		v, err := d.a.Deduction(ctx, call, number)
		if err == nil {
			_, err = d.a.ReversePayment(ctx, call, v.Journal, app.PaymentReversal{Line: v.JournalLine, Reason: why})
		}
		return err
	}}
}

// routine are the deductions of every week, which are soon ended: from them comes how often one is won.
func routine() (all []story) {
	goods := []string{"Romaine and leaf lettuce", "Vine tomatoes", "Sweet corn", "Gala apples"}
	amounts := []string{"42.00", "118.50", "76.25", "33.00", "154.00", "61.80"}
	who := []string{"HLM-14", "CMG-S", "SSM", "HLM-31", "GEG", "CMG-N"}
	codes := map[string][]string{"HLM": {"22", "31", "62"}, "CMG": {"SW", "QC", "MS"}}
	for i, n := 0, 0; i < 4; i++ {
		paid := []int{88, 74, 60, 46}[i]
		for range 5 {
			s := story{who: who[n%len(who)], goods: goods[n%len(goods)], billed: paid + 31 + n%3, amount: fmt.Sprintf("%d.00", 1200+170*(n%7)), paid: paid, short: amounts[(n*5+i)%len(amounts)]}
			if s.who == "GEG" {
				s.billed = paid + 11
			}
			of := codes[payer(s.who)]
			if of == nil {
				of = []string{"04", "06", "75"}
			}
			s.code = of[(n+i)%len(of)]
			s.claim = fmt.Sprintf("%s-%d", cmp.Or(map[string]string{"HLM": "DM", "CMG": "CM"}[payer(s.who)], s.who), 20300+n)
			switch {
			case s.code == "62":
				s.steps = []step{resolve(paid-8, "luis", app.ResolveLine{Kind: "accrual_plan"})}
			case n%5 < 2:
				s.steps = []step{giveBack(paid-10, "dana", "Signed for in full")}
			default:
				s.steps = []step{resolve(paid-6-n%4, "dana", app.ResolveLine{Kind: "write_off"})}
			}
			all = append(all, s)
			n++
		}
	}
	return all
}
