-- Admin & Technicians: the one list of a partner's people, invited and in.

-- +goose Up
-- The place of a partner's role among them, 1 for the highest (domain.RoleID.Level); 0 for roles of customers, whose rows
-- stay out of the indexes.
alter table memberships add column level bigint not null default 0;
update memberships set level = case role when 'master' then 1 when 'partner-admin' then 2 when 'operator' then 3 else 4 end
  where role in ('master', 'partner-admin', 'operator', 'observer');
create index memberships_level      on memberships (account_id, kind, level, id) where level > 0 and removed_at = 0;
create index memberships_level_seen on memberships (account_id, kind, last_sign_in_at, id) where level > 0 and removed_at = 0;
-- What is found of somebody who is erased: their offers, which somebody takes over, and their links.
create index memberships_inviter on memberships (invited_by, account_id, id);
create index invite_links_membership on invite_links (membership_id);

-- +goose Down
select 1;
