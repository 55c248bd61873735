-- +goose Up
-- Requests for reimbursement. See package request.

create table request (
  company        integer not null references company,
  id             integer not null,
  code           text not null,
  customer       integer not null,
  kind           text not null check (kind in ('overpayment', 'return', 'refund_of_sale', 'expense', 'deposit', 'other')),
  state          text not null check (state in ('draft', 'submitted', 'in_review', 'more_information', 'on_hold', 'approved', 'posted', 'in_payment', 'paid', 'cleared', 'returned', 'reversed', 'rejected', 'withdrawn', 'cancelled')),
  held_from      text not null check ((held_from <> '') = (state = 'on_hold')), -- the state that a request on hold goes back to
  fresh          integer not null check (fresh in (0, 1)), -- its approval makes a new credit
  currency       text not null,
  amount         integer not null check (amount >= 0),
  classification integer, -- of the new credit
  reason         text not null,
  source         text not null, -- what it is about: invoice, return order, ticket
  method         text not null, -- preferred method of payment; blank: the payee's
  payee          integer, -- vendor; null: the customer's own
  asked          text, -- when the customer asked in writing
  due            text, -- by the clock of the customer's jurisdiction
  key            text not null, -- of the intake; blank: none
  created_by     text not null,
  created_at     integer not null,
  submitted_by   text not null,
  submitted_at   integer not null, -- 0: never
  since          integer not null, -- it is in its state
  approved_by    text not null,
  approved_at    integer not null,
  digest         blob, -- of what was approved
  debits         text not null, -- open debits that the approver said yes to
  credit         integer, -- the voucher that the approval made
  run            integer, -- that posted it
  posted_by      text not null,
  events         integer not null check (events > 0),
  primary key (company, id),
  unique (company, code),
  check ((digest is null) = (approved_by = '')),
  check (state not in ('approved', 'posted', 'in_payment', 'paid', 'cleared', 'returned', 'reversed') or digest is not null),
  check ((run is not null) = (state in ('posted', 'in_payment', 'paid', 'cleared', 'returned', 'reversed'))),
  check (credit is null or fresh = 1)
) strict;
create unique index request_key on request (company, key) where key <> '';
create index request_state on request (company, state, id);
create index request_customer on request (company, customer, id);
create index request_source on request (company, source, id) where source <> '';

-- The credits that a request wants repaid, and how much of each. Of one with a new credit: that, once it is approved.
create table request_credit (
  company integer not null,
  request integer not null,
  n       integer not null check (n > 0),
  voucher integer not null,
  amount  integer not null check (amount > 0),
  primary key (company, request, n),
  unique (company, request, voucher),
  foreign key (company, request) references request
) strict, without rowid;
create index request_credit_voucher on request_credit (company, voucher, request);

-- The lines of the new credit: what is debited when it is approved.
create table request_line (
  company integer not null,
  request integer not null,
  n       integer not null check (n > 0),
  account text not null, -- as written
  amount  integer not null check (amount > 0),
  primary key (company, request, n),
  foreign key (company, request) references request
) strict, without rowid;

create table request_file (
  company    integer not null,
  request    integer not null,
  n          integer not null check (n > 0),
  type       text not null,
  file       integer not null,
  sha256     blob not null,
  removed_by text not null,
  primary key (company, request, n),
  foreign key (company, request) references request
) strict, without rowid;
create index request_file_content on request_file (company, sha256, request);

-- All that happened to a request. Nothing of it is ever changed.
create table request_event (
  company    integer not null,
  request    integer not null,
  n          integer not null check (n > 0),
  at         integer not null,
  actor      text not null,
  what       text not null,
  from_state text not null,
  to_state   text not null,
  detail     text not null,
  primary key (company, request, n),
  foreign key (company, request) references request
) strict, without rowid;
-- +goose StatementBegin
create trigger request_event_no_update before update on request_event begin select raise(abort, 'table request_event is append-only'); end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger request_event_no_delete before delete on request_event begin select raise(abort, 'table request_event is append-only'); end;
-- +goose StatementEnd

-- The reimbursements that a request posted.
create table request_reimbursement (
  company integer not null,
  request integer not null,
  voucher integer not null,
  primary key (company, request, voucher),
  foreign key (company, request) references request
) strict, without rowid;
create unique index request_reimbursement_voucher on request_reimbursement (company, voucher);
