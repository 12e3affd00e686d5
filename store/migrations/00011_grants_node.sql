-- Who holds a right on exactly this node: the few steps down to a device find everybody who reaches it.

-- +goose Up
create index grants_node on grants (account_id, site_id, group_id, device_id, part, membership_id);

-- +goose Down
select 1;
