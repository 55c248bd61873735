-- +goose Up
-- What a page of a bank statement may be is found without reading all that is open: bank entries and open lines by their amounts.
drop index entry_bank;
create index entry_bank on entry (company, account, voucher, amount) where party is null;
create index bank_line_amount on bank_line (company, bank, statement, amount, n) where reconciliation is null;
-- A payment has a voucher of its own. That the index says so keeps planners on it, whatever they count.
drop index vendor_payment_bank_voucher;
create unique index vendor_payment_bank_voucher on vendor_payment (company, bank, voucher);
