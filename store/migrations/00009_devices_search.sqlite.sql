-- Search of devices, as of memberships: 00002_search.sqlite.sql says why it is made so.

-- +goose Up
create view devices_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.account_id, -9, 1)) + 17 * instr(d.d, substr(m.account_id, -8, 1)) + instr(d.d, substr(m.account_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -6, 1)) + 17 * instr(d.d, substr(m.account_id, -5, 1)) + instr(d.d, substr(m.account_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -3, 1)) + 17 * instr(d.d, substr(m.account_id, -2, 1)) + instr(d.d, substr(m.account_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join devices m
where m.removed_at = 0;

create virtual table devices_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

-- +goose StatementBegin
create trigger devices_fts_insert after insert on devices begin
  insert into devices_fts (rowid, account, text) select n, account, text from devices_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger devices_fts_update after update of account_id, search_text, removed_at on devices
when old.account_id <> new.account_id or old.search_text <> new.search_text or old.removed_at <> new.removed_at begin
  delete from devices_fts where rowid = old.rowid;
  insert into devices_fts (rowid, account, text) select n, account, text from devices_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger devices_fts_delete after delete on devices begin
  delete from devices_fts where rowid = old.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
