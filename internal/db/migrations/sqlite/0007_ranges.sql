-- +goose Up
-- The range of the voucher ids that the sums come from. Those that are there already get the range of their ledger account and date.
alter table balance add column first_voucher integer not null default 0;
alter table balance add column last_voucher integer not null default 0;
update balance set first_voucher = x.first, last_voucher = x.last from (
  select e.company, e.account, v.date, min(v.id) as first, max(v.id) as last from entry e join voucher v on v.company = e.company and v.id = e.voucher group by e.company, e.account, v.date) x
  where x.company = balance.company and x.account = balance.account and x.date = balance.date;

-- The trail by time.
create index audit_at on audit (company, at, id);
