-- Sites that have credits of a partner, most first: the order in which they are offered to be taken back from.

-- +goose Up
drop index credit_sites_holding;
create index credit_sites_most on credit_sites (account_id, credits desc, site_id) where credits > 0;

-- +goose Down
select 1;
