-- +goose Up
-- What a page of a bank statement may be is found without reading all that is open: bank entries and open lines by their amounts.
drop index entry_bank;
create index entry_bank on entry (company, account, voucher, amount) where party is null;
create index bank_line_amount on bank_line (company, bank, statement, amount, n) where reconciliation is null;
