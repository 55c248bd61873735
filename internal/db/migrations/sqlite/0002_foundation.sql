-- +goose Up
-- Ids: SQLite has one writer, so a counter row serves as the sequence.
create table row_id (next integer not null) strict;
insert into row_id (next) values (1);

-- Set-up -------------------------------------------------------------------------------------------------------------

create table company (
  id             integer primary key,
  code           text not null unique,
  name           text not null,
  country        text not null,
  currency       text not null,
  account_format text not null
) strict;

create table parameter (
  company integer not null references company,
  name    text not null,
  value   text not null,
  primary key (company, name)
) strict, without rowid;

create table dimension (
  company   integer not null references company,
  position  integer not null,
  name      text not null,
  balancing integer not null,
  primary key (company, position),
  unique (company, name)
) strict, without rowid;

create table dimension_value (
  company   integer not null references company,
  dimension text not null,
  value     text not null,
  name      text not null,
  primary key (company, dimension, value)
) strict, without rowid;

create table main_account (
  company integer not null references company,
  account text not null,
  name    text not null,
  type    text not null check (type in ('asset', 'liability', 'equity', 'revenue', 'expense')),
  control text not null check (control in ('', 'customer', 'vendor', 'bank')),
  primary key (company, account)
) strict, without rowid;

create table ledger_account (
  company      integer not null,
  id           integer not null,
  written      text not null,
  main_account text not null,
  primary key (company, id),
  unique (company, written),
  foreign key (company, main_account) references main_account
) strict, without rowid;

create table balancing_rule (
  company          integer not null references company,
  dimension        text not null,
  value            text not null,
  counter_value    text not null,
  due_from_account text not null,
  due_to_account   text not null,
  primary key (company, dimension, value, counter_value),
  foreign key (company, due_from_account) references main_account,
  foreign key (company, due_to_account) references main_account
) strict, without rowid;

create table period (
  company    integer not null references company,
  start_date text not null,
  end_date   text not null,
  status     text not null check (status in ('open', 'on_hold', 'closed')),
  closed_at  integer check ((status = 'closed') = (closed_at is not null)),
  primary key (company, start_date),
  check (start_date <= end_date)
) strict, without rowid;

create table period_exception (
  company    integer not null,
  start_date text not null,
  module     text not null check (module in ('ledger', 'receivable', 'payable')),
  role       text not null,
  status     text not null check (status in ('open', 'on_hold')),
  primary key (company, start_date, module, role),
  foreign key (company, start_date) references period
) strict, without rowid;

create table posting_profile (
  company           integer not null references company,
  ledger            text not null check (ledger in ('customer', 'vendor')),
  scope             text not null check (scope in ('all', 'group', 'party')),
  code              text not null check ((scope = 'all') = (code = '')),
  summary_account   text not null,
  write_off_account text not null,
  primary key (company, ledger, scope, code),
  foreign key (company, summary_account) references main_account
) strict, without rowid;

create table billing_classification (
  company integer not null references company,
  id      integer not null,
  code    text not null,
  name    text not null,
  primary key (company, id),
  unique (company, code)
) strict, without rowid;

create table exchange_rate (
  company  integer not null references company,
  currency text not null,
  date     text not null,
  rate     text not null,
  primary key (company, currency, date)
) strict, without rowid;

create table number_series (
  company integer not null references company,
  series  text not null,
  prefix  text not null check (prefix <> ''),
  width   integer not null check (width between 1 and 18),
  next    integer not null check (next >= 1),
  primary key (company, series),
  unique (company, prefix)
) strict, without rowid;

create table number_reservation (
  company integer not null,
  series  text not null,
  first   integer not null,
  last    integer not null check (last >= first),
  owner   integer not null,
  primary key (company, series, first),
  foreign key (company, series) references number_series
) strict, without rowid;

create table voided_number (
  company integer not null,
  series  text not null,
  first   integer not null,
  last    integer not null check (last >= first),
  reason  text not null check (reason <> ''),
  primary key (company, series, first),
  foreign key (company, series) references number_series
) strict, without rowid;

