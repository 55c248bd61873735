-- +goose Up
-- Outbox: events, who is told of them, deliveries and their attempts.

alter table app_user add column language text collate "C" not null default 'en'; -- of mails

-- What happened. Rows come with the change that they tell of; seq is given after its commit, so that the feed never gains a row before
-- its end.
create table event (
  company  bigint not null references company,
  id       text collate "C" not null, -- UUIDv7
  seq      bigint check (seq > 0), -- place in the feed; null: not given yet
  at       bigint not null, -- UTC microseconds
  kind     text collate "C" not null,
  subject  text collate "C" not null,
  actor    text collate "C" not null,
  command  bigint not null, -- audit record
  concerns text collate "C" not null, -- JSON list of the users that it is meant for
  data     text collate "C" not null, -- JSON object, without bank details
  primary key (company, id)
);
create unique index event_place on event (company, seq) where seq is not null;
create index event_new on event (company, id) where seq is null;

-- The last seq of a company; its row makes those who give them wait for each other.
create table event_feed (
  company bigint primary key references company,
  seq     bigint not null
);

create table webhook (
  company    bigint not null references company,
  id         bigint not null,
  url        text collate "C" not null,
  note       text collate "C" not null,
  kinds      text collate "C" not null, -- JSON list of kinds, or of beginnings such as payment.*; empty: all
  enabled    bigint not null check (enabled in (0, 1)),
  why        text collate "C" not null, -- the program disabled it; blank: it did not
  key_id     text collate "C" not null,
  sealed     bytea not null, -- secret
  old_key_id text collate "C" not null, -- blank: there is no earlier secret
  old_sealed bytea not null,
  old_until  bigint not null, -- UTC microseconds: the earlier secret signs too, until then
  made_by    text collate "C" not null,
  made_at    bigint not null,
  removed_at bigint not null, -- 0: it is there
  primary key (company, id)
);

-- Which mails a user wants.
create table subscription (
  company  bigint not null references company,
  app_user text collate "C" not null,
  kind     text collate "C" not null, -- or a beginning such as payment.*, or *
  how      text collate "C" not null check (how in ('mail', 'digest', 'off')),
  everyone bigint not null check (everyone in (0, 1)), -- also events that are not meant for the user
  primary key (company, app_user, kind)
);

-- One message to one receiver. Its id is the same at each attempt.
create table delivery (
  company   bigint not null references company,
  id        text collate "C" not null, -- UUIDv7
  lane      text collate "C" not null, -- what is delivered one after the other: webhook:ID or mail
  channel   text collate "C" not null check (channel in ('webhook', 'mail')),
  webhook   bigint check ((webhook is not null) = (channel = 'webhook')),
  app_user  text collate "C" not null check ((app_user <> '') = (channel = 'mail')),
  kind      text collate "C" not null, -- of the event; digest or webhook.test: of none
  event     text collate "C" not null, -- blank: of none
  seq       bigint not null, -- of the event, or of the newest one when it is of none
  state     text collate "C" not null check (state in ('waiting', 'delivered', 'dead', 'cancelled')),
  why       text collate "C" not null, -- dead or cancelled
  attempts  bigint not null check (attempts >= 0), -- in all
  tries     bigint not null check (tries between 0 and attempts), -- since it was made or replayed
  replays   bigint not null check (replays >= 0),
  next_at   bigint not null, -- UTC microseconds, while waiting
  made_at   bigint not null,
  ended_at  bigint not null check ((ended_at = 0) = (state = 'waiting')),
  primary key (company, id)
);
create index delivery_due on delivery (company, lane, seq, id) where state = 'waiting';
create index delivery_next on delivery (company, lane, next_at) where state = 'waiting';
create index delivery_dead on delivery (ended_at) where state = 'dead';
create unique index delivery_once on delivery (company, lane, event, app_user) where event <> '';

create table delivery_attempt (
  company  bigint not null references company,
  delivery text collate "C" not null,
  n        bigint not null check (n > 0),
  at       bigint not null,
  ended_at bigint not null, -- 0: its end is not known
  outcome  text collate "C" not null check (outcome in ('begun', 'delivered', 'failed', 'refused', 'interrupted')),
  status   bigint not null, -- HTTP or SMTP; 0: none came
  detail   text collate "C" not null,
  worker   text collate "C" not null,
  primary key (company, delivery, n)
);

-- Who delivers in a lane, and from when on it may be tried again.
create table delivery_lane (
  company      bigint not null references company,
  lane         text collate "C" not null,
  worker       text collate "C" not null, -- blank: nobody
  leased_until bigint not null,
  not_before   bigint not null,
  failures     bigint not null check (failures >= 0), -- of the receiver, in a row
  primary key (company, lane)
);

-- What waits for the digest of a user, and what was in which.
create table digest_item (
  company  bigint not null references company,
  app_user text collate "C" not null,
  event    text collate "C" not null,
  due_at   bigint not null,
  delivery text collate "C" not null, -- blank: it waits
  primary key (company, app_user, event)
);
create index digest_item_due on digest_item (company, due_at) where delivery = '';
create index digest_item_delivery on digest_item (company, delivery) where delivery <> '';
