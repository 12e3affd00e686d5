-- Guests: where they come from, the end they were told of, and what their list sorts and filters by.

-- +goose Up
alter table memberships add column company text not null default '';
-- The end date that guest and sponsor were told of, 0 for none.
alter table memberships add column end_told bigint not null default 0;
create index memberships_guest_seen on memberships (account_id, kind, last_sign_in_at, id) where kind = 'guest' and removed_at = 0;
create index memberships_guest_ends on memberships (account_id, kind, ends_at, id) where kind = 'guest' and removed_at = 0;
create index memberships_guest_mode on memberships (account_id, kind, workspace, id) where kind = 'guest' and removed_at = 0;
-- Whose end is near and not told.
create index memberships_guest_ending on memberships (ends_at) where kind = 'guest' and accepted_at > 0 and removed_at = 0 and ends_at > 0 and end_told <> ends_at;

-- +goose Down
select 1;
