-- +goose Up
-- Policies, which say what is eligible, what must be shown, and who approves; and approvals.

-- A policy: rules on one kind of subject. Its versions are dated; nothing of them is changed or removed.
create table policy (
  company integer not null references company,
  id      integer not null,
  name    text not null,
  kind    text not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  primary key (company, id),
  unique (company, name)
) strict, without rowid;

create table policy_version (
  company    integer not null,
  policy     integer not null,
  n          integer not null check (n > 0),
  valid_from text not null,
  rules      text not null, -- blank: from then on the policy says nothing
  sha256     blob not null, -- of the rules
  why        text not null,
  made_by    text not null,
  made_at    integer not null,
  primary key (company, policy, n),
  foreign key (company, policy) references policy
) strict, without rowid;

-- What the policies said of a subject, by which versions, and the values that they saw.
create table policy_decision (
  company  integer not null references company,
  id       integer not null,
  kind     text not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  subject  integer not null, -- id, in the table of its kind; 0: not stored yet
  name     text not null,
  at       integer not null,
  actor    text not null,
  outcome  text not null check (outcome in ('refused', 'incomplete', 'automatic', 'review')),
  versions text not null, -- JSON: policy and number of each version
  fields   text not null, -- JSON: the values
  result   text not null, -- JSON
  primary key (company, id)
) strict, without rowid;
create index policy_decision_subject on policy_decision (company, kind, subject, id);

-- Who approves what: versions of a rule by name.
create table approval_rule (
  company      integer not null references company,
  name         text not null,
  n            integer not null check (n > 0),
  kind         text not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  organisation text not null, -- blank: any
  type         text not null, -- of the subject, within its kind; blank: any
  from_amount  integer not null check (from_amount >= 0), -- accounting currency
  below_amount integer check (below_amount > from_amount), -- null: without end
  valid_from   text not null,
  active       integer not null check (active in (0, 1)),
  by_name      integer not null check (by_name in (0, 1)), -- only where a policy names it
  steps        text not null, -- JSON
  why          text not null,
  made_by      text not null,
  made_at      integer not null,
  primary key (company, name, n)
) strict, without rowid;

create table approval (
  company      integer not null references company,
  id           integer not null,
  n            integer not null check (n > 0), -- of AP-000001
  kind         text not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  subject      integer not null,
  name         text not null,
  title        text not null,
  digest       blob not null, -- SHA-256 of the content
  state        text not null check (state in ('waiting', 'more_information', 'approved', 'rejected', 'withdrawn', 'void', 'used')),
  organisation text not null,
  type         text not null,
  currency     text not null,
  amount       integer not null,
  worth        integer not null, -- accounting currency
  payee        text not null, -- code of the party; blank: none, or many
  requester    text not null,
  submitted_by text not null,
  submitted_at integer not null,
  rule         text not null, -- blank: no rule asked for approval
  rule_n       integer not null,
  decision     integer, -- policy_decision
  automatic    integer not null check (automatic in (0, 1)),
  step         integer not null, -- the step that it waits for; past the last: none
  steps        integer not null check (steps >= 0),
  ended_at     integer not null, -- when it was approved or otherwise decided; 0: not yet
  evidence     text not null, -- JSON: what the approver is shown
  primary key (company, id),
  unique (company, n),
  check (automatic = 0 or state not in ('waiting', 'more_information', 'rejected')),
  check ((ended_at = 0) = (state in ('waiting', 'more_information'))),
  check (state not in ('approved', 'used') or step > steps)
) strict, without rowid;
create unique index approval_live on approval (company, kind, subject) where state in ('waiting', 'more_information', 'approved');
create index approval_subject on approval (company, kind, subject, id);
create index approval_state on approval (company, state, id);
create index approval_payee_time on approval (company, payee, ended_at) where state in ('approved', 'used');

-- The numbers of approvals. Its row is locked by who submits, so that totals of a payee are added up one after the other.
create table approval_number (
  company integer primary key references company,
  last    integer not null
) strict;

create table approval_step (
  company        integer not null,
  approval       integer not null,
  n              integer not null check (n > 0),
  need           integer not null check (need > 0), -- persons
  started_at     integer not null, -- 0: not yet
  remind_at      integer not null, -- 0: never
  escalate_at    integer not null, -- 0: never
  reminded_at    integer not null, -- 0: not yet
  remind_after   integer not null check (remind_after >= 0), -- hours after the start; 0: never
  escalate_after integer not null check (escalate_after >= 0),
  primary key (company, approval, n),
  foreign key (company, approval) references approval
) strict, without rowid;

create table approval_approver (
  company   integer not null,
  approval  integer not null,
  step      integer not null,
  who       text not null check (who in ('user', 'role')),
  name      text not null,
  escalated integer not null check (escalated in (0, 1)), -- only once the step is escalated
  primary key (company, approval, step, who, name, escalated),
  foreign key (company, approval, step) references approval_step
) strict, without rowid;
create index approval_approver_name on approval_approver (company, who, name, approval);

-- Whom the subject pays.
create table approval_payee (
  company  integer not null,
  approval integer not null,
  code     text not null,
  primary key (company, approval, code),
  foreign key (company, approval) references approval
) strict, without rowid;

-- What happened to an approval; nothing is changed or removed.
create table approval_event (
  company    integer not null,
  approval   integer not null,
  n          integer not null check (n > 0),
  at         integer not null,
  actor      text not null,
  verb       text not null check (verb in ('submit', 'approve', 'reject', 'ask', 'answer', 'withdraw', 'void', 'use', 'remind')),
  state      text not null check (state in ('waiting', 'more_information', 'approved', 'rejected', 'withdrawn', 'void', 'used')), -- after it
  step       integer not null,
  acting_for text not null, -- who delegated; blank: for oneself
  capacity   text not null, -- as which approvers of the step, comma between
  reason     text not null,
  digest     blob not null, -- of the content that was decided on
  primary key (company, approval, n),
  foreign key (company, approval) references approval
) strict, without rowid;
create index approval_event_actor on approval_event (company, actor, at);

create table approval_delegation (
  company    integer not null references company,
  id         integer not null,
  from_user  text not null,
  to_user    text not null check (to_user <> from_user),
  from_date  text not null,
  to_date    text not null check (to_date >= from_date),
  kind       text not null, -- of subjects; blank: all
  why        text not null,
  made_by    text not null,
  made_at    integer not null,
  ended_by   text not null, -- blank: not before its time
  ended_at   integer not null,
  primary key (company, id)
) strict, without rowid;
create index approval_delegation_to on approval_delegation (company, to_user, to_date);

-- How much one person may approve.
create table approval_limit (
  company integer not null references company,
  who     text not null check (who in ('user', 'role')),
  name    text not null,
  kind    text not null, -- of subjects; blank: all
  single  integer check (single >= 0), -- accounting currency, of one subject; null: any
  days    integer not null check (days > 0),
  total   integer check (total >= 0), -- of all that one person approves within so many days; null: any
  payee_total integer check (payee_total >= 0), -- the same, to one payee
  primary key (company, who, name, kind)
) strict, without rowid;

-- Which users are also customers or vendors: nobody approves a payment to oneself.
create table approval_person (
  company integer not null references company,
  actor   text not null,
  party   text not null,
  primary key (company, actor, party)
) strict, without rowid;
