-- +goose Up
-- Schedules with their runs; export of posted vouchers to other ledgers.

create table schedule (
  company      bigint not null references company,
  code         text collate "C" not null,
  kind         text collate "C" not null check (kind in ('import', 'export')),
  cron         text collate "C" not null, -- five fields
  zone         text collate "C" not null, -- name of the IANA data base
  settings     text collate "C" not null, -- JSON object, without secrets
  key_id       text collate "C" not null, -- blank: there is no secret
  sealed       bytea not null,
  active       bigint not null check (active in (0, 1)),
  owner        text collate "C" not null, -- on whose behalf it runs
  made_at      bigint not null,
  next_at      bigint not null, -- UTC microseconds
  asked_by     text collate "C" not null, -- who wants it run now; blank: nobody
  worker       text collate "C" not null, -- blank: it does not run
  leased_until bigint not null check ((leased_until = 0) = (worker = '')),
  primary key (company, code)
);

create table schedule_run (
  company    bigint not null references company,
  schedule   text collate "C" not null,
  n          bigint not null check (n > 0),
  due_at     bigint not null, -- the earliest time for which it was meant
  missed     bigint not null check (missed >= 0), -- later times that it stands for too
  asked_by   text collate "C" not null, -- blank: it was due
  owner      text collate "C" not null,
  worker     text collate "C" not null,
  started_at bigint not null,
  ended_at   bigint not null check ((ended_at = 0) = (state = 'running')),
  state      text collate "C" not null check (state in ('running', 'done', 'failed', 'interrupted')),
  result     text collate "C" not null, -- JSON
  error      text collate "C" not null,
  primary key (company, schedule, n)
);

-- Another ledger that posted vouchers are handed over to.
create table export_target (
  company bigint not null references company,
  code    text collate "C" not null,
  layout  text collate "C" not null, -- JSON
  start   text collate "C" not null, -- vouchers dated before are not handed over; blank: all are
  last    bigint not null check (last >= 0), -- number of the newest batch; its row makes those who make batches wait for each other
  primary key (company, code)
);

create table export_batch (
  company     bigint not null references company,
  target      text collate "C" not null,
  n           bigint not null check (n > 0),
  layout      text collate "C" not null, -- as it was then: the file can be made again
  made_by     text collate "C" not null,
  made_at     bigint not null,
  first_date  text collate "C" not null,
  last_date   text collate "C" not null,
  vouchers    bigint not null check (vouchers > 0),
  lines       bigint not null check (lines > 0),
  totals      text collate "C" not null, -- JSON: debits by currency
  sha256      bytea not null, -- of the file
  schedule    text collate "C" not null, -- that made it, to be written to its place; blank: somebody did
  sent_at     bigint not null, -- when it was written there; 0: not yet
  voided_by   text collate "C" not null, -- blank: it is not void
  voided_at   bigint not null,
  void_reason text collate "C" not null,
  primary key (company, target, n)
);

create table export_voucher (
  company bigint not null,
  target  text collate "C" not null,
  n       bigint not null,
  voucher bigint not null,
  void    bigint not null check (void in (0, 1)),
  primary key (company, target, n, voucher)
);
create unique index export_voucher_once on export_voucher (company, target, voucher) where void = 0;
