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
create function credit_entries_stay() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger only grows';
end $$;
-- +goose StatementEnd
create trigger credit_entries_update before update of id, account_id, seq, at, kind, credits, available, added, allocated, returned, site_id, customer_id, site_credits, once, line, asked
on credit_entries for each row execute function credit_entries_stay();
create trigger credit_entries_delete before delete on credit_entries for each row execute function credit_entries_stay();

-- Search, as of memberships: 00002_search.postgres.sql says why it is made so.
create index credit_entries_search on credit_entries using gin (account_id, search_text gin_trgm_ops) with (fastupdate = off);

-- +goose Down
select 1;
