package nacha

import (
	"bytes"
	"fmt"

	"github.com/moov-io/ach"

	"quittance/internal/fault"
	"quittance/internal/money"
)

// The services, in the order of their batches.
const (
	PPD = ach.PPD
	CCD = ach.CCD
)

// service gives the service that a payment takes.
func (p *Payment) service() string {
	if p.Business {
		return CCD
	}
	return PPD
}

// Write writes a file. Errors are a [fault.List] with every field that is wrong, such as payments[3].routing.
func Write(p Profile, f File) (*Written, error) {
	var all fault.List
	all.Add(p.Check())
	all.Add(f.check(p))
	if err := all.Err(); err != nil {
		return nil, err
	}
	w := &writer{profile: p, file: &f, next: f.FirstTrace, out: &Written{Traces: make([]string, len(f.Payments))}}
	if len(p.Origin) == 10 { // otherwise the library takes nine of its characters
		w.options = &ach.ValidateOpts{BypassOriginValidation: true}
	}
	file := ach.NewFile()
	file.SetHeader(w.header())
	file.SetValidation(w.options)
	for _, service := range []string{PPD, CCD} {
		batch, err := w.batch(service)
		if err != nil {
			return nil, err
		}
		if batch != nil {
			file.AddBatch(batch)
		}
	}
	if err := file.Create(); err != nil {
		return nil, broken(err)
	}
	var b bytes.Buffer
	options := &ach.WriteOpts{LineEnding: "\n"}
	if p.CRLF {
		options.LineEnding = "\r\n"
	}
	if err := ach.NewWriterWithOpts(&b, options).Write(file); err != nil {
		return nil, broken(err)
	}
	w.out.Data = b.Bytes()
	if w.out.NextTrace = w.next; w.next > MaxTrace {
		w.out.NextTrace = 1
	}
	return w.out, w.compare(file)
}

// broken is an error of the library about what was tested here before.
func broken(err error) error {
	return fault.New(fault.Internal, "the ACH file could not be written").ByRule("ach").Because(err)
}

// writer makes a file.
type writer struct {
	profile Profile
	file    *File
	options *ach.ValidateOpts
	next    int // trace
	out     *Written
}

func (w *writer) header() ach.FileHeader {
	h := ach.NewFileHeader()
	h.ImmediateDestination, h.ImmediateDestinationName = w.profile.Destination, w.profile.DestinationName
	h.ImmediateOrigin, h.ImmediateOriginName = w.profile.Origin, w.profile.OriginName
	h.FileCreationDate, h.FileCreationTime = w.file.Created.Format("060102"), w.file.Created.Format("1504")
	h.FileIDModifier, h.ReferenceCode = w.file.Modifier, w.profile.Reference
	return h
}

// batch makes the batch of a service, nil when no payment takes it.
func (w *writer) batch(service string) (ach.Batcher, error) {
	header := ach.NewBatchHeader()
	header.ServiceClassCode = ach.CreditsOnly
	if w.profile.Offset != nil {
		header.ServiceClassCode = ach.MixedDebitsAndCredits
	}
	header.CompanyName, header.CompanyIdentification, header.CompanyDiscretionaryData = w.profile.Company, w.profile.CompanyID, w.profile.CompanyData
	header.StandardEntryClassCode, header.CompanyEntryDescription = service, w.profile.Description
	header.EffectiveEntryDate = w.file.Effective.Time().Format("060102")
	if w.file.SameDay && w.profile.SameDayTime != "" {
		header.CompanyDescriptiveDate = "SD" + w.profile.SameDayTime
	}
	header.ODFIIdentification = w.profile.Bank[:8]
	header.BatchNumber = len(w.out.Batches) + 1
	batch, err := ach.NewBatch(header)
	if err != nil {
		return nil, broken(err)
	}
	batch.SetValidation(w.options)
	sums := Batch{Number: header.BatchNumber, Service: service}
	for i := range w.file.Payments {
		if p := &w.file.Payments[i]; p.service() == service {
			e, err := w.entry(p, i, &sums)
			if err != nil {
				return nil, err
			}
			batch.AddEntry(e)
		}
	}
	if sums.Entries == 0 {
		return nil, nil
	}
	if err := w.offset(batch, &sums); err != nil {
		return nil, err
	}
	if n := sums.Entries + sums.Addenda; n > maxBatch {
		return nil, fault.New(fault.Refused, "the payments of service %s have %d entries and addenda; a batch holds %d, divide them", service, n, maxBatch).In("payments").ByRule("ach_total")
	}
	if w.add(sums); w.out.Credit > MaxTotal { // debits never come to more
		return nil, fault.New(fault.Refused, "the payments come to more than a file holds, %s USD; divide them", money.MustCurrency("USD").Format(MaxTotal)).In("payments").ByRule("ach_total")
	}
	if err := batch.Create(); err != nil {
		return nil, broken(err)
	}
	return batch, nil
}

