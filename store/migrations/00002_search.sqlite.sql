-- Search of people by any part of their name or address: an index of every three characters in a row.
-- store/search.go says how it is asked.

-- +goose Up
-- What the index holds. account is three characters made of the last nine of the account's id, so that it is
-- one entry of the index and a search never reads a neighbour's rows. Words stand behind two spaces, so that
-- the first one or two letters of a word are found as well.
create view memberships_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.account_id, -9, 1)) + 17 * instr(d.d, substr(m.account_id, -8, 1)) + instr(d.d, substr(m.account_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -6, 1)) + 17 * instr(d.d, substr(m.account_id, -5, 1)) + instr(d.d, substr(m.account_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -3, 1)) + 17 * instr(d.d, substr(m.account_id, -2, 1)) + instr(d.d, substr(m.account_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join memberships m
where m.removed_at = 0;

create virtual table memberships_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
insert into memberships_fts (rowid, account, text) select n, account, text from memberships_searched;

-- +goose StatementBegin
create trigger memberships_fts_insert after insert on memberships begin
  insert into memberships_fts (rowid, account, text) select n, account, text from memberships_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger memberships_fts_update after update of account_id, search_text, removed_at on memberships
when old.account_id <> new.account_id or old.search_text <> new.search_text or old.removed_at <> new.removed_at begin
  delete from memberships_fts where rowid = old.rowid;
  insert into memberships_fts (rowid, account, text) select n, account, text from memberships_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger memberships_fts_delete after delete on memberships begin
  delete from memberships_fts where rowid = old.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
