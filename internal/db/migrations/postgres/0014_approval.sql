-- +goose Up
-- Policies, which say what is eligible, what must be shown, and who approves; and approvals.

-- A policy: rules on one kind of subject. Its versions are dated; nothing of them is changed or removed.
create table policy (
  company bigint not null references company,
  id      bigint not null,
  name    text collate "C" not null,
  kind    text collate "C" not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  primary key (company, id),
  unique (company, name)
);

create table policy_version (
  company    bigint not null,
  policy     bigint not null,
  n          bigint not null check (n > 0),
  valid_from date not null,
  rules      text not null, -- blank: from then on the policy says nothing
  sha256     bytea not null, -- of the rules
  why        text not null,
  made_by    text collate "C" not null,
  made_at    bigint not null,
  primary key (company, policy, n),
  foreign key (company, policy) references policy
);

-- What the policies said of a subject, by which versions, and the values that they saw.
create table policy_decision (
  company  bigint not null references company,
  id       bigint not null,
  kind     text collate "C" not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  subject  bigint not null, -- id, in the table of its kind; 0: not stored yet
  name     text collate "C" not null,
  at       bigint not null,
  actor    text collate "C" not null,
  outcome  text not null check (outcome in ('refused', 'incomplete', 'automatic', 'review')),
  versions text not null, -- JSON: policy and number of each version
  fields   text not null, -- JSON: the values
  result   text not null, -- JSON
  primary key (company, id)
);
create index policy_decision_subject on policy_decision (company, kind, subject, id);

-- Who approves what: versions of a rule by name.
create table approval_rule (
  company      bigint not null references company,
  name         text collate "C" not null,
  n            bigint not null check (n > 0),
  kind         text collate "C" not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  organisation text collate "C" not null, -- blank: any
  type         text collate "C" not null, -- of the subject, within its kind; blank: any
  from_amount  bigint not null check (from_amount >= 0), -- accounting currency
  below_amount bigint check (below_amount > from_amount), -- null: without end
  valid_from   date not null,
  active       bigint not null check (active in (0, 1)),
  by_name      bigint not null check (by_name in (0, 1)), -- only where a policy names it
  steps        text not null, -- JSON
  why          text not null,
  made_by      text collate "C" not null,
  made_at      bigint not null,
  primary key (company, name, n)
);

create table approval (
  company      bigint not null references company,
  id           bigint not null,
  n            bigint not null check (n > 0), -- of AP-000001
  kind         text collate "C" not null check (kind in ('request', 'run', 'payment', 'write_off', 'resolution', 'payee_change', 'reversal')),
  subject      bigint not null,
  name         text collate "C" not null,
  title        text not null,
  digest       bytea not null, -- SHA-256 of the content
  state        text not null check (state in ('waiting', 'more_information', 'approved', 'rejected', 'withdrawn', 'void', 'used')),
  organisation text collate "C" not null,
  type         text collate "C" not null,
  currency     text not null,
  amount       bigint not null,
  worth        bigint not null, -- accounting currency
  payee        text collate "C" not null, -- code of the party; blank: none, or many
  requester    text collate "C" not null,
  submitted_by text not null,
  submitted_at bigint not null,
  rule         text collate "C" not null, -- blank: no rule asked for approval
  rule_n       bigint not null,
  decision     bigint, -- policy_decision
  automatic    bigint not null check (automatic in (0, 1)),
  step         bigint not null, -- the step that it waits for; past the last: none
  steps        bigint not null check (steps >= 0),
  ended_at     bigint not null, -- when it was approved or otherwise decided; 0: not yet
  evidence     text not null, -- JSON: what the approver is shown
  primary key (company, id),
  unique (company, n),
  check (automatic = 0 or state not in ('waiting', 'more_information', 'rejected')),
  check ((ended_at = 0) = (state in ('waiting', 'more_information'))),
  check (state not in ('approved', 'used') or step > steps)
);
create unique index approval_live on approval (company, kind, subject) where state in ('waiting', 'more_information', 'approved');
create index approval_subject on approval (company, kind, subject, id);
create index approval_state on approval (company, state, id);
create index approval_payee_time on approval (company, payee, ended_at) where state in ('approved', 'used');

