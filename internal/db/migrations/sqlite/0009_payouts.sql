-- +goose Up
-- Paying out: bank accounts, methods of payment, vendor payment journals, payments, checks, files.

-- When bank details were last changed, by whom, and who else confirmed them. 0: they came with the company, or before this was kept.
alter table bank_detail add column changed_at integer not null default 0;
alter table bank_detail add column changed_by text not null default '';
alter table bank_detail add column confirmed_by text not null default '';

-- A bank account of the company. Its number is kept as the bank details of a party are, under its id.
create table bank_account (
  company    integer not null references company,
  id         integer not null,
  code       text not null,
  name       text not null,
  currency   text not null,
  account    text not null, -- ledger account as written
  bank       text not null, -- name of the bank
  address    text not null, -- of the bank, lines
  next_check integer not null check (next_check > 0),
  next_trace integer not null check (next_trace between 1 and 9999999), -- of ACH payments
  stale_days integer not null check (stale_days >= 0), -- after which an uncashed check is stale; 0: never
  blocked    integer not null,
  settings   text not null, -- JSON: how checks look, what the bank's files want
  primary key (company, id),
  unique (company, code)
) strict, without rowid;

create table payment_method (
  company  integer not null references company,
  code     text not null,
  name     text not null,
  kind     text not null check (kind in ('check', 'ach', 'iso20022', 'manual')),
  bank     integer not null,
  grouping text not null check (grouping in ('invoice', 'vendor', 'date')),
  blocked  integer not null,
  primary key (company, code),
  foreign key (company, bank) references bank_account
) strict, without rowid;

create table vendor_payment_journal (
  company    integer not null references company,
  id         integer not null,
  code       text not null,
  date       text not null,
  text       text not null,
  state      text not null check (state in ('proposing', 'open', 'posted', 'cancelled')),
  selection  text not null, -- JSON
  created_by text not null,
  created_at integer not null,
  primary key (company, id),
  unique (company, code)
) strict, without rowid;
create index vendor_payment_journal_state on vendor_payment_journal (company, state, id);

create table payment_file (
  company  integer not null references company,
  id       integer not null,
  code     text not null,
  journal  integer not null, -- 0: of no journal (positive pay)
  bank     integer not null,
  kind     text not null check (kind in ('check', 'ach', 'iso20022', 'positive_pay')),
  name     text not null,
  made_by  text not null,
  made_at  integer not null,
  sha256   blob not null,
  payments integer not null check (payments >= 0),
  total    integer not null, -- minor units of the bank account's currency
  totals   text not null, -- JSON: control totals of the format
  copies   integer not null check (copies >= 0), -- how often it was made again
  key_id   text not null,
  sealed   blob not null,
  primary key (company, id),
  unique (company, code),
  foreign key (company, bank) references bank_account
) strict;

create table vendor_payment (
  company     integer not null,
  id          integer not null,
  journal     integer not null,
  line        integer not null check (line > 0),
  vendor      integer not null,
  payee       integer not null, -- the party whose name, address and bank account are paid: the vendor, or another by exception
  payee_note  text not null check ((payee = vendor) = (payee_note = '')), -- why another
  method      text not null,
  bank        integer not null,
  currency    text not null,
  amount      integer not null check (amount > 0),
  date        text not null,
  status      text not null check (status in ('created', 'approved', 'generated', 'sent', 'posted', 'cleared', 'rejected', 'voided', 'returned', 'stopped', 'stale', 'reissued', 'escheated', 'cancelled')),
  approved_by text not null,
  digest      blob, -- of what was approved
  number      text not null, -- check number, trace number, end-to-end reference, or reference of a manual payment; blank until it has one
  file        integer,
  voucher     integer,
  posted_by   text not null,
  posted_on   text,
  replaces    integer, -- the failed payment whose invoices this one pays again
  fate        text not null check (fate in ('', 'reissue', 'reverse')), -- what becomes of the receivable if it fails; blank: the parameter's
  primary key (company, id),
  unique (company, journal, line),
  foreign key (company, journal) references vendor_payment_journal,
  foreign key (company, bank) references bank_account,
  check ((voucher is null) = (posted_on is null)),
  check (status not in ('posted', 'cleared', 'returned', 'stopped', 'stale', 'reissued', 'escheated') or voucher is not null),
  check (status not in ('created', 'approved', 'generated', 'sent', 'cancelled') or voucher is null)
) strict, without rowid;
create unique index vendor_payment_number on vendor_payment (company, bank, number) where number <> '';
create index vendor_payment_vendor on vendor_payment (company, vendor, id);
create index vendor_payment_state on vendor_payment (company, journal, status, id);
create index vendor_payment_status on vendor_payment (company, status, bank, id);
create index vendor_payment_voucher on vendor_payment (company, voucher) where voucher is not null;
create index vendor_payment_replaces on vendor_payment (company, replaces) where replaces is not null;

create table vendor_payment_item (
  company integer not null,
  payment integer not null,
  n       integer not null check (n > 0),
  voucher integer not null, -- the invoice
  amount  integer not null check (amount > 0),
  primary key (company, payment, n),
  foreign key (company, payment) references vendor_payment
) strict, without rowid;
create index vendor_payment_item_voucher on vendor_payment_item (company, voucher, payment);

create table vendor_payment_event (
  company integer not null,
  payment integer not null,
  n       integer not null,
  at      integer not null,
  actor   text not null,
  status  text not null,
  voucher integer,
  detail  text not null,
  primary key (company, payment, n),
  foreign key (company, payment) references vendor_payment
) strict, without rowid;

-- What a proposal left out, and why.
create table vendor_payment_left (
  company  integer not null,
  journal  integer not null,
  n        integer not null,
  vendor   integer not null,
  voucher  integer, -- null: everything of the vendor
  currency text not null,
  amount   integer not null,
  reason   text not null,
  detail   text not null,
  primary key (company, journal, n),
  foreign key (company, journal) references vendor_payment_journal
) strict, without rowid;

-- Every number that a check of a bank account ever had.
create table check_number (
  company  integer not null,
  bank     integer not null,
  number   integer not null check (number > 0),
  payment  integer, -- null: spoiled before it was a payment
  amount   integer not null check (amount >= 0),
  payee    text not null,
  date     text not null,
  state    text not null check (state in ('issued', 'void')),
  reason   text not null,
  told     integer, -- the positive pay file that told the bank of its issue
  untold   integer, -- the one that told it of the void
  primary key (company, bank, number),
  foreign key (company, bank) references bank_account
) strict, without rowid;
create index check_number_payment on check_number (company, payment) where payment is not null;
