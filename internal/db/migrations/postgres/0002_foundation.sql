-- +goose Up
create sequence row_id increment by 64; -- each value stands for the 64 ids from it on

-- +goose StatementBegin
create function json_each(ids text) returns table(value bigint) language sql immutable strict as
$$ select v::bigint from json_array_elements_text(ids::json) v $$;
-- +goose StatementEnd

-- Set-up -------------------------------------------------------------------------------------------------------------

create table company (
  id             bigint primary key,
  code           text collate "C" not null unique,
  name           text not null,
  country        text not null,
  currency       text not null,
  account_format text not null
);

create table parameter (
  company bigint not null references company,
  name    text not null,
  value   text not null,
  primary key (company, name)
);

create table dimension (
  company   bigint not null references company,
  position  integer not null,
  name      text not null,
  balancing boolean not null,
  primary key (company, position),
  unique (company, name)
);

create table dimension_value (
  company   bigint not null references company,
  dimension text not null,
  value     text collate "C" not null,
  name      text not null,
  primary key (company, dimension, value)
);

create table main_account (
  company bigint not null references company,
  account text collate "C" not null,
  name    text not null,
  type    text not null check (type in ('asset', 'liability', 'equity', 'revenue', 'expense')),
  control text not null check (control in ('', 'customer', 'vendor', 'bank')),
  primary key (company, account)
);

create table ledger_account (
  company      bigint not null,
  id           bigint not null,
  written      text collate "C" not null,
  main_account text collate "C" not null,
  primary key (company, id),
  unique (company, written),
  foreign key (company, main_account) references main_account
);

create table balancing_rule (
  company          bigint not null references company,
  dimension        text not null,
  value            text collate "C" not null,
  counter_value    text collate "C" not null,
  due_from_account text collate "C" not null,
  due_to_account   text collate "C" not null,
  primary key (company, dimension, value, counter_value),
  foreign key (company, due_from_account) references main_account,
  foreign key (company, due_to_account) references main_account
);

create table period (
  company    bigint not null references company,
  start_date date not null,
  end_date   date not null,
  status     text not null check (status in ('open', 'on_hold', 'closed')),
  closed_at  bigint check ((status = 'closed') = (closed_at is not null)),
  primary key (company, start_date),
  check (start_date <= end_date)
);

create table period_exception (
  company    bigint not null,
  start_date date not null,
  module     text not null check (module in ('ledger', 'receivable', 'payable')),
  role       text not null,
  status     text not null check (status in ('open', 'on_hold')),
  primary key (company, start_date, module, role),
  foreign key (company, start_date) references period
);

create table posting_profile (
  company           bigint not null references company,
  ledger            text not null check (ledger in ('customer', 'vendor')),
  scope             text not null check (scope in ('all', 'group', 'party')),
  code              text not null check ((scope = 'all') = (code = '')),
  summary_account   text collate "C" not null,
  write_off_account text collate "C" not null,
  primary key (company, ledger, scope, code),
  foreign key (company, summary_account) references main_account
);

create table billing_classification (
  company bigint not null references company,
  id      bigint not null,
  code    text collate "C" not null,
  name    text not null,
  primary key (company, id),
  unique (company, code)
);

create table exchange_rate (
  company  bigint not null references company,
  currency text not null,
  date     date not null,
  rate     text not null,
  primary key (company, currency, date)
);

create table number_series (
  company bigint not null references company,
  series  text not null,
  prefix  text collate "C" not null check (prefix <> ''),
  width   integer not null check (width between 1 and 18),
  next    bigint not null check (next >= 1),
  primary key (company, series),
  unique (company, prefix)
);

create table number_reservation (
  company bigint not null,
  series  text not null,
  first   bigint not null,
  last    bigint not null check (last >= first),
  owner   bigint not null,
  primary key (company, series, first),
  foreign key (company, series) references number_series
);

create table voided_number (
  company bigint not null,
  series  text not null,
  first   bigint not null,
  last    bigint not null check (last >= first),
  reason  text not null check (reason <> ''),
  primary key (company, series, first),
  foreign key (company, series) references number_series
);

-- The version of a company's set-up: whoever changes the set-up changes it, and no version comes twice, so that what a program keeps
-- of the set-up is known to hold or not. -----------------------------------------------------------------------------------
create table setup_version (company bigint primary key, version bigint not null);

-- +goose StatementBegin
create function setup_changed() returns trigger language plpgsql as
$$
declare changed bigint;
begin
  if tg_op = 'DELETE' then changed := case tg_table_name when 'company' then (to_jsonb(old) ->> 'id')::bigint else (to_jsonb(old) ->> 'company')::bigint end;
  else changed := case tg_table_name when 'company' then (to_jsonb(new) ->> 'id')::bigint else (to_jsonb(new) ->> 'company')::bigint end; end if;
  insert into setup_version values (changed, nextval('row_id')) on conflict (company) do update set version = nextval('row_id');
  return null;
