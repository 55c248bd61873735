-- +goose Up

-- What the figures of requests read, so that they need not go through the wide rows: requests by state, and what policies said by time.
create index request_figures on request (company, currency, state, since, kind, amount, due, approved_at, id);
create index policy_decision_time on policy_decision (company, kind, at, subject, id, outcome, versions);
