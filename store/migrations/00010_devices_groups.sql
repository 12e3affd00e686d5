-- A group's devices in every order of their list: who reaches or asks for some groups of a large site never walks the others'.

-- +goose Up
create index devices_group_place  on devices (account_id, site_id, group_id, place_key, id) where removed_at = 0;
create index devices_group_label  on devices (account_id, site_id, group_id, label_key, id) where removed_at = 0;
create index devices_group_number on devices (account_id, site_id, group_id, serial, id) where removed_at = 0;
create index devices_group_seen   on devices (account_id, site_id, group_id, last_seen_at, id) where removed_at = 0;
create index devices_group_rssi   on devices (account_id, site_id, group_id, rssi, id) where removed_at = 0;
create index devices_group_added  on devices (account_id, site_id, group_id, created_at, id) where removed_at = 0;
drop index devices_group;
-- Of a kind, in the orders that kinds are often apart in.
create index devices_kind_number on devices (account_id, site_id, kind, serial, id) where removed_at = 0;
create index devices_kind_label  on devices (account_id, site_id, kind, label_key, id) where removed_at = 0;
drop index devices_kind;

-- +goose Down
select 1;
