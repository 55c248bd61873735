-- +goose Up
-- Two more types of voucher (deduction, resolution) and three more kinds of settlement (application, deduction, resolution).
alter table voucher drop constraint voucher_type_check;
alter table voucher add constraint voucher_type_check check (type between 1 and 11);
alter table settlement_op drop constraint settlement_op_kind_check;
alter table settlement_op add constraint settlement_op_kind_check check (kind between 1 and 10);

-- What holds a deduction is left alone by settlement, netting, runs and payments: only resolutions touch it.
alter table open_item add column held smallint not null default 0;

-- Set-up of deductions -------------------------------------------------------------------------------------------------

alter table customer add column terms text not null default '';
alter table posting_profile add column discount_account text not null default '';

create table payment_terms (
  company       bigint not null references company,
  code          text collate "C" not null,
  name          text collate "C" not null,
  net_days      bigint not null check (net_days >= 0),
  discount_days bigint not null check (discount_days >= 0),
  discount_rate text not null, -- percent, a decimal
  primary key (company, code)
);

create table deduction_type (
  company        bigint not null references company,
  code           text collate "C" not null,
  name           text collate "C" not null,
  kind           text not null check (kind in ('unresolved', 'write_off', 'accrual_plan')),
  hold           text not null check (hold in ('', 'deduction_customer', 'customer', 'suspense')),
  offset_account text not null, -- main account, of hold = suspense
  primary key (company, code)
);

create table deduction_reason (
  company      bigint not null references company,
  code         text collate "C" not null,
  name         text collate "C" not null,
  grp          text not null,
  type         text collate "C", -- default type; null: none
  account      text not null, -- default account to write off to, main or ledger account
  plan         text collate "C" not null, -- default accrual plan
  hold         text not null check (hold in ('', 'deduction_customer', 'customer', 'suspense')),
  evidence     text not null, -- types of evidence it needs, by commas
  owner        text collate "C" not null,
  team         text not null,
  small_amount bigint not null check (small_amount >= 0), -- accounting currency; up to which capture writes off at once
  credit_check boolean not null, -- an open deduction counts in the credit check, and as an open debit
  active       boolean not null,
  primary key (company, code),
  foreign key (company, type) references deduction_type
);

-- A customer's own reason codes, and those of standard lists (customer 0: for all).
create table deduction_code (
  company      bigint not null references company,
  customer     bigint not null,
  list         text collate "C" not null, -- standard list; blank: own
  code         text collate "C" not null,
  from_date    date not null,
  to_date      date,
  reason       text collate "C" not null,
  confirmed_by text not null,
  confirmed_at bigint not null,
  primary key (company, customer, list, code, from_date),
  foreign key (company, reason) references deduction_reason
);

create table accrual_plan (
  company        bigint not null references company,
  id             bigint not null,
  code           text collate "C" not null,
  name           text collate "C" not null,
  account        text not null, -- main account of the accrual
  from_date      date not null,
  to_date        date not null check (to_date >= from_date),
  pay_over       text not null check (pay_over in ('no', 'limit', 'yes')),
  pay_over_limit bigint not null check (pay_over_limit >= 0), -- accounting currency, of pay_over = limit
  primary key (company, id),
  unique (company, code)
);

create table accrual_plan_party (
  company bigint not null,
  plan    bigint not null,
  scope   text collate "C" not null check (scope in ('all', 'group', 'party')),
  code    text collate "C" not null check ((scope = 'all') = (code = '')),
  primary key (company, plan, scope, code),
  foreign key (company, plan) references accrual_plan
);

-- What was accrued: posted by a voucher, or brought in. Amounts in accounting currency; a negative one takes back.
create table accrual (
  company bigint not null,
  plan    bigint not null,
  id      bigint not null,
  date    date not null,
  amount  bigint not null check (amount <> 0),
  voucher bigint,
  text    text not null,
  actor   text not null,
  at      bigint not null,
  primary key (company, plan, id),
  foreign key (company, plan) references accrual_plan
);