-- The version of a company's set-up: whoever changes the set-up changes it, and no version comes twice, so that what a program keeps
-- of the set-up is known to hold or not. -----------------------------------------------------------------------------------
create table setup_version (company integer primary key, version integer not null) strict;

-- +goose StatementBegin
create trigger company_setup_insert after insert on company begin insert into setup_version values (new.id, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger company_setup_update after update on company begin insert into setup_version values (new.id, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger company_setup_delete after delete on company begin insert into setup_version values (old.id, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger parameter_setup_insert after insert on parameter begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger parameter_setup_update after update on parameter begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger parameter_setup_delete after delete on parameter begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dimension_setup_insert after insert on dimension begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dimension_setup_update after update on dimension begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dimension_setup_delete after delete on dimension begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dimension_value_setup_insert after insert on dimension_value begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dimension_value_setup_update after update on dimension_value begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger dimension_value_setup_delete after delete on dimension_value begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger main_account_setup_insert after insert on main_account begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger main_account_setup_update after update on main_account begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger main_account_setup_delete after delete on main_account begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_account_setup_insert after insert on ledger_account begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_account_setup_update after update on ledger_account begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_account_setup_delete after delete on ledger_account begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger balancing_rule_setup_insert after insert on balancing_rule begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger balancing_rule_setup_update after update on balancing_rule begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger balancing_rule_setup_delete after delete on balancing_rule begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger period_setup_insert after insert on period begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger period_setup_update after update on period begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger period_setup_delete after delete on period begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger period_exception_setup_insert after insert on period_exception begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger period_exception_setup_update after update on period_exception begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger period_exception_setup_delete after delete on period_exception begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger posting_profile_setup_insert after insert on posting_profile begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger posting_profile_setup_update after update on posting_profile begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger posting_profile_setup_delete after delete on posting_profile begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger billing_classification_setup_insert after insert on billing_classification begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger billing_classification_setup_update after update on billing_classification begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger billing_classification_setup_delete after delete on billing_classification begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger exchange_rate_setup_insert after insert on exchange_rate begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger exchange_rate_setup_update after update on exchange_rate begin insert into setup_version values (new.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger exchange_rate_setup_delete after delete on exchange_rate begin insert into setup_version values (old.company, random()) on conflict (company) do update set version = random(); end;
-- +goose StatementEnd

-- Who did what -------------------------------------------------------------------------------------------------------

create table audit (
  company integer not null,
  id      integer not null,
  at      integer not null,
  actor   text not null,
  command text not null,
  subject text not null,
  detail  text not null,
  primary key (company, id)
) strict, without rowid;

create table idempotency (
  company    integer not null,
  key        text not null,
  command    text not null,
  input_hash blob not null,
  result     text not null,
  at         integer not null,
  primary key (company, key)
) strict, without rowid;

-- Ledger: append-only mass tables, without foreign keys to per-row parents (verify proves them) -------------------------

create table voucher (
  company  integer not null,
  id       integer not null,
  command  integer not null,
  customer integer,
  vendor   integer,
  reverses integer,
  source   integer,
  date     text not null,
  type     integer not null check (type between 1 and 9),
  number   text not null,
  text     text not null,
  digest   blob not null,
  primary key (company, id),
  unique (company, number)
) strict, without rowid;

create unique index voucher_reverses on voucher (company, reverses) where reverses is not null;

create table entry (
  company        integer not null,
  voucher        integer not null,
  account        integer not null,
  party          integer,
  amount         integer not null,
  accounting     integer not null,
  classification integer,
  line           integer not null,
  due_date       text,
  currency       text not null,
  text           text,
  primary key (company, voucher, line)
) strict, without rowid;

-- Sums of entries, a row for each group of vouchers posted together; folded into one a day from time to time.
create table balance (
  company integer not null,
  account integer not null,
  batch   integer not null,
  debit   integer not null check (debit >= 0),
  credit  integer not null check (credit >= 0),
  date    text not null,
  primary key (company, account, date, batch)
) strict, without rowid;

create table unsealed (
  company integer not null,
  first   integer not null,
  last    integer not null check (last >= first),
  primary key (company, first)
) strict, without rowid;

create table seal (
  company  integer not null,
  n        integer not null,
  at       integer not null,
  vouchers integer not null,
  covers   text not null,
  key_id   text not null,
  mac      blob not null,
  primary key (company, n)
) strict, without rowid;

-- Parties ------------------------------------------------------------------------------------------------------------

create table vendor (
  company        integer not null references company,
  id             integer not null,
  code           text not null,
  name           text not null,
  grp            text not null,
  currency       text not null,
  blocked        integer not null,
  payment_method text not null,
  one_time       text not null check (one_time in ('no', 'yes', 'template')),
  street         text not null,
  city           text not null,
  state          text not null,
  postal_code    text not null,
  country        text not null,
  email          text not null,
  primary key (company, id)
) strict, without rowid;

-- Made apart from the table, so that SQLite answers code to id from the index alone.
create unique index vendor_code on vendor (company, code);

create table customer (
  company          integer not null references company,
  id               integer not null,
  vendor           integer,
  parent           integer,
  code             text not null,
  name             text not null,
  grp              text not null,
  currency         text not null,
  hold             integer not null,
  do_not_reimburse integer not null,
  street           text not null,
  city             text not null,
  state            text not null,
  postal_code      text not null,
  country          text not null,
  email            text not null,
  primary key (company, id),
  foreign key (company, vendor) references vendor deferrable initially deferred,
  foreign key (company, parent) references customer deferrable initially deferred
) strict, without rowid;

-- Made apart from the table, so that SQLite answers code to id from the index alone.
create unique index customer_code on customer (company, code);

create table bank_detail (
  company     integer not null references company,
  party       integer not null,
  key_id      text not null,
  sealed      blob not null,
  fingerprint blob not null,
  masked      text not null,
  verified    integer not null,
  primary key (company, party)
) strict, without rowid;

create index bank_detail_fingerprint on bank_detail (company, fingerprint);

-- Open items ---------------------------------------------------------------------------------------------------------

create table open_item (
  company        integer not null,
  side           integer not null check (side in (1, 2)),
  party          integer not null,
  voucher        integer not null,
  line           integer not null,
  account        integer not null,
  open           integer not null check (open <> 0),
  accounting     integer not null,
  marked         integer not null default 0,
  classification integer,
  date           text not null,
  due_date       text not null,
  number         text not null,
  currency       text not null,
  primary key (company, side, party, voucher, line),
  check (marked >= 0 and marked <= abs(open))
) strict, without rowid;

create table settlement_op (
  company integer not null,
  id      integer not null,
  command integer not null,
  date    text not null,
  kind    integer not null check (kind between 1 and 7),
  source  integer,
  undoes  integer,
  primary key (company, id)
) strict, without rowid;

create index settlement_op_date on settlement_op (company, date);

create table settlement (
  company        integer not null,
  party          integer not null,
  operation      integer not null,
  credit_voucher integer not null,
  debit_voucher  integer not null,
  amount         integer not null,
  accounting     integer not null,
  credit_line    integer not null,
  debit_line     integer not null,
  n              integer not null,
  primary key (company, party, operation, n)
) strict, without rowid;

create table mark (
  company integer not null references company,
  id      integer not null,
  party   integer not null,
  voucher integer not null,
  line    text not null,
  journal text not null,
  holder  text not null,
  primary key (company, id),
  unique (company, journal, party, voucher)
) strict, without rowid;

create index mark_party on mark (company, party);

create table mark_item (
  company integer not null,
  mark    integer not null,
  voucher integer not null,
  line    integer not null,
  amount  integer not null check (amount > 0),
  primary key (company, mark, voucher, line),
  foreign key (company, mark) references mark
) strict, without rowid;

create table exposure (
  company  integer not null references company,
  party    integer not null,
  source   text not null,
  id       integer not null,
  currency text not null,
  amount   integer not null check (amount > 0),
  text     text not null,
  primary key (company, party, source, id)
) strict, without rowid;

-- Keys of imported settlements and marks, so that a folder brought in twice changes nothing.
create table imported_settlement (
  company        integer not null references company,
  date           text not null,
  party          integer not null,
  debit_voucher  integer not null,
  credit_voucher integer not null,
  debit_line     integer not null,
  credit_line    integer not null,
  amount         integer not null,
  primary key (company, date, party, debit_voucher, credit_voucher, debit_line, credit_line)
) strict, without rowid;

create table imported_mark (
  company integer not null references company,
  journal text not null,
  party   integer not null,
  voucher integer not null,
  amount  integer not null,
  primary key (company, journal, party, voucher)
) strict, without rowid;

-- Reimbursement runs -------------------------------------------------------------------------------------------------

create table run (
  company          integer not null references company,
  id               integer not null,
  code             text not null,
  date             text not null,
  state            text not null check (state in ('proposing', 'proposed', 'posting', 'posted', 'cancelled')),
  selection        text not null,
  policy           text not null,
  created_by       text not null,
  started_by       text,
  leased_until     integer,
  started_roles    text,
  created_at       integer not null,
  horizon          integer not null,
  candidates       integer not null,
  excluded         integer not null,
  reimbursements   integer not null,
  transfers        integer not null,
  first_number     integer,
  last_number      integer,
  first_transfer   integer,
  posted_at        integer,
  primary key (company, id),
  unique (company, code),
  check ((state = 'posted') = (posted_at is not null))
) strict, without rowid;

create table run_chunk (
  company        integer not null,
  run            integer not null,
  n              integer not null,
  first_line     integer not null,
  last_line      integer not null,
  first_customer text not null,
  last_customer  text not null,
  state          text not null check (state in ('planned', 'posted')),
  summary        text not null,
  reimbursements integer not null,
  transfers      integer not null,
  worker         text,
  leased_until   integer,
  first_number   integer,
  first_transfer integer,
  command        integer,
  primary key (company, run, n),
  foreign key (company, run) references run
) strict, without rowid;

create table run_line (
  company        integer not null,
  run            integer not null,
  line           integer not null,
  customer       integer not null,
  vendor         integer,
  amount         integer not null,
  fingerprint    integer not null,
  reimbursements integer not null,
  transfers      integer not null,
  currency       text not null,
  reason         text not null,
  detail         text not null,
  primary key (company, run, line)
) strict, without rowid;

-- Append-only --------------------------------------------------------------------------------------------------------

-- +goose StatementBegin
create trigger voucher_no_update before update on voucher begin select raise(abort, 'table voucher is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger voucher_no_delete before delete on voucher begin select raise(abort, 'table voucher is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger entry_no_update before update on entry begin select raise(abort, 'table entry is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger entry_no_delete before delete on entry begin select raise(abort, 'table entry is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_no_update before update on settlement begin select raise(abort, 'table settlement is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_no_delete before delete on settlement begin select raise(abort, 'table settlement is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_op_no_update before update on settlement_op begin select raise(abort, 'table settlement_op is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_op_no_delete before delete on settlement_op begin select raise(abort, 'table settlement_op is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_no_update before update on audit begin select raise(abort, 'table audit is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_no_delete before delete on audit begin select raise(abort, 'table audit is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger seal_no_update before update on seal begin select raise(abort, 'table seal is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger seal_no_delete before delete on seal begin select raise(abort, 'table seal is append-only'); end;
-- +goose StatementEnd
