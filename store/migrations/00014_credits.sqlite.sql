-- Credits of a partner: the ledger. The parts above the last but one are the same for both engines.

-- +goose Up
-- Where each partner's ledger stands: what its last entry says. Every entry is written under its row, one after the other.
create table credit_ledgers (
  account_id text primary key references accounts (id),
  seq        bigint not null check (seq >= 0),
  at         bigint not null,
  added      bigint not null,
  allocated  bigint not null, -- with what was taken back later
  returned   bigint not null,
  check (0 <= returned and returned <= allocated and allocated - returned <= added)
);

-- What each site has of its partner's credits.
create table credit_sites (
  account_id text not null references accounts (id), -- the partner
  site_id    text not null references sites (id),
  credits    bigint not null check (credits >= 0),
  primary key (account_id, site_id)
);
create index credit_sites_holding on credit_sites (account_id, site_id) where credits > 0;

-- The entries. Each says what is available after it, and how much had been added, allocated and taken back by then: what
-- happened in any period is the difference of two entries.
create table credit_entries (
  id            text primary key,
  account_id    text not null references accounts (id), -- the partner
  seq           bigint not null check (seq > 0),
  at            bigint not null,
  kind          text not null check (kind in ('added', 'allocated', 'returned', 'refused')),
  credits       bigint not null check (credits between 1 and 1000000),
  available     bigint not null check (available >= 0),
  added         bigint not null,
  allocated     bigint not null,
  returned      bigint not null check (returned >= 0),
  site_id       text not null,
  site_name     text not null,
  customer_id   text not null,
  customer_name text not null,
  site_credits  bigint not null check (site_credits >= 0),
  reference     text not null,
  actor_id      text not null,
  actor_name    text not null,
  once          text not null, -- the form it was asked for with
  line          bigint not null,
  asked         text not null, -- a digest of what that form asked for
  search_text   text not null,
  check (available = added - allocated + returned)
);
create unique index credit_entries_seq on credit_entries (account_id, seq);
create unique index credit_entries_once on credit_entries (account_id, once, line);
create index credit_entries_order on credit_entries (account_id, seq, id);
create index credit_entries_kind on credit_entries (account_id, kind, seq, id);
create index credit_entries_at on credit_entries (account_id, at, seq);

-- Sites by what somebody types for one, whichever customer's.
create index credit_sites_code on sites (lower(code)) where removed_at = 0;
create index credit_sites_called on sites (name_key, id) where removed_at = 0;
create index credit_accounts on accounts (partner_id, id) where partner_id is not null;

-- The ledger only grows. Names can be erased from it, figures cannot.
-- +goose StatementBegin
create trigger credit_entries_update before update of id, account_id, seq, at, kind, credits, available, added, allocated, returned, site_id, customer_id, site_credits, once, line, asked
on credit_entries begin
  select raise(abort, 'the ledger only grows');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger credit_entries_delete before delete on credit_entries begin
  select raise(abort, 'the ledger only grows');
end;
-- +goose StatementEnd

-- Search, as of memberships: 00002_search.sqlite.sql says why it is made so.
create view credit_entries_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.account_id, -9, 1)) + 17 * instr(d.d, substr(m.account_id, -8, 1)) + instr(d.d, substr(m.account_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -6, 1)) + 17 * instr(d.d, substr(m.account_id, -5, 1)) + instr(d.d, substr(m.account_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -3, 1)) + 17 * instr(d.d, substr(m.account_id, -2, 1)) + instr(d.d, substr(m.account_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join credit_entries m;

create virtual table credit_entries_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);

-- +goose StatementBegin
create trigger credit_entries_fts_insert after insert on credit_entries begin
  insert into credit_entries_fts (rowid, account, text) select n, account, text from credit_entries_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger credit_entries_fts_update after update of search_text on credit_entries begin
  delete from credit_entries_fts where rowid = old.rowid;
  insert into credit_entries_fts (rowid, account, text) select n, account, text from credit_entries_searched where n = new.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
