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
-- Search, as of memberships.
create index accounts_search on accounts using gin (partner_id, search_text gin_trgm_ops) with (fastupdate = off)
where partner_id is not null;

-- +goose Down
select 1;
