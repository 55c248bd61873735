-- +goose Up
-- Bank entries are found by their ledger account. They have no party, as most entries of a run have, so that runs pay little for it.
create index entry_bank on entry (company, account, voucher) where party is null;
create index vendor_payment_bank_voucher on vendor_payment (company, bank, voucher);
