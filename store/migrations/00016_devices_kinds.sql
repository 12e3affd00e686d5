-- A kind of a group's devices, in the orders that kinds are often apart in: who reaches or asks for some groups never walks the
-- other kinds of them.

-- +goose Up
create index devices_group_kind_number on devices (account_id, site_id, group_id, kind, serial, id) where removed_at = 0;
create index devices_group_kind_label  on devices (account_id, site_id, group_id, kind, label_key, id) where removed_at = 0;

-- +goose Down
select 1;
