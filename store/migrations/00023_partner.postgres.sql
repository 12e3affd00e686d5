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
-- Search, as of memberships: 00002_search.postgres.sql says why it is made so. The company of a row is the partner; a removed
-- site is found too, for it keeps its credits.
create index sites_search on sites using gin (partner_id, search_text gin_trgm_ops) with (fastupdate = off)
where partner_id is not null;

-- +goose Down
select 1;
