-- +goose Up
-- Customers by name, by parent, and by the vendor who is paid in their stead.
create index customer_name on customer (company, lower(name), code);
create index customer_parent on customer (company, parent, code) where parent is not null;
create index customer_vendor on customer (company, vendor, code) where vendor is not null;

-- When the posting of a run was started.
alter table run add column started_at integer;
