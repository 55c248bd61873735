-- +goose Up
-- Sessions of the pages, and who a person is at an identity provider.

create table session (
  digest     bytea primary key, -- SHA-256 of the token in the cookie
  data       bytea not null,
  expires_at bigint not null
);
create index session_expiry on session (expires_at);

-- Raised when all sessions of a user must end, though neither password nor tokens do.
alter table app_user add column session_version bigint not null default 1;

create table app_user_link (
  issuer    text collate "C" not null,
  subject   text collate "C" not null,
  app_user  bigint not null references app_user,
  linked_at bigint not null,
  primary key (issuer, subject)
);
create index app_user_link_user on app_user_link (app_user);
