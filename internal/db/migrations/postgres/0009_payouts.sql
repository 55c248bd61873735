-- +goose Up
-- Paying out: bank accounts, methods of payment, vendor payment journals, payments, checks, files.

-- When bank details were last changed, by whom, and who else confirmed them. 0: they came with the company, or before this was kept.
alter table bank_detail add column changed_at bigint not null default 0;
alter table bank_detail add column changed_by text not null default '';
alter table bank_detail add column confirmed_by text not null default '';

-- A bank account of the company. Its number is kept as the bank details of a party are, under its id.
create table bank_account (
  company    bigint not null references company,
  id         bigint not null,
  code       text collate "C" not null,
  name       text not null,
  currency   text collate "C" not null,
  account    text not null, -- ledger account as written
  bank       text not null, -- name of the bank
  address    text not null, -- of the bank, lines
  next_check bigint not null check (next_check > 0),
  next_trace bigint not null check (next_trace between 1 and 9999999), -- of ACH payments
  stale_days bigint not null check (stale_days >= 0), -- after which an uncashed check is stale; 0: never
  blocked    boolean not null,
  settings   text not null, -- JSON: how checks look, what the bank's files want
  primary key (company, id),
  unique (company, code)
);

create table payment_method (
  company  bigint not null references company,
  code     text collate "C" not null,
  name     text not null,
  kind     text not null check (kind in ('check', 'ach', 'iso20022', 'manual')),
  bank     bigint not null,
  grouping text not null check (grouping in ('invoice', 'vendor', 'date')),
  blocked  boolean not null,
  primary key (company, code),
  foreign key (company, bank) references bank_account
);

create table vendor_payment_journal (
  company    bigint not null references company,
  id         bigint not null,
  code       text collate "C" not null,
  date       date not null,
  text       text not null,
  state      text collate "C" not null check (state in ('proposing', 'open', 'posted', 'cancelled')),
  selection  text not null, -- JSON
  created_by text not null,
  created_at bigint not null,
  primary key (company, id),
  unique (company, code)
);
create index vendor_payment_journal_state on vendor_payment_journal (company, state, id);

create table payment_file (
  company  bigint not null references company,
  id       bigint not null,
  code     text collate "C" not null,
  journal  bigint not null, -- 0: of no journal (positive pay)
  bank     bigint not null,
  kind     text not null check (kind in ('check', 'ach', 'iso20022', 'positive_pay')),
  name     text not null,
  made_by  text not null,
  made_at  bigint not null,
  sha256   bytea not null,
  payments bigint not null check (payments >= 0),
  total    bigint not null, -- minor units of the bank account's currency
  totals   text not null, -- JSON: control totals of the format
  copies   bigint not null check (copies >= 0), -- how often it was made again
  key_id   text not null,
  sealed   bytea not null,
  primary key (company, id),
  unique (company, code),
  foreign key (company, bank) references bank_account
);

create table vendor_payment (
  company     bigint not null,
  id          bigint not null,
  journal     bigint not null,
  line        bigint not null check (line > 0),
  vendor      bigint not null,
  payee       bigint not null, -- the party whose name, address and bank account are paid: the vendor, or another by exception
  payee_note  text not null check ((payee = vendor) = (payee_note = '')), -- why another
  method      text collate "C" not null,
  bank        bigint not null,
  currency    text collate "C" not null,
  amount      bigint not null check (amount > 0),
  date        date not null,
  status      text collate "C" not null check (status in ('created', 'approved', 'generated', 'sent', 'posted', 'cleared', 'rejected', 'voided', 'returned', 'stopped', 'stale', 'reissued', 'escheated', 'cancelled')),
  approved_by text not null,
  digest      bytea, -- of what was approved
  number      text collate "C" not null, -- check number, trace number, end-to-end reference, or reference of a manual payment; blank until it has one
  file        bigint,
  voucher     bigint,
  posted_by   text not null,
  posted_on   date,
  replaces    bigint, -- the failed payment whose invoices this one pays again
  fate        text not null check (fate in ('', 'reissue', 'reverse')), -- what becomes of the receivable if it fails; blank: the parameter's
  primary key (company, id),
  unique (company, journal, line),
  foreign key (company, journal) references vendor_payment_journal,
  foreign key (company, bank) references bank_account,
  check ((voucher is null) = (posted_on is null)),
  check (status not in ('posted', 'cleared', 'returned', 'stopped', 'stale', 'reissued', 'escheated') or voucher is not null),
  check (status not in ('created', 'approved', 'generated', 'sent', 'cancelled') or voucher is null)
);
create unique index vendor_payment_number on vendor_payment (company, bank, number) where number <> '';
create index vendor_payment_vendor on vendor_payment (company, vendor, id);
create index vendor_payment_state on vendor_payment (company, journal, status, id);
create index vendor_payment_status on vendor_payment (company, status, bank, id);
create index vendor_payment_voucher on vendor_payment (company, voucher) where voucher is not null;
create index vendor_payment_replaces on vendor_payment (company, replaces) where replaces is not null;

create table vendor_payment_item (
  company bigint not null,
  payment bigint not null,
  n       bigint not null check (n > 0),
  voucher bigint not null, -- the invoice
  amount  bigint not null check (amount > 0),
  primary key (company, payment, n),
  foreign key (company, payment) references vendor_payment
);
create index vendor_payment_item_voucher on vendor_payment_item (company, voucher, payment);

create table vendor_payment_event (
  company bigint not null,
  payment bigint not null,
  n       bigint not null,
  at      bigint not null,
  actor   text not null,
  status  text collate "C" not null,
  voucher bigint,
  detail  text not null,
  primary key (company, payment, n),
  foreign key (company, payment) references vendor_payment
);

-- What a proposal left out, and why.
create table vendor_payment_left (
  company  bigint not null,
  journal  bigint not null,
  n        bigint not null,
  vendor   bigint not null,
  voucher  bigint, -- null: everything of the vendor
  currency text collate "C" not null,
  amount   bigint not null,
  reason   text not null,
  detail   text not null,
  primary key (company, journal, n),
  foreign key (company, journal) references vendor_payment_journal
);

-- Every number that a check of a bank account ever had.
create table check_number (
  company  bigint not null,
  bank     bigint not null,
  number   bigint not null check (number > 0),
  payment  bigint, -- null: spoiled before it was a payment
  amount   bigint not null check (amount >= 0),
  payee    text not null,
  date     date not null,
  state    text collate "C" not null check (state in ('issued', 'void')),
  reason   text not null,
  told     bigint, -- the positive pay file that told the bank of its issue
  untold   bigint, -- the one that told it of the void
  primary key (company, bank, number),
  foreign key (company, bank) references bank_account
);
create index check_number_payment on check_number (company, payment) where payment is not null;
