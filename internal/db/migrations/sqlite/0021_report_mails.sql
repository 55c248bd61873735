-- +goose Up
-- Schedules that mail reports; what the log of deliveries needs to be cleaned by age; which deadlines were told of. SQLite changes a check only by
-- making the table anew.

alter table schedule rename to schedule_old;
create table schedule (
  company      integer not null references company,
  code         text not null,
  kind         text not null check (kind in ('import', 'export', 'report')),
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
insert into schedule (company, code, kind, cron, zone, settings, key_id, sealed, active, owner, made_at, next_at, asked_by, worker, leased_until)
  select company, code, kind, cron, zone, settings, key_id, sealed, active, owner, made_at, next_at, asked_by, worker, leased_until from schedule_old;
drop table schedule_old;

-- A report as it was made for its readers of a language at a time of its schedule. The file is kept as it is sent, so that another attempt sends the
-- same bytes.
create table report_mail (
  company    integer not null references company,
  id         text not null, -- UUIDv7
  schedule   text not null,
  due_at     integer not null, -- UTC microseconds: the time of the schedule for which it was made
  language   text not null,
  report     text not null,
  permission text not null, -- that a reader needs when it is sent
  words      text not null, -- JSON: what the mail says
  page       text not null, -- of the report, below the address of the pages
  name       text not null, -- of the file
  row_count  integer not null check (row_count >= 0),
  size       integer not null check (size >= 0), -- bytes of the file, also when it is not attached
  file       blob, -- null: it is not attached
  made_at    integer not null,
  primary key (company, id)
) strict, without rowid;
create unique index report_mail_once on report_mail (company, schedule, due_at, language);

alter table delivery add column report text not null default ''; -- report_mail; blank: it brings none
create unique index delivery_report_once on delivery (company, report, app_user) where report <> '';

create index delivery_event on delivery (company, event) where event <> '';
create index digest_item_event on digest_item (company, event);

-- Which deadlines were told of: once for each threshold of a clock. One that gets another date is another one.
create table deadline_told (
  company   integer not null references company,
  clock     text not null,
  subject   text not null,
  due       text not null, -- day
  threshold integer not null, -- days before it; -1: it passed
  primary key (company, clock, subject, due, threshold)
) strict, without rowid;
