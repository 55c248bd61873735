-- +goose Up
-- Unclaimed property and statutory clocks: rules by jurisdiction, contacts with owners, letters, properties, remittances, reports.

-- When property of a kind becomes dormant, and what is due then.
create table dormancy_rule (
  company        integer not null references company,
  jurisdiction   text not null, -- such as US-CA, or US
  kind           text not null check (kind in ('credit', 'payment')),
  valid_from     text not null,
  months         integer not null check (months >= 0),
  days           integer not null check (days >= 0), -- beside the months
  activity       text not null check (activity in ('contact', 'payment', 'document')), -- what restarts dormancy
  cut_off        text not null, -- MM-DD: what is dormant then is in the next report
  report         text not null, -- MM-DD: when the report is due
  letter_first   integer not null check (letter_first >= letter_last), -- days before the report: from then on letters are sent
  letter_last    integer not null check (letter_last >= 0), -- until then
  letter_minimum integer not null check (letter_minimum >= 0), -- minor units of the accounting currency: less needs no letter
  reply_days     integer not null check (reply_days >= 0), -- that an owner has after a letter
  code           text not null, -- of the property in reports, such as CK13; blank: the standard's
  sample         integer not null check (sample in (0, 1)),
  note           text not null,
  primary key (company, jurisdiction, kind, valid_from)
) strict, without rowid;

-- The statutory clocks on credits.
create table credit_clock (
  company             integer not null references company,
  jurisdiction        text not null,
  valid_from          text not null,
  refund_days         integer not null check (refund_days >= 0), -- after a written request; 0: none
  good_faith_months   integer not null check (good_faith_months >= 0), -- after the credit; 0: none
  interest_from       text not null check (interest_from in ('request', 'credit')),
  interest_after_days integer not null check (interest_after_days >= 0),
  interest_rate       text not null, -- percent a year; blank: none
  year_days           integer not null check (year_days in (360, 365)),
  bar_months          integer not null check (bar_months >= 0), -- after the credit; 0: none
  sample              integer not null check (sample in (0, 1)),
  note                text not null,
  primary key (company, jurisdiction, valid_from)
) strict, without rowid;

-- What the owner of a property did or wrote.
create table owner_contact (
  company      integer not null references company,
  id           integer not null,
  party        integer not null, -- customer or vendor
  voucher      integer, -- the credit that it is about; null: all
  date         text not null,
  kind         text not null check (kind in ('response', 'request', 'letter', 'phone', 'email', 'visit', 'portal', 'other')),
  note         text not null,
  actor        text not null,
  at           integer not null,
  withdrawn_by text not null, -- blank: it holds
  withdrawn_at integer not null,
  why          text not null, -- it was withdrawn
  primary key (company, id)
) strict, without rowid;
create index owner_contact_party on owner_contact (company, party, date);

-- Who reports: what letters and reports say of the company.
create table unclaimed_holder (
  company integer primary key references company,
  data    text not null -- JSON
) strict;

create table unclaimed_letter (
  company integer not null references company,
  id      integer not null,
  code    text not null,
  date    text not null,
  made_by text not null,
  made_at integer not null,
  letters integer not null check (letters > 0),
  items   integer not null check (items >= letters),
  sha256  blob not null,
  copies  integer not null check (copies >= 0),
  key_id  text not null,
  sealed  blob not null,
  primary key (company, id),
  unique (company, code)
) strict;

create table unclaimed_letter_item (
  company      integer not null,
  letter       integer not null,
  n            integer not null check (n > 0),
  kind         text not null,
  party        integer not null,
  target       integer not null, -- the voucher of a credit, or the payment
  jurisdiction text not null,
  currency     text not null,
  amount       integer not null check (amount > 0),
  primary key (company, letter, n),
  foreign key (company, letter) references unclaimed_letter
) strict;
create index unclaimed_letter_item_target on unclaimed_letter_item (company, target);

create table unclaimed_remittance (
  company      integer not null references company,
  id           integer not null,
  code         text not null,
  jurisdiction text not null,
  date         text not null,
  bank         integer not null,
  currency     text not null,
  amount       integer not null check (amount > 0),
  reference    text not null,
  voucher      integer not null,
  made_by      text not null,
  made_at      integer not null,
  reversal     integer, -- voucher
  primary key (company, id),
  unique (company, code),
  foreign key (company, bank) references bank_account
) strict, without rowid;

create table unclaimed_report (
  company      integer not null references company,
  id           integer not null,
  code         text not null,
  jurisdiction text not null,
  year         integer not null,
  number       integer not null check (number > 0), -- of the jurisdiction and year
  made_by      text not null,
  made_at      integer not null,
  name         text not null,
  properties   integer not null check (properties >= 0),
  total        integer not null,
  sha256       blob not null,
  copies       integer not null check (copies >= 0),
  key_id       text not null,
  sealed       blob not null,
  primary key (company, id),
  unique (company, code),
  unique (company, jurisdiction, year, number)
) strict;

-- Property that was escheated.
create table unclaimed_property (
  company       integer not null references company,
  id            integer not null,
  code          text not null,
  kind          text not null check (kind in ('credit', 'payment')),
  party         integer not null, -- the customer of a credit, the vendor of a payment
  target        integer not null, -- the voucher of a credit, or the payment
  jurisdiction  text not null,
  why           text not null, -- the jurisdiction is that
  currency      text not null,
  amount        integer not null check (amount > 0),
  accounting    integer not null check (accounting >= 0),
  arose         text not null,
  last_activity text not null,
  dormant_on    text not null,
  cut_off       text not null,
  report_on     text not null,
  letter_on     text,
  exception     text not null, -- why no letter was needed
  property_code text not null,
  status        text not null check (status in ('escheated', 'remitted', 'reclaimed', 'reversed')),
  escheated_on  text not null,
  voucher       integer not null,
  remittance    integer,
  report        integer, -- the last that has it
  primary key (company, id),
  unique (company, code),
  foreign key (company, remittance) references unclaimed_remittance,
  foreign key (company, report) references unclaimed_report,
  check ((remittance is null) = (status in ('escheated', 'reversed')))
) strict, without rowid;
create unique index unclaimed_property_target on unclaimed_property (company, target, party, currency) where status <> 'reversed';
create index unclaimed_property_status on unclaimed_property (company, status, jurisdiction, id);
create index unclaimed_property_voucher on unclaimed_property (company, voucher);

-- The liability that a property makes, by ledger account.
create table unclaimed_line (
  company    integer not null,
  property   integer not null,
  n          integer not null check (n > 0),
  account    text not null, -- as written
  amount     integer not null check (amount > 0),
  accounting integer not null check (accounting >= 0),
  primary key (company, property, n),
  foreign key (company, property) references unclaimed_property
) strict, without rowid;

create table unclaimed_event (
  company  integer not null,
  property integer not null,
  n        integer not null check (n > 0),
  at       integer not null,
  actor    text not null,
  status   text not null,
  voucher  integer,
  detail   text not null,
  primary key (company, property, n),
  foreign key (company, property) references unclaimed_property
) strict, without rowid;
