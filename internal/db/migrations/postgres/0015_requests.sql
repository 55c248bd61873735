-- +goose Up
-- Requests for reimbursement. See package request.

create table request (
  company        bigint not null references company,
  id             bigint not null,
  code           text collate "C" not null,
  customer       bigint not null,
  kind           text not null check (kind in ('overpayment', 'return', 'refund_of_sale', 'expense', 'deposit', 'other')),
  state          text not null check (state in ('draft', 'submitted', 'in_review', 'more_information', 'on_hold', 'approved', 'posted', 'in_payment', 'paid', 'cleared', 'returned', 'reversed', 'rejected', 'withdrawn', 'cancelled')),
  held_from      text not null check ((held_from <> '') = (state = 'on_hold')), -- the state that a request on hold goes back to
  fresh          bigint not null check (fresh in (0, 1)), -- its approval makes a new credit
  currency       text not null,
  amount         bigint not null check (amount >= 0),
  classification bigint, -- of the new credit
  reason         text not null,
  source         text not null, -- what it is about: invoice, return order, ticket
  method         text not null, -- preferred method of payment; blank: the payee's
  payee          bigint, -- vendor; null: the customer's own
  asked          date, -- when the customer asked in writing
  due            date, -- by the clock of the customer's jurisdiction
  key            text collate "C" not null, -- of the intake; blank: none
  created_by     text not null,
  created_at     bigint not null,
  submitted_by   text not null,
  submitted_at   bigint not null, -- 0: never
  since          bigint not null, -- it is in its state
  approved_by    text not null,
  approved_at    bigint not null,
  digest         bytea, -- of what was approved
  debits         text not null, -- open debits that the approver said yes to
  credit         bigint, -- the voucher that the approval made
  run            bigint, -- that posted it
  posted_by      text not null,
  events         bigint not null check (events > 0),
  primary key (company, id),
  unique (company, code),
  check ((digest is null) = (approved_by = '')),
  check (state not in ('approved', 'posted', 'in_payment', 'paid', 'cleared', 'returned', 'reversed') or digest is not null),
  check ((run is not null) = (state in ('posted', 'in_payment', 'paid', 'cleared', 'returned', 'reversed'))),
  check (credit is null or fresh = 1)
);
create unique index request_key on request (company, key) where key <> '';
create index request_state on request (company, state, id);
create index request_customer on request (company, customer, id);
create index request_source on request (company, source, id) where source <> '';

-- The credits that a request wants repaid, and how much of each. Of one with a new credit: that, once it is approved.
create table request_credit (
  company bigint not null,
  request bigint not null,
  n       bigint not null check (n > 0),
  voucher bigint not null,
  amount  bigint not null check (amount > 0),
  primary key (company, request, n),
  unique (company, request, voucher),
  foreign key (company, request) references request
);
create index request_credit_voucher on request_credit (company, voucher, request);

-- The lines of the new credit: what is debited when it is approved.
create table request_line (
  company bigint not null,
  request bigint not null,
  n       bigint not null check (n > 0),
  account text collate "C" not null, -- as written
  amount  bigint not null check (amount > 0),
  primary key (company, request, n),
  foreign key (company, request) references request
);

create table request_file (
  company    bigint not null,
  request    bigint not null,
  n          bigint not null check (n > 0),
  type       text not null,
  file       bigint not null,
  sha256     bytea not null,
  removed_by text not null,
  primary key (company, request, n),
  foreign key (company, request) references request
);
create index request_file_content on request_file (company, sha256, request);

-- All that happened to a request. Nothing of it is ever changed.
create table request_event (
  company    bigint not null,
  request    bigint not null,
  n          bigint not null check (n > 0),
  at         bigint not null,
  actor      text not null,
  what       text not null,
  from_state text not null,
  to_state   text not null,
  detail     text not null,
  primary key (company, request, n),
  foreign key (company, request) references request
);
create trigger request_event_append_only before update or delete on request_event for each row execute function append_only();
create trigger request_event_no_truncate before truncate on request_event for each statement execute function append_only();

-- The reimbursements that a request posted.
create table request_reimbursement (
  company bigint not null,
  request bigint not null,
  voucher bigint not null,
  primary key (company, request, voucher),
  foreign key (company, request) references request
);
create unique index request_reimbursement_voucher on request_reimbursement (company, voucher);