create table write_off_limit (
  company bigint not null references company,
  scope   text collate "C" not null check (scope in ('company', 'customer', 'reason', 'user')),
  code    text collate "C" not null check ((scope = 'company') = (code = '')),
  amount  bigint not null check (amount >= 0), -- accounting currency
  primary key (company, scope, code)
);

create table dispute_rule (
  company       bigint not null references company,
  customer      bigint not null, -- 0: every customer
  reason        text collate "C" not null, -- blank: every reason
  from_date     date not null,
  to_date       date,
  window_days   bigint not null check (window_days >= 0),
  window_from   text not null check (window_from in ('invoice', 'due', 'payment', 'capture')),
  earliest_days bigint not null check (earliest_days >= 0), -- after the same date
  attempts      bigint not null check (attempts >= 0),
  answer_days   bigint not null check (answer_days >= 0),
  evidence      text not null, -- types of evidence, by commas
  primary key (company, customer, reason, from_date)
);

-- What a customer's deductions are treated by.
create table deduction_party (
  company      bigint not null references company,
  customer     bigint not null,
  owner        text collate "C" not null,
  small_amount bigint check (small_amount >= 0), -- accounting currency; null: as the reason says
  primary key (company, customer)
);

create table work_substate (
  company bigint not null references company,
  code    text collate "C" not null,
  work    text not null,
  name    text collate "C" not null,
  primary key (company, code)
);

-- Customer payment journals ---------------------------------------------------------------------------------------------

create table payment_journal (
  company    bigint not null references company,
  id         bigint not null,
  code       text collate "C" not null,
  text       text not null,
  state      text not null check (state in ('draft', 'posted', 'reversed', 'cancelled')), -- posted: every line is posted or reversed
  remittance bigint, -- that it was made from
  created_by text not null,
  created_at bigint not null,
  posted_by  text,
  posted_at  bigint,
  primary key (company, id),
  unique (company, code)
);

create table payment_line (
  company   bigint not null,
  journal   bigint not null,
  line      bigint not null,
  date      date not null,
  customer  bigint not null,
  amount    bigint not null check (amount >= 0), -- 0: credits and deductions alone
  currency  text collate "C" not null,
  bank      text not null, -- ledger account as written
  reference text not null,
  text      text not null,
  state     text not null check (state in ('draft', 'posted', 'reversed')),
  problem   text not null, -- why it was not posted
  voucher   bigint, -- the payment
  posting   bigint, -- what its settlements name as their source
  posted_at bigint,
  primary key (company, journal, line),
  foreign key (company, journal) references payment_journal
);
create index payment_line_voucher on payment_line (company, voucher) where voucher is not null;
create index payment_line_posting on payment_line (company, posting) where posting is not null;
create index payment_line_customer on payment_line (company, customer, journal);

create table payment_application (
  company    bigint not null,
  journal    bigint not null,
  line       bigint not null,
  n          bigint not null,
  customer   bigint not null,
  voucher    bigint not null, -- the document it is applied to
  amount     bigint not null check (amount >= 0), -- of the document, paid by cash, credits and stand-alone deductions
  discount   bigint not null check (discount >= 0), -- terms discount that was earned
  leave_open boolean not null, -- what is not paid stays open and is no deduction
  credit     boolean not null, -- the document is a credit, which the line uses up to pay others
  primary key (company, journal, line, n),
  unique (company, journal, line, customer, voucher),
  foreign key (company, journal, line) references payment_line
);
create index payment_application_document on payment_application (company, customer, voucher, journal);

create table payment_deduction (
  company     bigint not null,
  journal     bigint not null,
  line        bigint not null,
  n           bigint not null,
  application bigint, -- null: stand-alone
  customer    bigint not null,
  type        text collate "C" not null,
  allowed     boolean not null,
  reason      text collate "C" not null,
  account     text not null,
  plan        text collate "C" not null,
  amount      bigint not null check (amount > 0),
  their_code  text collate "C" not null,
  claim       text not null,
  note        text not null,
  deduction   bigint, -- the record, once posted
  primary key (company, journal, line, n),
  foreign key (company, journal, line) references payment_line
);

