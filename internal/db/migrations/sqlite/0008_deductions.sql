-- +goose Up
-- Two more types of voucher (deduction, resolution) and three more kinds of settlement (application, deduction, resolution). SQLite changes
-- a check only by making the table anew.

drop index voucher_reverses;
alter table voucher rename to voucher_old;
create table voucher (
  company  integer not null,
  id       integer not null,
  command  integer not null,
  customer integer,
  vendor   integer,
  reverses integer,
  source   integer,
  date     text not null,
  type     integer not null check (type between 1 and 11),
  number   text not null,
  text     text not null,
  digest   blob not null,
  primary key (company, id),
  unique (company, number)
) strict, without rowid;
insert into voucher (company, id, command, customer, vendor, reverses, source, date, type, number, text, digest)
  select company, id, command, customer, vendor, reverses, source, date, type, number, text, digest from voucher_old;
drop table voucher_old;
create unique index voucher_reverses on voucher (company, reverses) where reverses is not null;
-- +goose StatementBegin
create trigger voucher_no_update before update on voucher begin select raise(abort, 'table voucher is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger voucher_no_delete before delete on voucher begin select raise(abort, 'table voucher is append-only'); end;
-- +goose StatementEnd

drop index settlement_op_date;
alter table settlement_op rename to settlement_op_old;
create table settlement_op (
  company integer not null,
  id      integer not null,
  command integer not null,
  date    text not null,
  kind    integer not null check (kind between 1 and 10),
  source  integer,
  undoes  integer,
  primary key (company, id)
) strict, without rowid;
insert into settlement_op (company, id, command, date, kind, source, undoes) select company, id, command, date, kind, source, undoes from settlement_op_old;
drop table settlement_op_old;
create index settlement_op_date on settlement_op (company, date);
-- +goose StatementBegin
create trigger settlement_op_no_update before update on settlement_op begin select raise(abort, 'table settlement_op is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_op_no_delete before delete on settlement_op begin select raise(abort, 'table settlement_op is append-only'); end;
-- +goose StatementEnd

-- What holds a deduction is left alone by settlement, netting, runs and payments: only resolutions touch it.
alter table open_item add column held integer not null default 0;

-- Set-up of deductions -------------------------------------------------------------------------------------------------

alter table customer add column terms text not null default '';
alter table posting_profile add column discount_account text not null default '';

create table payment_terms (
  company       integer not null references company,
  code          text not null,
  name          text not null,
  net_days      integer not null check (net_days >= 0),
  discount_days integer not null check (discount_days >= 0),
  discount_rate text not null, -- percent, a decimal
  primary key (company, code)
) strict, without rowid;

create table deduction_type (
  company        integer not null references company,
  code           text not null,
  name           text not null,
  kind           text not null check (kind in ('unresolved', 'write_off', 'accrual_plan')),
  hold           text not null check (hold in ('', 'deduction_customer', 'customer', 'suspense')),
  offset_account text not null, -- main account, of hold = suspense
  primary key (company, code)
) strict, without rowid;

create table deduction_reason (
  company      integer not null references company,
  code         text not null,
  name         text not null,
  grp          text not null,
  type         text, -- default type; null: none
  account      text not null, -- default account to write off to, main or ledger account
  plan         text not null, -- default accrual plan
  hold         text not null check (hold in ('', 'deduction_customer', 'customer', 'suspense')),
  evidence     text not null, -- types of evidence it needs, by commas
  owner        text not null,
  team         text not null,
  small_amount integer not null check (small_amount >= 0), -- accounting currency; up to which capture writes off at once
  credit_check integer not null, -- an open deduction counts in the credit check, and as an open debit
  active       integer not null,
  primary key (company, code),
  foreign key (company, type) references deduction_type
) strict, without rowid;

-- A customer's own reason codes, and those of standard lists (customer 0: for all).
create table deduction_code (
  company      integer not null references company,
  customer     integer not null,
  list         text not null, -- standard list; blank: own
  code         text not null,
  from_date    text not null,
  to_date      text,
  reason       text not null,
  confirmed_by text not null,
  confirmed_at integer not null,
  primary key (company, customer, list, code, from_date),
  foreign key (company, reason) references deduction_reason
) strict, without rowid;

create table accrual_plan (
  company        integer not null references company,
  id             integer not null,
  code           text not null,
  name           text not null,
  account        text not null, -- main account of the accrual
  from_date      text not null,
  to_date        text not null check (to_date >= from_date),
  pay_over       text not null check (pay_over in ('no', 'limit', 'yes')),
  pay_over_limit integer not null check (pay_over_limit >= 0), -- accounting currency, of pay_over = limit
  primary key (company, id),
  unique (company, code)
) strict, without rowid;

create table accrual_plan_party (
  company integer not null,
  plan    integer not null,
  scope   text not null check (scope in ('all', 'group', 'party')),
  code    text not null check ((scope = 'all') = (code = '')),
  primary key (company, plan, scope, code),
  foreign key (company, plan) references accrual_plan
) strict, without rowid;

-- What was accrued: posted by a voucher, or brought in. Amounts in accounting currency; a negative one takes back.
create table accrual (
  company integer not null,
  plan    integer not null,
  id      integer not null,
  date    text not null,
  amount  integer not null check (amount <> 0),
  voucher integer,
  text    text not null,
  actor   text not null,
  at      integer not null,
  primary key (company, plan, id),
  foreign key (company, plan) references accrual_plan
) strict, without rowid;

create table write_off_limit (
  company integer not null references company,
  scope   text not null check (scope in ('company', 'customer', 'reason', 'user')),
  code    text not null check ((scope = 'company') = (code = '')),
  amount  integer not null check (amount >= 0), -- accounting currency
  primary key (company, scope, code)
) strict, without rowid;

create table dispute_rule (
  company       integer not null references company,
  customer      integer not null, -- 0: every customer
  reason        text not null, -- blank: every reason
  from_date     text not null,
  to_date       text,
  window_days   integer not null check (window_days >= 0),
  window_from   text not null check (window_from in ('invoice', 'due', 'payment', 'capture')),
  earliest_days integer not null check (earliest_days >= 0), -- after the same date
  attempts      integer not null check (attempts >= 0),
  answer_days   integer not null check (answer_days >= 0),
  evidence      text not null, -- types of evidence, by commas
  primary key (company, customer, reason, from_date)
) strict, without rowid;

-- What a customer's deductions are treated by.
create table deduction_party (
  company      integer not null references company,
  customer     integer not null,
  owner        text not null,
  small_amount integer check (small_amount >= 0), -- accounting currency; null: as the reason says
  primary key (company, customer)
) strict, without rowid;

create table work_substate (
  company integer not null references company,
  code    text not null,
  work    text not null,
  name    text not null,
  primary key (company, code)
) strict, without rowid;

-- Customer payment journals ---------------------------------------------------------------------------------------------

create table payment_journal (
  company    integer not null references company,
  id         integer not null,
  code       text not null,
  text       text not null,
  state      text not null check (state in ('draft', 'posted', 'reversed', 'cancelled')), -- posted: every line is posted or reversed
  remittance integer, -- that it was made from
  created_by text not null,
  created_at integer not null,
  posted_by  text,
  posted_at  integer,
  primary key (company, id),
  unique (company, code)
) strict, without rowid;

create table payment_line (
  company   integer not null,
  journal   integer not null,
  line      integer not null,
  date      text not null,
  customer  integer not null,
  amount    integer not null check (amount >= 0), -- 0: credits and deductions alone
  currency  text not null,
  bank      text not null, -- ledger account as written
  reference text not null,
  text      text not null,
  state     text not null check (state in ('draft', 'posted', 'reversed')),
  problem   text not null, -- why it was not posted
  voucher   integer, -- the payment
  posting   integer, -- what its settlements name as their source
  posted_at integer,
  primary key (company, journal, line),
  foreign key (company, journal) references payment_journal
) strict, without rowid;
create index payment_line_voucher on payment_line (company, voucher) where voucher is not null;
create index payment_line_posting on payment_line (company, posting) where posting is not null;
create index payment_line_customer on payment_line (company, customer, journal);

create table payment_application (
  company    integer not null,
  journal    integer not null,
  line       integer not null,
  n          integer not null,
  customer   integer not null,
  voucher    integer not null, -- the document it is applied to
  amount     integer not null check (amount >= 0), -- of the document, paid by cash, credits and stand-alone deductions
  discount   integer not null check (discount >= 0), -- terms discount that was earned
  leave_open integer not null, -- what is not paid stays open and is no deduction
  credit     integer not null, -- the document is a credit, which the line uses up to pay others
  primary key (company, journal, line, n),
  unique (company, journal, line, customer, voucher),
  foreign key (company, journal, line) references payment_line
) strict, without rowid;
create index payment_application_document on payment_application (company, customer, voucher, journal);

create table payment_deduction (
  company     integer not null,
  journal     integer not null,
  line        integer not null,
  n           integer not null,
  application integer, -- null: stand-alone
  customer    integer not null,
  type        text not null,
  allowed     integer not null,
  reason      text not null,
  account     text not null,
  plan        text not null,
  amount      integer not null check (amount > 0),
  their_code  text not null,
  claim       text not null,
  note        text not null,
  deduction   integer, -- the record, once posted
  primary key (company, journal, line, n),
  foreign key (company, journal, line) references payment_line
) strict, without rowid;

-- Deductions ------------------------------------------------------------------------------------------------------------

create table deduction (
  company      integer not null references company,
  id           integer not null,
  number       text not null,
  root         integer not null, -- the deduction that was captured; its own id when it is that one
  parent       integer, -- split off from
  customer     integer not null,
  currency     text not null,
  amount       integer not null check (amount > 0),
  resolved     integer not null default 0 check (resolved >= 0), -- by posted resolutions
  split        integer not null default 0 check (split >= 0), -- by children
  state        text not null check (state in ('claim', 'held', 'reversed', 'voided')), -- claim: no money yet
  type         text not null,
  allowed      integer not null,
  reason       text not null,
  account      text not null,
  plan         text not null,
  hold         text not null check (hold in ('', 'deduction_customer', 'customer', 'suspense')), -- blank: nothing is held (claim, allowed)
  holder       integer, -- the party whose open items hold it; null: suspense, or nothing is held
  voucher      integer, -- of the capture: where it is held, and the credit of the customer
  invoice      integer, -- the voucher it was taken from; null: stand-alone
  payment      integer, -- the voucher of the payment
  journal      integer,
  journal_line integer,
  journal_n    integer,
  captured     text not null,
  their_code   text not null,
  claim        text not null,
  note         text not null,
  basis        text not null check (basis in ('', 'price', 'quantity')),
  work         text not null,
  substate     text not null,
  dispute      text not null,
  attempts     integer not null default 0,
  disputed_at  text,
  answer_due   text,
  paid_back    integer not null default 0, -- what the customer repaid
  owner        text not null,
  team         text not null,
  priority     integer not null default 0,
  follow_up    text,
  expires      text, -- the last day on which it can be disputed
  expected     integer not null default 0, -- expected value, minor units
  ready        integer not null, -- all evidence that is needed is there
  automatic    integer not null, -- written off at capture for its small amount
  duplicate_of integer,
  version      integer not null default 1,
  created_by   text not null,
  created_at   integer not null,
  closed_at    integer,
  primary key (company, id),
  unique (company, number),
  check (resolved + split <= amount),
  check ((hold = '') = (voucher is null or allowed))
) strict, without rowid;
create index deduction_customer_id on deduction (company, customer, id);
create index deduction_root on deduction (company, root);
create index deduction_same on deduction (company, customer, invoice, amount);
create index deduction_voucher on deduction (company, voucher);
-- The worklist: what is open, by urgency.
create index deduction_open on deduction (company, coalesce(expires, '9999-12-31'), id) where closed_at is null;
create index deduction_worth on deduction (company, expected, id) where closed_at is null;
create index deduction_owner on deduction (company, owner, coalesce(expires, '9999-12-31'), id) where closed_at is null;
create index deduction_of_customer on deduction (company, customer, id) where closed_at is null;
-- The figures, by period.
create index deduction_captured on deduction (company, captured);
create index deduction_closed on deduction (company, closed_at) where closed_at is not null;
create index deduction_disputed on deduction (company, disputed_at) where disputed_at is not null;

-- The sums of the worklist, with whatever filter, from the index alone.
create index deduction_sums on deduction (company, currency, closed_at, amount, resolved, split, expected, ready, expires, state, owner, team, reason, type, work, dispute, hold, customer, follow_up, number, claim, their_code, id) where closed_at is null;

-- A resolution line: a part of the remaining amount that ended somewhere. Lines of one act share batch.
create table resolution (
  company     integer not null,
  id          integer not null,
  deduction   integer not null,
  batch       integer not null,
  date        text not null,
  kind        text not null check (kind in ('write_off', 'accrual_plan', 'match', 'credit_note', 'return', 'chargeback', 'paid_back', 'correct')),
  amount      integer not null check (amount > 0),
  accounting  integer not null,
  account     text not null,
  plan        integer,
  counterpart integer, -- the credit it was matched with, the new document, the payment that repaid it
  reason      text not null,
  text        text not null,
  state       text not null check (state in ('proposed', 'posted', 'rejected', 'reversed')),
  voucher     integer,
  reversal    integer,
  automatic   integer not null,
  request     text not null, -- of a proposed one: what is to be posted, as JSON
  actor       text not null,
  at          integer not null,
  decided_by  text not null,
  decided_at  integer,
  primary key (company, id),
  foreign key (company, deduction) references deduction
) strict, without rowid;
create index resolution_deduction on resolution (company, deduction);
create index resolution_voucher on resolution (company, voucher);
create index resolution_plan on resolution (company, plan, state, accounting) where plan is not null;
create index resolution_date on resolution (company, date);

-- The history of a deduction: comments, and each change with what was before.
create table deduction_event (
  company   integer not null,
  deduction integer not null,
  id        integer not null,
  at        integer not null,
  actor     text not null,
  kind      text not null,
  text      text not null,
  primary key (company, deduction, id)
) strict, without rowid;

create table deduction_watcher (
  company   integer not null,
  deduction integer not null,
  watcher   text not null,
  primary key (company, deduction, watcher)
) strict, without rowid;

-- Files, and each content once.
create table file (
  company integer not null references company,
  id      integer not null,
  name    text not null,
  media   text not null,
  size    integer not null,
  sha256  blob not null,
  actor   text not null,
  at      integer not null,
  primary key (company, id)
) strict;

create table file_content (
  company integer not null references company,
  sha256  blob not null,
  content blob not null,
  primary key (company, sha256)
) strict;

create table deduction_evidence (
  company   integer not null,
  deduction integer not null,
  id        integer not null,
  type      text not null, -- claim, proof_of_delivery, bill_of_lading, price_agreement, email, other
  file      integer not null,
  primary key (company, deduction, id)
) strict, without rowid;

-- Proposals of the automatic search: an open credit, rebate or plan for a deduction.
create table deduction_match (
  company   integer not null,
  deduction integer not null,
  n         integer not null,
  kind      text not null check (kind in ('credit', 'plan')),
  party     integer, -- of the credit
  voucher   integer, -- the credit
  plan      integer,
  amount    integer not null check (amount > 0),
  score     integer not null check (score between 0 and 100),
  reasons   text not null, -- JSON: [{"reason", "points", "detail"}]
  at        integer not null,
  primary key (company, deduction, n)
) strict, without rowid;
create index deduction_match_credit on deduction_match (company, party, voucher) where party is not null;

-- Remittances -----------------------------------------------------------------------------------------------------------

create table remittance_map (
  company integer not null references company,
  code    text not null,
  name    text not null,
  columns text not null, -- JSON: what of a remittance stands in which column
  primary key (company, code)
) strict, without rowid;

create table remittance_partner (
  company  integer not null references company,
  code     text not null, -- as the file names the payer
  customer integer not null,
  sign     text not null check (sign in ('', 'positive_reduces', 'negative_reduces')), -- of X12 ADX01; blank: by its version
  bank     text not null, -- ledger account; blank: the parameter's
  map      text not null,
  primary key (company, code)
) strict, without rowid;

create table remittance (
  company integer not null references company,
  id      integer not null,
  code    text not null,
  format  text not null check (format in ('csv', 'xlsx', 'x12_820', 'x12_812', 'bai2')),
  name    text not null,
  sha256  blob not null,
  file    integer not null,
  journal integer, -- that it made
  detail  text not null, -- JSON: what was read, what matched, what did not, and why
  totals  text not null, -- JSON: of its payments, by currency
  payments integer not null, -- how many
  issues  integer not null, -- how many
  actor   text not null,
  at      integer not null,
  primary key (company, id),
  unique (company, code),
  unique (company, sha256)
) strict, without rowid;
