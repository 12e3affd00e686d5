-- Erasing somebody reaches their history: the parts of an entry that speak of people have a key and a digest each, and the
-- chain holds the digests (domain/audit_parts.go). What was sealed the old way is sealed anew; nothing is released yet.

-- +goose Up
alter table events add column part_keys text not null default '';
alter table events add column part_digests text not null default '';
update events set seq = 0, prev_hash = '', hash = '' where seq > 0;
delete from event_chains;
create index credit_entries_actor on credit_entries (account_id, actor_id);

-- +goose Down
select 1;