-- The numbers of approvals. Its row is locked by who submits, so that totals of a payee are added up one after the other.
create table approval_number (
  company bigint primary key references company,
  last    bigint not null
);

create table approval_step (
  company        bigint not null,
  approval       bigint not null,
  n              bigint not null check (n > 0),
  need           bigint not null check (need > 0), -- persons
  started_at     bigint not null, -- 0: not yet
  remind_at      bigint not null, -- 0: never
  escalate_at    bigint not null, -- 0: never
  reminded_at    bigint not null, -- 0: not yet
  remind_after   bigint not null check (remind_after >= 0), -- hours after the start; 0: never
  escalate_after bigint not null check (escalate_after >= 0),
  primary key (company, approval, n),
  foreign key (company, approval) references approval
);

create table approval_approver (
  company   bigint not null,
  approval  bigint not null,
  step      bigint not null,
  who       text collate "C" not null check (who in ('user', 'role')),
  name      text collate "C" not null,
  escalated bigint not null check (escalated in (0, 1)), -- only once the step is escalated
  primary key (company, approval, step, who, name, escalated),
  foreign key (company, approval, step) references approval_step
);
create index approval_approver_name on approval_approver (company, who, name, approval);

-- Whom the subject pays.
create table approval_payee (
  company  bigint not null,
  approval bigint not null,
  code     text collate "C" not null,
  primary key (company, approval, code),
  foreign key (company, approval) references approval
);

-- What happened to an approval; nothing is changed or removed.
create table approval_event (
  company    bigint not null,
  approval   bigint not null,
  n          bigint not null check (n > 0),
  at         bigint not null,
  actor      text collate "C" not null,
  verb       text not null check (verb in ('submit', 'approve', 'reject', 'ask', 'answer', 'withdraw', 'void', 'use', 'remind')),
  state      text not null check (state in ('waiting', 'more_information', 'approved', 'rejected', 'withdrawn', 'void', 'used')), -- after it
  step       bigint not null,
  acting_for text collate "C" not null, -- who delegated; blank: for oneself
  capacity   text collate "C" not null, -- as which approvers of the step, comma between
  reason     text not null,
  digest     bytea not null, -- of the content that was decided on
  primary key (company, approval, n),
  foreign key (company, approval) references approval
);
create index approval_event_actor on approval_event (company, actor, at);

create table approval_delegation (
  company    bigint not null references company,
  id         bigint not null,
  from_user  text collate "C" not null,
  to_user    text collate "C" not null check (to_user <> from_user),
  from_date  date not null,
  to_date    date not null check (to_date >= from_date),
  kind       text collate "C" not null, -- of subjects; blank: all
  why        text not null,
  made_by    text collate "C" not null,
  made_at    bigint not null,
  ended_by   text not null, -- blank: not before its time
  ended_at   bigint not null,
  primary key (company, id)
);
create index approval_delegation_to on approval_delegation (company, to_user, to_date);

-- How much one person may approve.
create table approval_limit (
  company bigint not null references company,
  who     text collate "C" not null check (who in ('user', 'role')),
  name    text collate "C" not null,
  kind    text collate "C" not null, -- of subjects; blank: all
  single  bigint check (single >= 0), -- accounting currency, of one subject; null: any
  days    bigint not null check (days > 0),
  total   bigint check (total >= 0), -- of all that one person approves within so many days; null: any
  payee_total bigint check (payee_total >= 0), -- the same, to one payee
  primary key (company, who, name, kind)
);

-- Which users are also customers or vendors: nobody approves a payment to oneself.
create table approval_person (
  company bigint not null references company,
  actor   text collate "C" not null,
  party   text collate "C" not null,
  primary key (company, actor, party)
);
