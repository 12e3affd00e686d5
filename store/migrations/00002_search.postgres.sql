-- Search of people by any part of their name or address: an index of every three characters in a row.
-- store/search.go says how it is asked. The account is part of the index, so a search never reads a
-- neighbour's rows. Both extensions may be created by the database's owner.

-- +goose Up
create extension if not exists pg_trgm;
create extension if not exists btree_gin;
-- fastupdate off: a list of rows not yet in the index would be read by every search.
create index memberships_search on memberships using gin (account_id, search_text gin_trgm_ops) with (fastupdate = off)
where removed_at = 0;

-- +goose Down
select 1;