end $$;
-- +goose StatementEnd
create trigger company_setup after insert or update or delete on company for each row execute function setup_changed();
create trigger parameter_setup after insert or update or delete on parameter for each row execute function setup_changed();
create trigger dimension_setup after insert or update or delete on dimension for each row execute function setup_changed();
create trigger dimension_value_setup after insert or update or delete on dimension_value for each row execute function setup_changed();
create trigger main_account_setup after insert or update or delete on main_account for each row execute function setup_changed();
create trigger ledger_account_setup after insert or update or delete on ledger_account for each row execute function setup_changed();
create trigger balancing_rule_setup after insert or update or delete on balancing_rule for each row execute function setup_changed();
create trigger period_setup after insert or update or delete on period for each row execute function setup_changed();
create trigger period_exception_setup after insert or update or delete on period_exception for each row execute function setup_changed();
create trigger posting_profile_setup after insert or update or delete on posting_profile for each row execute function setup_changed();
create trigger billing_classification_setup after insert or update or delete on billing_classification for each row execute function setup_changed();
create trigger exchange_rate_setup after insert or update or delete on exchange_rate for each row execute function setup_changed();

-- Who did what -------------------------------------------------------------------------------------------------------

create table audit (
  company bigint not null,
  id      bigint not null,
  at      bigint not null,
  actor   text not null,
  command text not null,
  subject text not null,
  detail  text not null,
  primary key (company, id)
);

create table idempotency (
  company    bigint not null,
  key        text not null,
  command    text not null,
  input_hash bytea not null,
  result     text not null,
  at         bigint not null,
  primary key (company, key)
);

-- Ledger: append-only mass tables, without foreign keys to per-row parents (verify proves them) -------------------------

create table voucher (
  company  bigint not null,
  id       bigint not null,
  command  bigint not null,
  customer bigint,
  vendor   bigint,
  reverses bigint,
  source   bigint,
  date     date not null,
  type     smallint not null check (type between 1 and 9),
  number   text collate "C" not null,
  text     text not null,
  digest   bytea not null,
  primary key (company, id),
  unique (company, number)
);

create unique index voucher_reverses on voucher (company, reverses) where reverses is not null;

create table entry (
  company        bigint not null,
  voucher        bigint not null,
  account        bigint not null,
  party          bigint,
  amount         bigint not null,
  accounting     bigint not null,
  classification bigint,
  line           integer not null,
  due_date       date,
  currency       text not null,
  text           text,
  primary key (company, voucher, line)
);

-- Sums of entries, a row for each group of vouchers posted together; folded into one a day from time to time.
create table balance (
  company bigint not null,
  account bigint not null,
  batch   bigint not null,
  debit   bigint not null check (debit >= 0),
  credit  bigint not null check (credit >= 0),
  date    date not null,
  primary key (company, account, date, batch)
);

create table unsealed (
  company bigint not null,
  first   bigint not null,
  last    bigint not null check (last >= first),
  primary key (company, first)
);

create table seal (
  company  bigint not null,
  n        bigint not null,
  at       bigint not null,
  vouchers bigint not null,
  covers   text not null,
  key_id   text not null,
  mac      bytea not null,
  primary key (company, n)
);

-- Parties ------------------------------------------------------------------------------------------------------------

create table vendor (
  company        bigint not null references company,
  id             bigint not null,
  code           text collate "C" not null,
  name           text not null,
  grp            text not null,
  currency       text not null,
  blocked        boolean not null,
  payment_method text not null,
  one_time       text not null check (one_time in ('no', 'yes', 'template')),
  street         text not null,
  city           text not null,
  state          text not null,
  postal_code    text not null,
  country        text not null,
  email          text not null,
  primary key (company, id),
  unique (company, code)
);

create table customer (
  company          bigint not null references company,
  id               bigint not null,
  vendor           bigint,
  parent           bigint,
  code             text collate "C" not null,
  name             text not null,
  grp              text not null,
  currency         text not null,
  hold             boolean not null,
  do_not_reimburse boolean not null,
  street           text not null,
  city             text not null,
  state            text not null,
  postal_code      text not null,
  country          text not null,
  email            text not null,
  primary key (company, id),
  unique (company, code),
  foreign key (company, vendor) references vendor deferrable initially deferred,
  foreign key (company, parent) references customer deferrable initially deferred
);

create table bank_detail (
  company     bigint not null references company,
  party       bigint not null,
  key_id      text not null,
  sealed      bytea not null,
  fingerprint bytea not null,
  masked      text not null,
  verified    boolean not null,
  primary key (company, party)
);

create index bank_detail_fingerprint on bank_detail (company, fingerprint);

-- Open items ---------------------------------------------------------------------------------------------------------

create table open_item (
  company        bigint not null,
  side           smallint not null check (side in (1, 2)),
  party          bigint not null,
  voucher        bigint not null,
  line           integer not null,
  account        bigint not null,
  open           bigint not null check (open <> 0),
  accounting     bigint not null,
  marked         bigint not null default 0,
  classification bigint,
  date           date not null,
  due_date       date not null,
  number         text collate "C" not null,
  currency       text not null,
  primary key (company, side, party, voucher, line),
  check (marked >= 0 and marked <= abs(open))
);

