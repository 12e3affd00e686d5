-- Support access: asked for, granted, ended. The parts above the last but one are the same for both engines.

-- +goose Up
alter table support_grants add column account_name text not null default '';
alter table support_grants add column asked_at bigint not null default 0;
alter table support_grants add column asked_by text not null default '';
alter table support_grants add column asker_name text not null default '';
alter table support_grants add column length bigint not null default 0; -- seconds
alter table support_grants add column refused_at bigint not null default 0;
alter table support_grants add column answerer_name text not null default '';
alter table support_grants add column changed_at bigint not null default 0;
alter table support_grants add column version bigint not null default 1;
alter table support_grants add column search_text text not null default '';
-- The one that stands between an account and its partner now: asked for, or in force. Others are history.
alter table support_grants add column standing bigint not null default 0;
create unique index support_grants_standing on support_grants (account_id) where standing = 1;
create index support_grants_order on support_grants (partner_id, changed_at, id);
create index support_grants_live on support_grants (partner_id, ends_at, id) where starts_at > 0 and ended_at = 0;
create index support_grants_asked on support_grants (partner_id, id) where starts_at = 0 and ended_at = 0 and refused_at = 0;
create index support_grants_refused on support_grants (partner_id, id) where refused_at > 0;
create index support_grants_ended on support_grants (partner_id, id) where ended_at > 0;
create index support_grants_last on support_grants (account_id, changed_at, id);

-- Search, as of memberships: 00002_search.sqlite.sql says why it is made so. The account is the partner.
create view support_grants_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.partner_id, -9, 1)) + 17 * instr(d.d, substr(m.partner_id, -8, 1)) + instr(d.d, substr(m.partner_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.partner_id, -6, 1)) + 17 * instr(d.d, substr(m.partner_id, -5, 1)) + instr(d.d, substr(m.partner_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.partner_id, -3, 1)) + 17 * instr(d.d, substr(m.partner_id, -2, 1)) + instr(d.d, substr(m.partner_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join support_grants m;

create virtual table support_grants_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

-- +goose StatementBegin
create trigger support_grants_fts_insert after insert on support_grants begin
  insert into support_grants_fts (rowid, account, text) select n, account, text from support_grants_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger support_grants_fts_update after update of search_text on support_grants begin
  delete from support_grants_fts where rowid = old.rowid;
  insert into support_grants_fts (rowid, account, text) select n, account, text from support_grants_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger support_grants_fts_delete after delete on support_grants begin
  delete from support_grants_fts where rowid = old.rowid;
end;
-- +goose StatementEnd
insert into support_grants_fts (rowid, account, text) select n, account, text from support_grants_searched;

-- +goose Down
select 1;
