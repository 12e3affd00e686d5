-- A partner's customer accounts as a list, and who suspended or set one up.

-- +goose Up
alter table accounts add column name_key text not null default ''; -- folded: what the list sorts by
alter table accounts add column search_text text not null default '';
alter table accounts add column set_up_by text not null default '';
alter table accounts add column suspended_by text not null default '';
update accounts set name_key = lower(name), search_text = lower(name) || ' ' || slug;
-- A partner has no two customers of one name.
create unique index accounts_named on accounts (partner_id, lower(name_key)) where partner_id is not null;
create index accounts_name    on accounts (partner_id, name_key, id);
create index accounts_created on accounts (partner_id, created_at, id);
-- Of one state, in both orders: those that are suspended may be few, and anywhere.
create index accounts_open_name      on accounts (partner_id, name_key, id) where suspended_at = 0;
create index accounts_open_created   on accounts (partner_id, created_at, id) where suspended_at = 0;
create index accounts_closed_name    on accounts (partner_id, name_key, id) where suspended_at > 0;
create index accounts_closed_created on accounts (partner_id, created_at, id) where suspended_at > 0;
-- Whom an account has shown the door: its partner does not invite them there again.
create index memberships_gone on memberships (account_id, kind, email) where removed_at > 0;
-- Search, as of memberships: 00002_search.sqlite.sql says why it is made so. The company of a row is its partner.
create view accounts_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.partner_id, -9, 1)) + 17 * instr(d.d, substr(m.partner_id, -8, 1)) + instr(d.d, substr(m.partner_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.partner_id, -6, 1)) + 17 * instr(d.d, substr(m.partner_id, -5, 1)) + instr(d.d, substr(m.partner_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.partner_id, -3, 1)) + 17 * instr(d.d, substr(m.partner_id, -2, 1)) + instr(d.d, substr(m.partner_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join accounts m
where m.partner_id is not null;

create virtual table accounts_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
insert into accounts_fts (rowid, account, text) select n, account, text from accounts_searched;

-- +goose StatementBegin
create trigger accounts_fts_insert after insert on accounts begin
  insert into accounts_fts (rowid, account, text) select n, account, text from accounts_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger accounts_fts_update after update of partner_id, search_text on accounts
when old.partner_id is not new.partner_id or old.search_text <> new.search_text begin
  delete from accounts_fts where rowid = old.rowid;
  insert into accounts_fts (rowid, account, text) select n, account, text from accounts_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger accounts_fts_delete after delete on accounts begin
  delete from accounts_fts where rowid = old.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
