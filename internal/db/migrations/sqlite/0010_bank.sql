-- +goose Up
-- Bank statements: files as they came, statements, lines, reconciliations, column maps.

create table bank_file (
  company integer not null references company,
  id      integer not null,
  name    text not null,
  sha256  blob not null,
  key_id  text not null,
  sealed  blob not null,
  primary key (company, id)
) strict;

create table bank_statement (
  company     integer not null,
  id          integer not null,
  bank        integer not null,
  n           integer not null check (n > 0), -- place in the row of statements of the bank account
  digest      text not null, -- of its content
  file        integer not null,
  format      text not null,
  number      text not null, -- as the bank numbers it
  from_date   text not null,
  to_date     text not null check (to_date >= from_date),
  opening     integer not null, -- minor units of the bank account's currency
  closing     integer not null,
  lines       integer not null check (lines >= 0),
  imported_by text not null,
  imported_at integer not null,
  primary key (company, id),
  unique (company, bank, n),
  unique (company, bank, digest),
  foreign key (company, bank) references bank_account,
  foreign key (company, file) references bank_file
) strict, without rowid;

create table bank_line (
  company        integer not null,
  statement      integer not null,
  n              integer not null check (n > 0),
  bank           integer not null,
  booked         text not null,
  value          text, -- value date
  amount         integer not null, -- what came in is positive
  kind           text not null,
  detail         text not null, -- JSON: references, names, texts
  reconciliation integer, -- null: open
  primary key (company, statement, n),
  foreign key (company, statement) references bank_statement
) strict, without rowid;
create index bank_line_open on bank_line (company, bank, statement, n) where reconciliation is null;

create table bank_reconciliation (
  company    integer not null,
  id         integer not null,
  bank       integer not null,
  n          integer not null check (n > 0), -- number of the bank account's reconciliations
  statement  integer not null,
  line       integer not null,
  score      integer not null check (score between 0 and 100), -- 0: by hand
  reasons    text not null,
  difference integer, -- voucher that posted what was missing
  made_by    text not null,
  made_at    integer not null,
  undone_by  text not null, -- blank: it stands
  undone_at  integer not null,
  primary key (company, id),
  unique (company, bank, n),
  foreign key (company, statement, line) references bank_line
) strict, without rowid;
create unique index bank_reconciliation_line on bank_reconciliation (company, statement, line) where undone_by = '';

create table bank_reconciliation_entry (
  company        integer not null,
  reconciliation integer not null,
  voucher        integer not null,
  line           integer not null, -- of the voucher
  amount         integer not null, -- minor units of the bank account's currency
  live           integer not null check (live in (0, 1)), -- 0: undone
  primary key (company, reconciliation, voucher, line),
  foreign key (company, reconciliation) references bank_reconciliation
) strict, without rowid;
create unique index bank_reconciliation_entry_live on bank_reconciliation_entry (company, voucher, line) where live = 1;

create table bank_map (
  company integer not null references company,
  code    text not null,
  map     text not null, -- JSON
  primary key (company, code)
) strict, without rowid;
