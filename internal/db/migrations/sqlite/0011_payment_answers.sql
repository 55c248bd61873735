-- +goose Up
-- What banks answer to payments, and changes of bank details that they propose.

-- Seven digits of a trace number come round after ten million payments: the turn tells those of one number apart.
alter table bank_account add column trace_turn integer not null default 0;
alter table vendor_payment add column turn integer not null default 0;
drop index vendor_payment_number;
create unique index vendor_payment_number on vendor_payment (company, bank, number, turn) where number <> '';

-- Files of answers that were read: returns, notifications of change, status reports, lists of checks.
create table payment_answer (
  company integer not null references company,
  n       integer not null check (n > 0),
  sha256  blob not null,
  again   integer not null check (again >= 0), -- how often the file was read before
  name    text not null,
  format  text not null check (format in ('ach', 'iso20022', 'check')),
  read_by text not null,
  read_at integer not null,
  result  text not null, -- JSON: what each answer said, and what was done by it
  primary key (company, n),
  unique (company, sha256, again)
) strict, without rowid;

-- Bank details that a bank proposes for a payee. Nothing is changed until somebody else than who read the file says so.
create table bank_proposal (
  company     integer not null references company,
  n           integer not null check (n > 0),
  party       integer not null,
  payment     integer not null, -- vendor payment that the bank answered to
  code        text not null, -- of the notification, such as C01
  base        blob not null, -- fingerprint of the details that it is a change of
  fingerprint blob not null,
  masked      text not null, -- JSON; no number in full
  key_id      text not null,
  sealed      blob not null,
  state       text not null check (state in ('open', 'accepted', 'refused')),
  proposed_by text not null,
  proposed_at integer not null,
  decided_by  text not null check ((state = 'open') = (decided_by = '')),
  decided_at  integer not null,
  reason      text not null,
  primary key (company, n)
) strict, without rowid;
create index bank_proposal_party on bank_proposal (company, party, n);
