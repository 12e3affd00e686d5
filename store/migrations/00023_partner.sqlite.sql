-- The partner that has offered one of its people a place in a customer's account: the place holds while they are in at the
-- partner, and is found by who they are, or by their address while it is only offered. And the search of a partner's sites.

-- +goose Up
alter table memberships add column via text not null default '';
create index memberships_via_email   on memberships (via, email)   where via <> '' and removed_at = 0;
create index memberships_via_user_id on memberships (via, user_id) where via <> '' and removed_at = 0;

-- Whose customers' a site is, and what finds it among them: its name, its code, its account's name, folded.
alter table sites add column partner_id text;
alter table sites add column search_text text not null default '';
update sites set partner_id = (select a.partner_id from accounts a where a.id = sites.account_id),
  search_text = name_key || ' ' || lower(code) || ' ' || (select a.name_key from accounts a where a.id = sites.account_id);
create index sites_partner on sites (partner_id, name_key, id) where removed_at = 0;
-- Search, as of memberships: 00002_search.sqlite.sql says why it is made so. The company of a row is the partner; a removed
-- site is found too, for it keeps its credits.
create view sites_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.partner_id, -9, 1)) + 17 * instr(d.d, substr(m.partner_id, -8, 1)) + instr(d.d, substr(m.partner_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.partner_id, -6, 1)) + 17 * instr(d.d, substr(m.partner_id, -5, 1)) + instr(d.d, substr(m.partner_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.partner_id, -3, 1)) + 17 * instr(d.d, substr(m.partner_id, -2, 1)) + instr(d.d, substr(m.partner_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join sites m
where m.partner_id is not null;

create virtual table sites_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
insert into sites_fts (rowid, account, text) select n, account, text from sites_searched;

-- +goose StatementBegin
create trigger sites_fts_insert after insert on sites begin
  insert into sites_fts (rowid, account, text) select n, account, text from sites_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger sites_fts_update after update of partner_id, search_text on sites
when old.partner_id is not new.partner_id or old.search_text <> new.search_text begin
  delete from sites_fts where rowid = old.rowid;
  insert into sites_fts (rowid, account, text) select n, account, text from sites_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger sites_fts_delete after delete on sites begin
  delete from sites_fts where rowid = old.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
