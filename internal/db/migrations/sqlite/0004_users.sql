-- +goose Up
-- Who may sign in, as what, and by which tokens. A company is named by its code; blank means every company.

create table app_user (
  id          integer primary key,
  name        text not null unique,
  full_name   text not null,
  email       text not null,
  password    text,           -- argon2id with its parameters; null: cannot sign in by password
  disabled    integer not null default 0,
  version     integer not null, -- raised when sessions and tokens must end: another password, disabled
  created_at  integer not null
) strict;

create table user_role (
  app_user integer not null references app_user,
  company  text not null,
  role     text not null check (role in ('viewer', 'clerk', 'approver', 'treasurer', 'controller', 'auditor', 'administrator')),
  primary key (app_user, company, role)
) strict;

create table api_token (
  id           integer primary key,
  app_user     integer not null references app_user,
  name         text not null,
  user_version integer not null,       -- of the user when it was made
  hash         blob not null unique, -- SHA-256 of the token
  scopes       text not null,         -- permissions, comma between; blank: all of its user
  company      text not null,         -- blank: every company of its user
  created_at   integer not null,
  expires_at   integer not null,
  revoked_at   integer
) strict;
create index api_token_user on api_token (app_user);

-- Attempts to sign in that did not succeed, by user name and by address.
create table sign_in_failure (
  key      text primary key,
  failures integer not null,
  last     integer not null,
  until    integer not null -- nobody is let in under this key before
) strict;

-- The code by which the first user is made.
create table setup_code (
  hash       blob primary key,
  expires_at integer not null
) strict;
