-- What grows with an account or a history is found in the order it is listed in.

-- +goose Up
-- A partner's offers that nobody has taken, which lie behind those who are in. What tells pending from expired, revoked and
-- declined stands in the index, so that a row is read only to be shown.
create index memberships_offered_level on memberships (account_id, kind, level, id, revoked_at, declined_at, expires_at) where level > 0 and accepted_at = 0 and removed_at = 0;
create index memberships_offered_name  on memberships (account_id, kind, name_key, id, revoked_at, declined_at, expires_at) where level > 0 and accepted_at = 0 and removed_at = 0;
create index memberships_offered_email on memberships (account_id, kind, email, id, revoked_at, declined_at, expires_at) where level > 0 and accepted_at = 0 and removed_at = 0;
create index memberships_offered_seen  on memberships (account_id, kind, last_sign_in_at, id, revoked_at, declined_at, expires_at) where level > 0 and accepted_at = 0 and removed_at = 0;

-- The history of a site, the newest first: when its events were, beside them.
alter table event_sites add column at bigint not null default 0;
update event_sites set at = (select e.at from events e where e.id = event_sites.event_id);
drop index event_sites_site;
create index event_sites_when on event_sites (account_id, site_id, at, event_id);

-- +goose Down
select 1;
