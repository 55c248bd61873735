-- +goose Up
-- Bank statements: files as they came, statements, lines, reconciliations, column maps.

create table bank_file (
  company bigint not null references company,
  id      bigint not null,
  name    text not null,
  sha256  bytea not null,
  key_id  text not null,
  sealed  bytea not null,
  primary key (company, id)
);

create table bank_statement (
  company     bigint not null,
  id          bigint not null,
  bank        bigint not null,
  n           bigint not null check (n > 0), -- place in the row of statements of the bank account
  digest      text collate "C" not null, -- of its content
  file        bigint not null,
  format      text not null,
  number      text not null, -- as the bank numbers it
  from_date   date not null,
  to_date     date not null check (to_date >= from_date),
  opening     bigint not null, -- minor units of the bank account's currency
  closing     bigint not null,
  lines       bigint not null check (lines >= 0),
  imported_by text not null,
  imported_at bigint not null,
  primary key (company, id),
  unique (company, bank, n),
  unique (company, bank, digest),
  foreign key (company, bank) references bank_account,
  foreign key (company, file) references bank_file
);

create table bank_line (
  company        bigint not null,
  statement      bigint not null,
  n              bigint not null check (n > 0),
  bank           bigint not null,
  booked         date not null,
  value          date, -- value date
  amount         bigint not null, -- what came in is positive
  kind           text not null,
  detail         text not null, -- JSON: references, names, texts
  reconciliation bigint, -- null: open
  primary key (company, statement, n),
  foreign key (company, statement) references bank_statement
);
create index bank_line_open on bank_line (company, bank, statement, n) where reconciliation is null;

create table bank_reconciliation (
  company    bigint not null,
  id         bigint not null,
  bank       bigint not null,
  n          bigint not null check (n > 0), -- number of the bank account's reconciliations
  statement  bigint not null,
  line       bigint not null,
  score      bigint not null check (score between 0 and 100), -- 0: by hand
  reasons    text not null,
  difference bigint, -- voucher that posted what was missing
  made_by    text not null,
  made_at    bigint not null,
  undone_by  text not null, -- blank: it stands
  undone_at  bigint not null,
  primary key (company, id),
  unique (company, bank, n),
  foreign key (company, statement, line) references bank_line
);
create unique index bank_reconciliation_line on bank_reconciliation (company, statement, line) where undone_by = '';

create table bank_reconciliation_entry (
  company        bigint not null,
  reconciliation bigint not null,
  voucher        bigint not null,
  line           bigint not null, -- of the voucher
  amount         bigint not null, -- minor units of the bank account's currency
  live           bigint not null check (live in (0, 1)), -- 0: undone
  primary key (company, reconciliation, voucher, line),
  foreign key (company, reconciliation) references bank_reconciliation
);
create unique index bank_reconciliation_entry_live on bank_reconciliation_entry (company, voucher, line) where live = 1;

create table bank_map (
  company bigint not null references company,
  code    text collate "C" not null,
  map     text not null, -- JSON
  primary key (company, code)
);