-- Deductions ------------------------------------------------------------------------------------------------------------

create table deduction (
  company      bigint not null references company,
  id           bigint not null,
  number       text collate "C" not null,
  root         bigint not null, -- the deduction that was captured; its own id when it is that one
  parent       bigint, -- split off from
  customer     bigint not null,
  currency     text collate "C" not null,
  amount       bigint not null check (amount > 0),
  resolved     bigint not null default 0 check (resolved >= 0), -- by posted resolutions
  split        bigint not null default 0 check (split >= 0), -- by children
  state        text not null check (state in ('claim', 'held', 'reversed', 'voided')), -- claim: no money yet
  type         text collate "C" not null,
  allowed      boolean not null,
  reason       text collate "C" not null,
  account      text not null,
  plan         text collate "C" not null,
  hold         text not null check (hold in ('', 'deduction_customer', 'customer', 'suspense')), -- blank: nothing is held (claim, allowed)
  holder       bigint, -- the party whose open items hold it; null: suspense, or nothing is held
  voucher      bigint, -- of the capture: where it is held, and the credit of the customer
  invoice      bigint, -- the voucher it was taken from; null: stand-alone
  payment      bigint, -- the voucher of the payment
  journal      bigint,
  journal_line bigint,
  journal_n    bigint,
  captured     date not null,
  their_code   text collate "C" not null,
  claim        text not null,
  note         text not null,
  basis        text not null check (basis in ('', 'price', 'quantity')),
  work         text not null,
  substate     text not null,
  dispute      text not null,
  attempts     bigint not null default 0,
  disputed_at  date,
  answer_due   date,
  paid_back    bigint not null default 0, -- what the customer repaid
  owner        text collate "C" not null,
  team         text not null,
  priority     bigint not null default 0,
  follow_up    date,
  expires      date, -- the last day on which it can be disputed
  expected     bigint not null default 0, -- expected value, minor units
  ready        boolean not null, -- all evidence that is needed is there
  automatic    boolean not null, -- written off at capture for its small amount
  duplicate_of bigint,
  version      bigint not null default 1,
  created_by   text not null,
  created_at   bigint not null,
  closed_at    bigint,
  primary key (company, id),
  unique (company, number),
  check (resolved + split <= amount),
  check ((hold = '') = (voucher is null or allowed))
);
create index deduction_customer_id on deduction (company, customer, id);
create index deduction_root on deduction (company, root);
create index deduction_same on deduction (company, customer, invoice, amount);
create index deduction_voucher on deduction (company, voucher);
-- The worklist: what is open, by urgency.
create index deduction_open on deduction (company, coalesce(expires, date '9999-12-31'), id) where closed_at is null;
create index deduction_worth on deduction (company, expected, id) where closed_at is null;
create index deduction_owner on deduction (company, owner, coalesce(expires, date '9999-12-31'), id) where closed_at is null;
create index deduction_of_customer on deduction (company, customer, id) where closed_at is null;
-- The figures, by period.
create index deduction_captured on deduction (company, captured);
create index deduction_closed on deduction (company, closed_at) where closed_at is not null;
create index deduction_disputed on deduction (company, disputed_at) where disputed_at is not null;

-- The sums of the worklist, with whatever filter, from the index alone.
create index deduction_sums on deduction (company, currency, closed_at, amount, resolved, split, expected, ready, expires, state, owner, team, reason, type, work, dispute, hold, customer, follow_up, number, claim, their_code, id) where closed_at is null;

