-- +goose Up
-- Unclaimed property and statutory clocks: rules by jurisdiction, contacts with owners, letters, properties, remittances, reports.

-- When property of a kind becomes dormant, and what is due then.
create table dormancy_rule (
  company        bigint not null references company,
  jurisdiction   text collate "C" not null, -- such as US-CA, or US
  kind           text not null check (kind in ('credit', 'payment')),
  valid_from     date not null,
  months         bigint not null check (months >= 0),
  days           bigint not null check (days >= 0), -- beside the months
  activity       text not null check (activity in ('contact', 'payment', 'document')), -- what restarts dormancy
  cut_off        text not null, -- MM-DD: what is dormant then is in the next report
  report         text not null, -- MM-DD: when the report is due
  letter_first   bigint not null check (letter_first >= letter_last), -- days before the report: from then on letters are sent
  letter_last    bigint not null check (letter_last >= 0), -- until then
  letter_minimum bigint not null check (letter_minimum >= 0), -- minor units of the accounting currency: less needs no letter
  reply_days     bigint not null check (reply_days >= 0), -- that an owner has after a letter
  code           text collate "C" not null, -- of the property in reports, such as CK13; blank: the standard's
  sample         bigint not null check (sample in (0, 1)),
  note           text not null,
  primary key (company, jurisdiction, kind, valid_from)
);

-- The statutory clocks on credits.
create table credit_clock (
  company             bigint not null references company,
  jurisdiction        text collate "C" not null,
  valid_from          date not null,
  refund_days         bigint not null check (refund_days >= 0), -- after a written request; 0: none
  good_faith_months   bigint not null check (good_faith_months >= 0), -- after the credit; 0: none
  interest_from       text not null check (interest_from in ('request', 'credit')),
  interest_after_days bigint not null check (interest_after_days >= 0),
  interest_rate       text not null, -- percent a year; blank: none
  year_days           bigint not null check (year_days in (360, 365)),
  bar_months          bigint not null check (bar_months >= 0), -- after the credit; 0: none
  sample              bigint not null check (sample in (0, 1)),
  note                text not null,
  primary key (company, jurisdiction, valid_from)
);

-- What the owner of a property did or wrote.
create table owner_contact (
  company      bigint not null references company,
  id           bigint not null,
  party        bigint not null, -- customer or vendor
  voucher      bigint, -- the credit that it is about; null: all
  date         date not null,
  kind         text not null check (kind in ('response', 'request', 'letter', 'phone', 'email', 'visit', 'portal', 'other')),
  note         text not null,
  actor        text not null,
  at           bigint not null,
  withdrawn_by text not null, -- blank: it holds
  withdrawn_at bigint not null,
  why          text not null, -- it was withdrawn
  primary key (company, id)
);
create index owner_contact_party on owner_contact (company, party, date);

-- Who reports: what letters and reports say of the company.
create table unclaimed_holder (
  company bigint primary key references company,
  data    text not null -- JSON
);

create table unclaimed_letter (
  company bigint not null references company,
  id      bigint not null,
  code    text collate "C" not null,
  date    date not null,
  made_by text not null,
  made_at bigint not null,
  letters bigint not null check (letters > 0),
  items   bigint not null check (items >= letters),
  sha256  bytea not null,
  copies  bigint not null check (copies >= 0),
  key_id  text not null,
  sealed  bytea not null,
  primary key (company, id),
  unique (company, code)
);

create table unclaimed_letter_item (
  company      bigint not null,
  letter       bigint not null,
  n            bigint not null check (n > 0),
  kind         text not null,
  party        bigint not null,
  target       bigint not null, -- the voucher of a credit, or the payment
  jurisdiction text collate "C" not null,
  currency     text not null,
  amount       bigint not null check (amount > 0),
  primary key (company, letter, n),
  foreign key (company, letter) references unclaimed_letter
);
create index unclaimed_letter_item_target on unclaimed_letter_item (company, target);

create table unclaimed_remittance (
  company      bigint not null references company,
  id           bigint not null,
  code         text collate "C" not null,
  jurisdiction text collate "C" not null,
  date         date not null,
  bank         bigint not null,
  currency     text not null,
  amount       bigint not null check (amount > 0),
  reference    text not null,
  voucher      bigint not null,
  made_by      text not null,
  made_at      bigint not null,
  reversal     bigint, -- voucher
  primary key (company, id),
  unique (company, code),
  foreign key (company, bank) references bank_account
);

create table unclaimed_report (
  company      bigint not null references company,
  id           bigint not null,
  code         text collate "C" not null,
  jurisdiction text collate "C" not null,
  year         bigint not null,
  number       bigint not null check (number > 0), -- of the jurisdiction and year
  made_by      text not null,
  made_at      bigint not null,
  name         text not null,
  properties   bigint not null check (properties >= 0),
  total        bigint not null,
  sha256       bytea not null,
  copies       bigint not null check (copies >= 0),
  key_id       text not null,
  sealed       bytea not null,
  primary key (company, id),
  unique (company, code),
  unique (company, jurisdiction, year, number)
);

-- Property that was escheated.
create table unclaimed_property (
  company       bigint not null references company,
  id            bigint not null,
  code          text collate "C" not null,
  kind          text not null check (kind in ('credit', 'payment')),
  party         bigint not null, -- the customer of a credit, the vendor of a payment
  target        bigint not null, -- the voucher of a credit, or the payment
  jurisdiction  text collate "C" not null,
  why           text not null, -- the jurisdiction is that
  currency      text not null,
  amount        bigint not null check (amount > 0),
  accounting    bigint not null check (accounting >= 0),
  arose         date not null,
  last_activity date not null,
  dormant_on    date not null,
  cut_off       date not null,
  report_on     date not null,
  letter_on     date,
  exception     text not null, -- why no letter was needed
  property_code text not null,
  status        text not null check (status in ('escheated', 'remitted', 'reclaimed', 'reversed')),
  escheated_on  date not null,
  voucher       bigint not null,
  remittance    bigint,
  report        bigint, -- the last that has it
  primary key (company, id),
  unique (company, code),
  foreign key (company, remittance) references unclaimed_remittance,
  foreign key (company, report) references unclaimed_report,
  check ((remittance is null) = (status in ('escheated', 'reversed')))
);
create unique index unclaimed_property_target on unclaimed_property (company, target, party, currency) where status <> 'reversed';
create index unclaimed_property_status on unclaimed_property (company, status, jurisdiction, id);
create index unclaimed_property_voucher on unclaimed_property (company, voucher);

-- The liability that a property makes, by ledger account.
create table unclaimed_line (
  company    bigint not null,
  property   bigint not null,
  n          bigint not null check (n > 0),
  account    text collate "C" not null, -- as written
  amount     bigint not null check (amount > 0),
  accounting bigint not null check (accounting >= 0),
  primary key (company, property, n),
  foreign key (company, property) references unclaimed_property
);

create table unclaimed_event (
  company  bigint not null,
  property bigint not null,
  n        bigint not null check (n > 0),
  at       bigint not null,
  actor    text not null,
  status   text not null,
  voucher  bigint,
  detail   text not null,
  primary key (company, property, n),
  foreign key (company, property) references unclaimed_property
);
