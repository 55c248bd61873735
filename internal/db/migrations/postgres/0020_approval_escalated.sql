-- +goose Up
-- When those to whom a step of an approval is escalated were told of it.
alter table approval_step add column escalated_at bigint not null default 0; -- UTC microseconds; 0: not yet