-- A resolution line: a part of the remaining amount that ended somewhere. Lines of one act share batch.
create table resolution (
  company     bigint not null,
  id          bigint not null,
  deduction   bigint not null,
  batch       bigint not null,
  date        date not null,
  kind        text not null check (kind in ('write_off', 'accrual_plan', 'match', 'credit_note', 'return', 'chargeback', 'paid_back', 'correct')),
  amount      bigint not null check (amount > 0),
  accounting  bigint not null,
  account     text not null,
  plan        bigint,
  counterpart bigint, -- the credit it was matched with, the new document, the payment that repaid it
  reason      text collate "C" not null,
  text        text not null,
  state       text not null check (state in ('proposed', 'posted', 'rejected', 'reversed')),
  voucher     bigint,
  reversal    bigint,
  automatic   boolean not null,
  request     text not null, -- of a proposed one: what is to be posted, as JSON
  actor       text not null,
  at          bigint not null,
  decided_by  text not null,
  decided_at  bigint,
  primary key (company, id),
  foreign key (company, deduction) references deduction
);
create index resolution_deduction on resolution (company, deduction);
create index resolution_voucher on resolution (company, voucher);
create index resolution_plan on resolution (company, plan, state, accounting) where plan is not null;
create index resolution_date on resolution (company, date);

-- The history of a deduction: comments, and each change with what was before.
create table deduction_event (
  company   bigint not null,
  deduction bigint not null,
  id        bigint not null,
  at        bigint not null,
  actor     text not null,
  kind      text not null,
  text      text not null,
  primary key (company, deduction, id)
);

create table deduction_watcher (
  company   bigint not null,
  deduction bigint not null,
  watcher   text collate "C" not null,
  primary key (company, deduction, watcher)
);

-- Files, and each content once.
create table file (
  company bigint not null references company,
  id      bigint not null,
  name    text collate "C" not null,
  media   text not null,
  size    bigint not null,
  sha256  bytea not null,
  actor   text not null,
  at      bigint not null,
  primary key (company, id)
);

create table file_content (
  company bigint not null references company,
  sha256  bytea not null,
  content bytea not null,
  primary key (company, sha256)
);

create table deduction_evidence (
  company   bigint not null,
  deduction bigint not null,
  id        bigint not null,
  type      text collate "C" not null, -- claim, proof_of_delivery, bill_of_lading, price_agreement, email, other
  file      bigint not null,
  primary key (company, deduction, id)
);

-- Proposals of the automatic search: an open credit, rebate or plan for a deduction.
create table deduction_match (
  company   bigint not null,
  deduction bigint not null,
  n         bigint not null,
  kind      text not null check (kind in ('credit', 'plan')),
  party     bigint, -- of the credit
  voucher   bigint, -- the credit
  plan      bigint,
  amount    bigint not null check (amount > 0),
  score     bigint not null check (score between 0 and 100),
  reasons   text not null, -- JSON: [{"reason", "points", "detail"}]
  at        bigint not null,
  primary key (company, deduction, n)
);
create index deduction_match_credit on deduction_match (company, party, voucher) where party is not null;

-- Remittances -----------------------------------------------------------------------------------------------------------

create table remittance_map (
  company bigint not null references company,
  code    text collate "C" not null,
  name    text collate "C" not null,
  columns text not null, -- JSON: what of a remittance stands in which column
  primary key (company, code)
);

create table remittance_partner (
  company  bigint not null references company,
  code     text collate "C" not null, -- as the file names the payer
  customer bigint not null,
  sign     text not null check (sign in ('', 'positive_reduces', 'negative_reduces')), -- of X12 ADX01; blank: by its version
  bank     text not null, -- ledger account; blank: the parameter's
  map      text not null,
  primary key (company, code)
);

create table remittance (
  company bigint not null references company,
  id      bigint not null,
  code    text collate "C" not null,
  format  text not null check (format in ('csv', 'xlsx', 'x12_820', 'x12_812', 'bai2')),
  name    text collate "C" not null,
  sha256  bytea not null,
  file    bigint not null,
  journal bigint, -- that it made
  detail  text not null, -- JSON: what was read, what matched, what did not, and why
  totals  text not null, -- JSON: of its payments, by currency
  payments bigint not null, -- how many
  issues  bigint not null, -- how many
  actor   text not null,
  at      bigint not null,
  primary key (company, id),
  unique (company, code),
  unique (company, sha256)
);
