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

-- Search, as of memberships: 00002_search.postgres.sql says why it is made so. The account is the partner.
create index support_grants_search on support_grants using gin (partner_id, search_text gin_trgm_ops) with (fastupdate = off);

-- +goose Down
select 1;
