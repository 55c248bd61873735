-- +goose Up
-- Sessions of the pages, and who a person is at an identity provider.

create table session (
  digest     blob primary key, -- SHA-256 of the token in the cookie
  data       blob not null,
  expires_at integer not null
) strict, without rowid;
create index session_expiry on session (expires_at);

-- Raised when all sessions of a user must end, though neither password nor tokens do.
alter table app_user add column session_version integer not null default 1;

create table app_user_link (
  issuer    text not null,
  subject   text not null,
  app_user  integer not null references app_user,
  linked_at integer not null,
  primary key (issuer, subject)
) strict, without rowid;
create index app_user_link_user on app_user_link (app_user);
