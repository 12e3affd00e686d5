-- Search of devices, as of memberships.

-- +goose Up
create index devices_search on devices using gin (account_id, search_text gin_trgm_ops) with (fastupdate = off)
where removed_at = 0;

-- +goose Down
select 1;
