-- Erasing somebody reaches their history: the parts of an entry that speak of people have a key and a digest each, and the
-- chain holds the digests (domain/audit_parts.go). What was sealed the old way is sealed anew; nothing is released yet.

-- +goose Up
alter table events add column part_keys text not null default '';
alter table events add column part_digests text not null default '';
update events set seq = 0, prev_hash = '', hash = '' where seq > 0;
delete from event_chains;
create index credit_entries_actor on credit_entries (account_id, actor_id);

-- +goose StatementBegin
create trigger events_fts_update after update of search_text on events
when old.search_text <> new.search_text begin
  delete from events_fts where rowid = old.rowid;
  insert into events_fts (rowid, account, text) select n, account, text from events_searched where n = new.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