// entry makes the entry of a payment, and adds it to the sums.
func (w *writer) entry(p *Payment, i int, sums *Batch) (*ach.EntryDetail, error) {
	number, err := account("account", p.Account)
	if err != nil {
		return nil, err
	}
	receiver, err := name("name", p.Name)
	if err != nil {
		return nil, err
	}
	code := ach.CheckingCredit
	switch {
	case p.Savings && p.Prenote:
		code = ach.SavingsPrenoteCredit
	case p.Savings:
		code = ach.SavingsCredit
	case p.Prenote:
		code = ach.CheckingPrenoteCredit
	}
	e, err := w.detail(code, p.Routing, number, p.Amount, p.ID, receiver, sums)
	if err != nil {
		return nil, err
	}
	w.out.Traces[i] = e.TraceNumber
	text, err := addenda("text", p.Text)
	if w.profile.Addenda && err != nil {
		return nil, err
	}
	if w.profile.Addenda && text != "" {
		a := ach.NewAddenda05()
		a.PaymentRelatedInformation = text
		e.AddAddenda05(a)
		e.AddendaRecordIndicator = 1
		sums.Addenda++
	}
	return e, nil
}

// offset adds the entries that balance a batch: more than one where the sum does not fit into an amount.
func (w *writer) offset(batch ach.Batcher, sums *Batch) error {
	o := w.profile.Offset
	if o == nil {
		return nil
	}
	number, err := account("offset.account", o.Account)
	if err != nil {
		return err
	}
	code := ach.CheckingDebit
	if o.Savings {
		code = ach.SavingsDebit
	}
	for left := sums.Credit; left > 0; left -= min(left, MaxAmount) {
		e, err := w.detail(code, o.Routing, number, min(left, MaxAmount), "OFFSET", w.profile.Company, sums)
		if err != nil {
			return err
		}
		batch.AddEntry(e)
	}
	return nil
}

// detail makes an entry with the next trace number, and adds it to the sums.
func (w *writer) detail(code int, routing, account string, amount money.Amount, id, name string, sums *Batch) (*ach.EntryDetail, error) {
	if w.next > MaxTrace {
		return nil, fault.New(fault.Refused, "the trace numbers from %d to %d do not suffice; begin again at 1, or divide the payments", w.file.FirstTrace, MaxTrace).In("first_trace").ByRule("ach_trace")
	}
	e := ach.NewEntryDetail()
	e.TransactionCode = code
	e.RDFIIdentification, e.CheckDigit = routing[:8], routing[8:]
	e.DFIAccountNumber, e.Amount = account, int(amount)
	e.IdentificationNumber, e.IndividualName = id, name
	e.TraceNumber = fmt.Sprintf("%s%07d", w.profile.Bank[:8], w.next)
	w.next++
	sums.Entries++
	sums.Hash = (sums.Hash + number(routing[:8])) % hashModulus
	if isCredit(code) {
		sums.Credit += amount
	} else {
		sums.Debit += amount
	}
	return e, nil
}

// add adds the sums of a batch to those of the file.
func (w *writer) add(b Batch) {
	w.out.Batches = append(w.out.Batches, b)
	w.out.Entries += b.Entries
	w.out.Addenda += b.Addenda
	w.out.Hash = (w.out.Hash + b.Hash) % hashModulus
	w.out.Debit += b.Debit
	w.out.Credit += b.Credit
}

// compare tests that the file's control record says what was added up here.
func (w *writer) compare(file *ach.File) error {
	c, o := file.Control, w.out
	if c.BatchCount != len(o.Batches) || c.EntryAddendaCount != o.Entries+o.Addenda || int64(c.EntryHash) != o.Hash ||
		money.Amount(c.TotalDebitEntryDollarAmountInFile) != o.Debit || money.Amount(c.TotalCreditEntryDollarAmountInFile) != o.Credit {
		return broken(fmt.Errorf("its control record is %+v, but the payments come to %d entries, %d addenda, hash %d, debits %d, credits %d", c, o.Entries, o.Addenda, o.Hash, o.Debit, o.Credit))
	}
	return nil
}
