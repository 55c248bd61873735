package demo

import "quittance/internal/app"

// story is a deduction and what became of it. Days are counted back from today.
type story struct {
	name  string // by which it is told
	tells string // what is to be seen of it; blank: one of many
	shown bool   // it is among those that are printed

	who    string // who got the goods
	goods  string // blank: nothing was billed
	billed int
	amount string // of the invoice
	dairy  string // of it, for the other division

	paid    int    // when the payment came that was short; of a claim: when it was raised
	short   string // what was kept back
	code    string // the customer's
	reason  string // for a claim, or where the customer gives no code
	claim   string // the customer's number
	note    string
	allowed bool // written off, or charged to its plan, at once
	isClaim bool

	steps []step
}

// payDays are the days on which a customer pays, the oldest first. The last one of the chains is a file, that of two others a
// lockbox that nobody posted yet.
func payDays(who string) []int {
	last := map[string]int{"HLM": day820, "CMG": dayCSV, "LLF": dayLockbox, "GEG": dayLockbox}[who]
	if last == 0 {
		last = 4
	}
	return []int{88, 74, 60, 46, 32, 18, last}
}

const (
	day820     = 9
	dayCSV     = 6
	dayMemo    = 3
	dayLockbox = 1
)

// creditNotes wait to be matched; the first one was.
var creditNotes = []struct {
	who, amount, text string
	ago               int
}{
	{"CMG-N", "175.00", "Returned avocados, your claim CM-8121", 30},
	{"CMG-N", "260.00", "Volume rebate of the second quarter, your claim CM-8177", 12},
	{"HLM-31", "221.00", "Sweet corn, your claim DM-20482", 5},
	{"SSM", "75.00", "Goodwill for the late truck", 25},
}

// stories are told by their names; the order is that of the days.
var stories = append(told, routine()...)

var highest = 9 // priority

