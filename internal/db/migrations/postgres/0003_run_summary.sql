-- +goose Up
-- What an ended run came to, so that a list of runs need not add up their chunks.
alter table run add column summary text;
