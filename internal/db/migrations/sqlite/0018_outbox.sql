-- +goose Up
-- Outbox: events, who is told of them, deliveries and their attempts.

alter table app_user add column language text not null default 'en'; -- of mails

-- What happened. Rows come with the change that they tell of; seq is given after its commit, so that the feed never gains a row before
-- its end.
create table event (
  company  integer not null references company,
  id       text not null, -- UUIDv7
  seq      integer check (seq > 0), -- place in the feed; null: not given yet
  at       integer not null, -- UTC microseconds
  kind     text not null,
  subject  text not null,
  actor    text not null,
  command  integer not null, -- audit record
  concerns text not null, -- JSON list of the users that it is meant for
  data     text not null, -- JSON object, without bank details
  primary key (company, id)
) strict, without rowid;
create unique index event_place on event (company, seq) where seq is not null;
create index event_new on event (company, id) where seq is null;

-- The last seq of a company; its row makes those who give them wait for each other.
create table event_feed (
  company integer primary key references company,
  seq     integer not null
) strict;

create table webhook (
  company    integer not null references company,
  id         integer not null,
  url        text not null,
  note       text not null,
  kinds      text not null, -- JSON list of kinds, or of beginnings such as payment.*; empty: all
  enabled    integer not null check (enabled in (0, 1)),
  why        text not null, -- the program disabled it; blank: it did not
  key_id     text not null,
  sealed     blob not null, -- secret
  old_key_id text not null, -- blank: there is no earlier secret
  old_sealed blob not null,
  old_until  integer not null, -- UTC microseconds: the earlier secret signs too, until then
  made_by    text not null,
  made_at    integer not null,
  removed_at integer not null, -- 0: it is there
  primary key (company, id)
) strict, without rowid;

-- Which mails a user wants.
create table subscription (
  company  integer not null references company,
  app_user text not null,
  kind     text not null, -- or a beginning such as payment.*, or *
  how      text not null check (how in ('mail', 'digest', 'off')),
  everyone integer not null check (everyone in (0, 1)), -- also events that are not meant for the user
  primary key (company, app_user, kind)
) strict, without rowid;

-- One message to one receiver. Its id is the same at each attempt.
create table delivery (
  company   integer not null references company,
  id        text not null, -- UUIDv7
  lane      text not null, -- what is delivered one after the other: webhook:ID or mail
  channel   text not null check (channel in ('webhook', 'mail')),
  webhook   integer check ((webhook is not null) = (channel = 'webhook')),
  app_user  text not null check ((app_user <> '') = (channel = 'mail')),
  kind      text not null, -- of the event; digest or webhook.test: of none
  event     text not null, -- blank: of none
  seq       integer not null, -- of the event, or of the newest one when it is of none
  state     text not null check (state in ('waiting', 'delivered', 'dead', 'cancelled')),
  why       text not null, -- dead or cancelled
  attempts  integer not null check (attempts >= 0), -- in all
  tries     integer not null check (tries between 0 and attempts), -- since it was made or replayed
  replays   integer not null check (replays >= 0),
  next_at   integer not null, -- UTC microseconds, while waiting
  made_at   integer not null,
  ended_at  integer not null check ((ended_at = 0) = (state = 'waiting')),
  primary key (company, id)
) strict, without rowid;
create index delivery_due on delivery (company, lane, seq, id) where state = 'waiting';
create index delivery_next on delivery (company, lane, next_at) where state = 'waiting';
create index delivery_dead on delivery (ended_at) where state = 'dead';
create unique index delivery_once on delivery (company, lane, event, app_user) where event <> '';

create table delivery_attempt (
  company  integer not null references company,
  delivery text not null,
  n        integer not null check (n > 0),
  at       integer not null,
  ended_at integer not null, -- 0: its end is not known
  outcome  text not null check (outcome in ('begun', 'delivered', 'failed', 'refused', 'interrupted')),
  status   integer not null, -- HTTP or SMTP; 0: none came
  detail   text not null,
  worker   text not null,
  primary key (company, delivery, n)
) strict, without rowid;

-- Who delivers in a lane, and from when on it may be tried again.
create table delivery_lane (
  company      integer not null references company,
  lane         text not null,
  worker       text not null, -- blank: nobody
  leased_until integer not null,
  not_before   integer not null,
  failures     integer not null check (failures >= 0), -- of the receiver, in a row
  primary key (company, lane)
) strict, without rowid;

-- What waits for the digest of a user, and what was in which.
create table digest_item (
  company  integer not null references company,
  app_user text not null,
  event    text not null,
  due_at   integer not null,
  delivery text not null, -- blank: it waits
  primary key (company, app_user, event)
) strict, without rowid;
create index digest_item_due on digest_item (company, due_at) where delivery = '';
create index digest_item_delivery on digest_item (company, delivery) where delivery <> '';