var told = []story{
	{
		name: "The window that closed", shown: true, tells: "expired: nobody disputed it in time",
		who: "SSM", goods: "Bananas", billed: 119, amount: "2,240.00", paid: 88, short: "134.00", code: "04", claim: "SM-0911", note: "67 cases green",
		steps: []step{comment(70, "dana", "The grower was asked whether the ripening room failed.")},
	},
	{
		name: "Paid back, then taken again", tells: "re-deducted: see the next one",
		who: "BHB", paid: 74, short: "96.00", code: "04", claim: "BH-77", note: "Basil, black leaves",
		steps: []step{dispute(71, "dana", "filed", "Signed for as fresh."), dispute(64, "dana", "approved", ""), resolve(60, "dana", app.ResolveLine{Kind: "paid_back", Account: "10-11000"})},
	},
	{
		name: "The same claim again", shown: true, tells: "flagged as taken before, and as re-deducted",
		who: "BHB", paid: 18, short: "96.00", code: "04", claim: "BH-77", note: "Basil, black leaves",
	},
	{
		name: "The missing pallet", shown: true, tells: "paid back by a remittance",
		who: "CMG-N", goods: "Yellow onions", billed: 104, amount: "3,480.00", paid: 74, short: "420.00", code: "MS", claim: "CM-8104", note: "One pallet of 40 bags",
		steps: []step{
			attach(70, "dana", "proof_of_delivery", "receipt-8104.txt"), attach(70, "dana", "bill_of_lading", "bol-8104.txt"), dispute(66, "dana", "filed", "All pallets were signed for."),
			dispute(40, "dana", "approved", "Found in the cooler of the Southgate store."), dispute(39, "dana", "awaiting_payback", ""),
		},
	},
	{
		name: "Half of it came back", tells: "partly paid back",
		who: "GEG", goods: "Vine tomatoes", billed: 72, amount: "1,960.00", paid: 60, short: "240.00", code: "04", claim: "GE-311", note: "Soft fruit",
		steps: []step{
			attach(57, "dana", "claim", "claim-ge-311.txt"), dispute(55, "dana", "filed", "Only half of the flats were soft when the driver left."), dispute(40, "dana", "partly_approved", ""),
			resolve(20, "dana", app.ResolveLine{Kind: "paid_back", Amount: "120.00", Account: "10-11000", Text: "Check 2204"}),
		},
	},
	{
		name: "They say no", shown: true, tells: "denied; last day to dispute it again",
		who: "SSM", goods: "Gala apples", billed: 91, amount: "3,020.00", paid: 60, short: "310.00", code: "A4", claim: "SM-0940", note: "20 cases not on the truck",
		steps: []step{
			attach(54, "dana", "proof_of_delivery", "receipt-0940.txt"), dispute(52, "dana", "filed", "The receipt shows all cases."), dispute(35, "dana", "denied", "They say that the signature is not theirs."),
			work(34, "dana", "in_research", ""),
		},
	},
	{
		name: "The receipt that was signed", tells: "returned: the customer owes it again",
		who: "HLM-22", goods: "Russet potatoes, 50 lb", billed: 92, amount: "2,875.00", paid: 60, short: "218.00", code: "23", claim: "DM-20377", note: "8 bags",
		steps: []step{
			attach(50, "dana", "proof_of_delivery", "receipt-20377.txt"), attach(50, "dana", "bill_of_lading", "bol-20377.txt"), work(46, "dana", "decided_invalid", ""),
			resolve(44, "dana", app.ResolveLine{Kind: "return", KeepDue: true, Reason: "Signed for in full"}),
		},
	},
	{
		name: "Four days left", shown: true, tells: "most urgent, worth the most, and an inspection is missing",
		who: "HLM-31", goods: "Watermelons", billed: 78, amount: "4,100.00", paid: 46, short: "655.00", code: "31", claim: "DM-20411", note: "Hollow heart, 11 bins",
		steps: []step{
			attach(40, "maria", "claim", "claim-20411.txt"), work(38, "maria", "in_research", "GRADER"), update(38, "maria", app.DeductionUpdate{Priority: &highest}),
			comment(2, "maria", "Inspection 4471-B is promised for tomorrow; file the dispute the moment it is here."),
		},
	},
	{
		name: "Taken once", tells: "written off",
		who: "CMG", paid: 46, short: "84.00", code: "QC", claim: "CM-8140", note: "Lettuce, brown ribs",
		steps: []step{resolve(30, "dana", app.ResolveLine{Kind: "write_off"})},
	},
	{
		name: "Taken twice", shown: true, tells: "a duplicate of the one before, found in a file",
		who: "CMG", paid: dayCSV, short: "84.00", code: "QC", claim: "CM-8140", note: "Lettuce, brown ribs",
		steps: []step{work(4, "dana", "duplicate", ""), comment(4, "dana", "Same number as in their remittance of last month; asked them to take it back.")},
	},
	{
		name: "The promotion nobody agreed", tells: "in dispute, decided as not valid",
		who: "HLM-14", goods: "Sweet corn", billed: 76, amount: "3,800.00", paid: 46, short: "380.00", code: "61", claim: "DM-20415", note: "10 % off, week 31",
		steps: []step{
			work(41, "luis", "decided_invalid", ""), dispute(40, "luis", "filed", "There is no agreement for that week."), dispute(31, "luis", "customer_researching", ""),
		},
	},
	{
		name: "Three ways at once", shown: true, tells: "partly resolved: plan and return; the write-off was reversed",
		who: "HLM-14", goods: "Broccoli crowns", billed: 77, amount: "5,000.00", paid: 46, short: "600.00", code: "22", claim: "DM-20418", note: "Weighed 8 % light",
		steps: []step{
			work(36, "dana", "decided_partly", ""),
			resolve(35, "dana", app.ResolveLine{Kind: "write_off", Amount: "150.00", Account: "65000"}, app.ResolveLine{Kind: "accrual_plan", Amount: "250.00", Plan: "SPOILS"}, app.ResolveLine{Kind: "return", Amount: "120.00", Reason: "Within the tolerance of the scale"}),
			undo(21, "dana", "write_off", "The carrier pays for it"),
		},
	},
	{
		name: "The melon claim", shown: true, tells: "split: two causes, two children",
		who: "CMG-N", goods: "Watermelons", billed: 79, amount: "4,460.00", paid: 46, short: "520.00", code: "MS", claim: "CM-8133", note: "Missing and mispriced",
		steps: []step{
			split(41, "dana", app.SplitChild{Amount: "300.00", Reason: "PRICE", Note: "Billed at the price of the first grade"}, app.SplitChild{Amount: "100.00", Reason: "SHORTWT", Note: "Three bins light"}),
			work(40, "dana", "in_review", ""),
		},
	},
	{
		name: "The bruised strawberries", shown: true, tells: "evidence is ready; the customer looks into it",
		who: "HLM-14", goods: "Strawberries, flats", billed: 63, amount: "6,240.00", paid: 32, short: "312.00", code: "31", claim: "DM-20433", note: "40 flats",
		steps: []step{
			attach(30, "maria", "claim", "claim-20433.txt"), attach(29, "maria", "other", "inspection-4402.txt"), dispute(28, "maria", "filed", "Inspection 4402 found them sound on arrival."),
			dispute(24, "maria", "customer_researching", ""), work(24, "maria", "in_review", ""),
		},
	},
	{
		name: "The fuel surcharge", shown: true, tells: "held in suspense; the carrier's paper is missing",
		who: "CMG-N", goods: "Russet potatoes, 50 lb", billed: 66, amount: "2,610.00", paid: 32, short: "145.00", code: "FT", claim: "CM-8150", note: "Surcharge not agreed",
		steps: []step{work(27, "dana", "awaiting_evidence", "CARRIER"), followUp(27, "dana", 3)},
	},
	{
		name: "The old price list", shown: true, tells: "held on the customer itself; the agreement is missing",
		who: "HLM-31", goods: "Gala apples", billed: 64, amount: "3,600.00", paid: 32, short: "288.00", code: "50", claim: "DM-20436", note: "Billed at the price of last week",
		steps: []step{work(26, "maria", "awaiting_evidence", ""), watch(26, "luis")},
	},
	{
		name: "The frozen lettuce", tells: "over a limit; approved by somebody else, then posted",
		who: "SSM", goods: "Romaine and leaf lettuce", billed: 64, amount: "2,400.00", paid: 32, short: "480.00", code: "05", claim: "SM-0977", note: "Frozen in the truck",
		steps: []step{
			attach(25, "dana", "claim", "claim-0977.txt"), attach(25, "dana", "other", "photos-0977.txt"), work(21, "dana", "decided_valid", ""), resolve(20, "dana", app.ResolveLine{Kind: "write_off"}), approve(19, "helen"),
		},
	},
	{
		name: "The hail-damaged peaches", shown: true, tells: "waits for approval: over the limits of its reason and of who asked",
		who: "CMG-S", goods: "Peaches", billed: 50, amount: "7,800.00", paid: 18, short: "1,850.00", code: "QC", claim: "CM-8170", note: "Two loads refused",
		steps: []step{
			attach(15, "dana", "claim", "claim-8170.txt"), attach(15, "dana", "other", "inspection-4460.txt"), attach(14, "dana", "email", "buyer-8170.txt"), work(8, "dana", "decided_valid", ""),
			resolve(3, "dana", app.ResolveLine{Kind: "write_off", Reason: "Hail in the orchard, inspection 4460"}),
		},
	},
	{
		name: "The lost truck", tells: "approval was rejected, with the reason",
		who: "LLF", goods: "Vine tomatoes", billed: 62, amount: "3,500.00", paid: 32, short: "700.00", code: "75", claim: "LL-0058", note: "One of two trucks never came",
		steps: []step{resolve(15, "luis", app.ResolveLine{Kind: "write_off"}), reject(14, "helen", "The carrier's insurance pays; ask it first.")},
	},
	{
		name: "The keying error", tells: "corrected: the invoice is open again",
		who: "GEG", goods: "Sweet corn", billed: 44, amount: "1,190.00", paid: 32, short: "90.00", claim: "GE-340", reason: "SHORTWT", note: "Typed 1,100 for 1,190",
		steps: []step{resolve(28, "rosa", app.ResolveLine{Kind: "correct", Reason: "The check says 1,190.00"})},
	},
	{
		name: "The grill promotion", tells: "charged to its plan",
		who: "HLM-31", goods: "Sweet corn", billed: 61, amount: "4,500.00", paid: 32, short: "450.00", code: "61", claim: "DM-20440", note: "Grill week, 10 %",
		steps: []step{attach(27, "luis", "price_agreement", "grill-week.txt"), work(23, "luis", "decided_valid", ""), resolve(22, "luis", app.ResolveLine{Kind: "accrual_plan"})},
	},
	{
		name: "The mislabelled apples", tells: "ended by a credit note",
		who: "CMG-S", goods: "Gala apples", billed: 63, amount: "2,280.00", paid: 32, short: "120.00", code: "PX", claim: "CM-8146", note: "Billed as first grade",
		steps: []step{resolve(21, "luis", app.ResolveLine{Kind: "credit_note", Account: "10-41000", Basis: "price"})},
	},
	{
		name: "The returned avocados", tells: "matched with a credit note that was there",
		who: "CMG-N", goods: "Avocados", billed: 65, amount: "1,750.00", paid: 32, short: "175.00", code: "QC", claim: "CM-8121", note: "Four cases sent back",
		steps: []step{match(15, "dana", 0)},
	},
	{
		name: "The wilted cilantro", tells: "written off",
		who: "RBS", goods: "Romaine and leaf lettuce", billed: 44, amount: "880.00", paid: 32, short: "64.00", code: "05", claim: "RB-19", note: "Eight boxes",
		steps: []step{resolve(25, "dana", app.ResolveLine{Kind: "write_off"})},
	},
	{
		name: "The pallets that came back", tells: "charged back: a new document",
		who: "BHB", goods: "Yellow onions", billed: 43, amount: "1,410.00", paid: 32, short: "180.00", code: "10", claim: "BH-81", note: "12 pallets at 15.00",
		steps: []step{resolve(20, "luis", app.ResolveLine{Kind: "chargeback", Account: "12200", Number: "CB-1001", Reason: "The pallets were never given back"})},
	},
	{
		name: "Cheese and cherries", shown: true, tells: "of two divisions, each of which balances",
		who: "SSM", goods: "Cherries and cheese curds", billed: 66, amount: "2,900.00", dairy: "1,160.00", paid: 32, short: "140.00", code: "06", claim: "SM-0981", note: "Both pallets light",
		steps: []step{work(20, "dana", "decided_partly", "")},
	},
	{
		name: "They agree", tells: "approved by the customer; the money is to come",
		who: "HLM-22", goods: "Vine tomatoes", billed: 50, amount: "3,310.00", paid: 18, short: "265.00", code: "31", claim: "DM-20461", note: "Overripe",
		steps: []step{dispute(16, "maria", "filed", "Picked two days before."), dispute(8, "maria", "approved", "They pay it with the next remittance."), work(8, "maria", "decided_invalid", ""), work(7, "maria", "settlement_pending", "")},
	},
	{
		name: "They agree to half", tells: "approved in part",
		who: "HLM-14", goods: "Broccoli crowns", billed: 52, amount: "2,640.00", paid: 18, short: "198.00", code: "22", claim: "DM-20464", note: "Light by 150 lb",
		steps: []step{attach(16, "maria", "proof_of_delivery", "receipt-20464.txt"), dispute(15, "maria", "filed", "Our scale was proved in spring."), dispute(5, "maria", "partly_approved", "")},
	},
	{
		name: "They want the bill of lading", tells: "the customer waits for us",
		who: "CMG-N", goods: "Watermelons", billed: 53, amount: "3,040.00", paid: 18, short: "334.00", code: "MS", claim: "CM-8172", note: "Two bins",
		steps: []step{dispute(14, "dana", "filed", ""), dispute(6, "dana", "supplier_action_needed", "They ask for the bill of lading."), work(6, "dana", "awaiting_evidence", "CARRIER")},
	},
	{
		name: "The rebate that has its credit", shown: true, tells: "a match is proposed, with its reasons",
		who: "CMG-N", goods: "Yellow onions", billed: 49, amount: "2,600.00", paid: 18, short: "260.00", code: "RB", claim: "CM-8177", note: "Rebate of the second quarter",
		steps: []step{work(12, "luis", "decided_valid", "")},
	},
	{
		name: "The short bag count", tells: "allowed and written off with the payment",
		who: "RBS", goods: "Russet potatoes, 50 lb", billed: 29, amount: "1,120.00", paid: 18, short: "28.00", reason: "SHORTWT", claim: "RB-22", note: "One bag", allowed: true,
	},
	{
		name: "The agreed spoils allowance", shown: true, tells: "charged to its plan with the payment",
		who: "HLM-14", goods: "Bananas", billed: 51, amount: "6,400.00", paid: 18, short: "96.00", code: "62", claim: "DM-20466", note: "1.5 %", allowed: true,
	},
	{
		name: "Nine dollars of rounding", tells: "so small that it was written off by itself",
		who: "CMG-S", goods: "Yellow onions", billed: 48, amount: "1,309.75", paid: 18, short: "9.75", code: "SW", claim: "CM-8179", note: "Scale",
	},
	{
		name: "Two days too late", tells: "a terms discount that was not earned",
		who: "LLF", goods: "Bananas", billed: 29, amount: "2,500.00", paid: 18, short: "25.00", claim: "LL-0071", note: "1 % taken on day 11",
	},
	{
		name: "The check that bounced", tells: "reversed with its payment",
		who: "RBS", goods: "Vine tomatoes", billed: 33, amount: "1,455.00", paid: 17, short: "55.00", code: "05", claim: "RB-24", note: "Soft",
		steps: []step{bounce(12, "rosa", "Returned by the bank: insufficient funds")},
	},
	{
		name: "Light lettuce", tells: "taken by an 820; the dispute is filed",
		who: "HLM-14", goods: "Romaine and leaf lettuce", billed: 38, amount: "1,900.00", paid: day820, short: "142.50", code: "22", claim: "DM-20480", note: "",
		steps: []step{dispute(4, "maria", "filed", "Our scale says otherwise.")},
	},
	{
		name: "Bad corn", tells: "taken by an 820; a match is proposed",
		who: "HLM-31", goods: "Sweet corn", billed: 36, amount: "2,210.00", paid: day820, short: "221.00", code: "31", claim: "DM-20482", note: "",
	},
	{
		name: "A code nobody knows", shown: true, tells: "not coded yet",
		who: "HLM-22", goods: "Avocados", billed: 37, amount: "1,500.00", paid: day820, short: "75.00", code: "99", claim: "DM-20483", note: "",
	},
	{
		name: "The coupon clearing", tells: "stands alone, taken from no invoice",
		who: "HLM", paid: day820, short: "66.00", code: "A8", claim: "DM-20485", note: "",
	},
	{
		name: "The fine for the late truck", tells: "taken by a CSV file",
		who: "CMG-S", goods: "Butter", billed: 38, amount: "1,780.00", paid: dayCSV, short: "150.00", code: "LT", claim: "CM-8190", note: "Two hours late",
	},
	{
		name: "The warm milk", tells: "new, coded by the standard list",
		who: "BHB", goods: "Milk and cream", billed: 17, amount: "940.00", dairy: "940.00", paid: 4, short: "118.00", code: "04", claim: "BH-90", note: "At 52 °F",
	},
	{
		name: "A claim before the payment", shown: true, tells: "raised, and no money yet",
		who: "RBS", goods: "Strawberries, flats", billed: 11, amount: "1,300.00", paid: 9, short: "130.00", reason: "QUALITY", claim: "RB-31", note: "Ten flats with mold", isClaim: true,
		steps: []step{attach(8, "dana", "claim", "claim-rb-31.txt")},
	},
	{
		name: "The rebate by claim", tells: "approved: a credit of the customer, at the cost of the plan",
		who: "CMG-S", paid: 30, short: "340.00", reason: "REBATE", claim: "CM-8125", note: "Rebate of the first quarter", isClaim: true,
		steps: []step{resolve(25, "luis", app.ResolveLine{Kind: "accrual_plan", Account: "10-23700"}), approve(24, "helen")},
	},
	{
		name: "The claim that was withdrawn", tells: "voided",
		who: "GEG", paid: 20, short: "60.00", reason: "SHORTWT", claim: "GE-352", note: "Two crates", isClaim: true,
		steps: []step{withdraw(13, "dana", "The crates were found")},
	},
}
