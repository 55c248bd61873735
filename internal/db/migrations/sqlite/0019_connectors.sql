-- +goose Up
-- Schedules with their runs; export of posted vouchers to other ledgers.

create table schedule (
  company      integer not null references company,
  code         text not null,
  kind         text not null check (kind in ('import', 'export')),
  cron         text not null, -- five fields
  zone         text not null, -- name of the IANA data base
  settings     text not null, -- JSON object, without secrets
  key_id       text not null, -- blank: there is no secret
  sealed       blob not null,
  active       integer not null check (active in (0, 1)),
  owner        text not null, -- on whose behalf it runs
  made_at      integer not null,
  next_at      integer not null, -- UTC microseconds
  asked_by     text not null, -- who wants it run now; blank: nobody
  worker       text not null, -- blank: it does not run
  leased_until integer not null check ((leased_until = 0) = (worker = '')),
  primary key (company, code)
) strict, without rowid;

create table schedule_run (
  company    integer not null references company,
  schedule   text not null,
  n          integer not null check (n > 0),
  due_at     integer not null, -- the earliest time for which it was meant
  missed     integer not null check (missed >= 0), -- later times that it stands for too
  asked_by   text not null, -- blank: it was due
  owner      text not null,
  worker     text not null,
  started_at integer not null,
  ended_at   integer not null check ((ended_at = 0) = (state = 'running')),
  state      text not null check (state in ('running', 'done', 'failed', 'interrupted')),
  result     text not null, -- JSON
  error      text not null,
  primary key (company, schedule, n)
) strict, without rowid;

-- Another ledger that posted vouchers are handed over to.
create table export_target (
  company integer not null references company,
  code    text not null,
  layout  text not null, -- JSON
  start   text not null, -- vouchers dated before are not handed over; blank: all are
  last    integer not null check (last >= 0), -- number of the newest batch; its row makes those who make batches wait for each other
  primary key (company, code)
) strict, without rowid;

create table export_batch (
  company     integer not null references company,
  target      text not null,
  n           integer not null check (n > 0),
  layout      text not null, -- as it was then: the file can be made again
  made_by     text not null,
  made_at     integer not null,
  first_date  text not null,
  last_date   text not null,
  vouchers    integer not null check (vouchers > 0),
  lines       integer not null check (lines > 0),
  totals      text not null, -- JSON: debits by currency
  sha256      blob not null, -- of the file
  schedule    text not null, -- that made it, to be written to its place; blank: somebody did
  sent_at     integer not null, -- when it was written there; 0: not yet
  voided_by   text not null, -- blank: it is not void
  voided_at   integer not null,
  void_reason text not null,
  primary key (company, target, n)
) strict, without rowid;

create table export_voucher (
  company integer not null,
  target  text not null,
  n       integer not null,
  voucher integer not null,
  void    integer not null check (void in (0, 1)),
  primary key (company, target, n, voucher)
) strict, without rowid;
create unique index export_voucher_once on export_voucher (company, target, voucher) where void = 0;
