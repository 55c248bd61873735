-- +goose Up
-- Who may sign in, as what, and by which tokens. A company is named by its code; blank means every company.

create table app_user (
  id          bigint primary key,
  name        text collate "C" not null unique,
  full_name   text not null,
  email       text not null,
  password    text,           -- argon2id with its parameters; null: cannot sign in by password
  disabled    boolean not null default false,
  version     bigint not null, -- raised when sessions and tokens must end: another password, disabled
  created_at  bigint not null
);

create table user_role (
  app_user bigint not null references app_user,
  company  text collate "C" not null,
  role     text not null check (role in ('viewer', 'clerk', 'approver', 'treasurer', 'controller', 'auditor', 'administrator')),
  primary key (app_user, company, role)
);

create table api_token (
  id           bigint primary key,
  app_user     bigint not null references app_user,
  name         text not null,
  user_version bigint not null,       -- of the user when it was made
  hash         bytea not null unique, -- SHA-256 of the token
  scopes       text not null,         -- permissions, comma between; blank: all of its user
  company      text not null,         -- blank: every company of its user
  created_at   bigint not null,
  expires_at   bigint not null,
  revoked_at   bigint
);
create index api_token_user on api_token (app_user);

-- Attempts to sign in that did not succeed, by user name and by address.
create table sign_in_failure (
  key      text primary key,
  failures integer not null,
  last     bigint not null,
  until    bigint not null -- nobody is let in under this key before
);

-- The code by which the first user is made.
create table setup_code (
  hash       bytea primary key,
  expires_at bigint not null
);