create table settlement_op (
  company bigint not null,
  id      bigint not null,
  command bigint not null,
  date    date not null,
  kind    smallint not null check (kind between 1 and 7),
  source  bigint,
  undoes  bigint,
  primary key (company, id)
);

create index settlement_op_date on settlement_op (company, date);

create table settlement (
  company        bigint not null,
  party          bigint not null,
  operation      bigint not null,
  credit_voucher bigint not null,
  debit_voucher  bigint not null,
  amount         bigint not null,
  accounting     bigint not null,
  credit_line    integer not null,
  debit_line     integer not null,
  n              integer not null,
  primary key (company, party, operation, n)
);

create table mark (
  company bigint not null references company,
  id      bigint not null,
  party   bigint not null,
  voucher bigint not null,
  line    text not null,
  journal text collate "C" not null,
  holder  text not null,
  primary key (company, id),
  unique (company, journal, party, voucher)
);

create index mark_party on mark (company, party);

create table mark_item (
  company bigint not null,
  mark    bigint not null,
  voucher bigint not null,
  line    integer not null,
  amount  bigint not null check (amount > 0),
  primary key (company, mark, voucher, line),
  foreign key (company, mark) references mark
);

create table exposure (
  company  bigint not null references company,
  party    bigint not null,
  source   text not null,
  id       bigint not null,
  currency text not null,
  amount   bigint not null check (amount > 0),
  text     text not null,
  primary key (company, party, source, id)
);

-- Keys of imported settlements and marks, so that a folder brought in twice changes nothing.
create table imported_settlement (
  company        bigint not null references company,
  date           date not null,
  party          bigint not null,
  debit_voucher  bigint not null,
  credit_voucher bigint not null,
  debit_line     integer not null,
  credit_line    integer not null,
  amount         bigint not null,
  primary key (company, date, party, debit_voucher, credit_voucher, debit_line, credit_line)
);

create table imported_mark (
  company bigint not null references company,
  journal text collate "C" not null,
  party   bigint not null,
  voucher bigint not null,
  amount  bigint not null,
  primary key (company, journal, party, voucher)
);

-- Reimbursement runs -------------------------------------------------------------------------------------------------

create table run (
  company          bigint not null references company,
  id               bigint not null,
  code             text collate "C" not null,
  date             date not null,
  state            text not null check (state in ('proposing', 'proposed', 'posting', 'posted', 'cancelled')),
  selection        text not null,
  policy           text not null,
  created_by       text not null,
  started_by       text,
  leased_until     bigint,
  started_roles    text,
  created_at       bigint not null,
  horizon          bigint not null,
  candidates       bigint not null,
  excluded         bigint not null,
  reimbursements   bigint not null,
  transfers        bigint not null,
  first_number     bigint,
  last_number      bigint,
  first_transfer   bigint,
  posted_at        bigint,
  primary key (company, id),
  unique (company, code),
  check ((state = 'posted') = (posted_at is not null))
);

create table run_chunk (
  company        bigint not null,
  run            bigint not null,
  n              integer not null,
  first_line     bigint not null,
  last_line      bigint not null,
  first_customer text collate "C" not null,
  last_customer  text collate "C" not null,
  state          text not null check (state in ('planned', 'posted')),
  summary        text not null,
  reimbursements bigint not null,
  transfers      bigint not null,
  worker         text,
  leased_until   bigint,
  first_number   bigint,
  first_transfer bigint,
  command        bigint,
  primary key (company, run, n),
  foreign key (company, run) references run
);

create table run_line (
  company        bigint not null,
  run            bigint not null,
  line           bigint not null,
  customer       bigint not null,
  vendor         bigint,
  amount         bigint not null,
  fingerprint    bigint not null,
  reimbursements integer not null,
  transfers      integer not null,
  currency       text not null,
  reason         text not null,
  detail         text not null,
  primary key (company, run, line)
);

-- Append-only --------------------------------------------------------------------------------------------------------

-- +goose StatementBegin
create function append_only() returns trigger language plpgsql as
$$ begin raise exception 'table % is append-only', tg_table_name using errcode = 'restrict_violation'; end $$;
-- +goose StatementEnd
create trigger voucher_append_only before update or delete on voucher for each row execute function append_only();
create trigger entry_append_only before update or delete on entry for each row execute function append_only();
create trigger settlement_append_only before update or delete on settlement for each row execute function append_only();
create trigger settlement_op_append_only before update or delete on settlement_op for each row execute function append_only();
create trigger audit_append_only before update or delete on audit for each row execute function append_only();
create trigger seal_append_only before update or delete on seal for each row execute function append_only();
create trigger voucher_no_truncate before truncate on voucher for each statement execute function append_only();
create trigger entry_no_truncate before truncate on entry for each statement execute function append_only();
create trigger settlement_no_truncate before truncate on settlement for each statement execute function append_only();
create trigger settlement_op_no_truncate before truncate on settlement_op for each statement execute function append_only();
create trigger audit_no_truncate before truncate on audit for each statement execute function append_only();
create trigger seal_no_truncate before truncate on seal for each statement execute function append_only();
