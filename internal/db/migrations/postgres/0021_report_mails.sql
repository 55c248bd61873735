-- +goose Up
-- Schedules that mail reports; what the log of deliveries needs to be cleaned by age; which deadlines were told of.

alter table schedule drop constraint schedule_kind_check;
alter table schedule add constraint schedule_kind_check check (kind in ('import', 'export', 'report'));

-- A report as it was made for its readers of a language at a time of its schedule. The file is kept as it is sent, so that another attempt sends the
-- same bytes.
create table report_mail (
  company    bigint not null references company,
  id         text collate "C" not null, -- UUIDv7
  schedule   text collate "C" not null,
  due_at     bigint not null, -- UTC microseconds: the time of the schedule for which it was made
  language   text collate "C" not null,
  report     text collate "C" not null,
  permission text collate "C" not null, -- that a reader needs when it is sent
  words      text collate "C" not null, -- JSON: what the mail says
  page       text collate "C" not null, -- of the report, below the address of the pages
  name       text collate "C" not null, -- of the file
  row_count  bigint not null check (row_count >= 0),
  size       bigint not null check (size >= 0), -- bytes of the file, also when it is not attached
  file       bytea, -- null: it is not attached
  made_at    bigint not null,
  primary key (company, id)
);
create unique index report_mail_once on report_mail (company, schedule, due_at, language);

alter table delivery add column report text collate "C" not null default ''; -- report_mail; blank: it brings none
create unique index delivery_report_once on delivery (company, report, app_user) where report <> '';

create index delivery_event on delivery (company, event) where event <> '';
create index digest_item_event on digest_item (company, event);

-- Which deadlines were told of: once for each threshold of a clock. One that gets another date is another one.
create table deadline_told (
  company   bigint not null references company,
  clock     text collate "C" not null,
  subject   text collate "C" not null,
  due       text collate "C" not null, -- day
  threshold bigint not null, -- days before it; -1: it passed
  primary key (company, clock, subject, due, threshold)
);
