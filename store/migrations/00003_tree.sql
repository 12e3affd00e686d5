-- The account's tree: groups of a site, devices, and how many of them stand where. Their search is 00009_devices_search.

-- +goose Up
alter table accounts add column devices bigint not null default 0;
alter table sites add column groups bigint not null default 0;
alter table sites add column devices bigint not null default 0;
alter table sites add column version bigint not null default 1;

create table groups (
  id         text primary key,
  account_id text not null references accounts (id),
  site_id    text not null references sites (id),
  name       text not null,
  name_key   text not null,
  devices    bigint not null,
  created_at bigint not null,
  removed_at bigint not null,
  version    bigint not null
);
create unique index groups_name on groups (site_id, lower(name_key)) where removed_at = 0;
create index groups_site on groups (account_id, site_id, id) where removed_at = 0;
create index groups_named on groups (account_id, name_key, id) where removed_at = 0;

create table devices (
  id           text primary key,
  account_id   text not null references accounts (id),
  site_id      text not null references sites (id),
  group_id     text not null, -- '' for none
  serial       text not null,
  kind         text not null check (kind in ('panel', 'meter', 'sensor')),
  label        text not null,
  label_key    text not null, -- folded label, else serial number: what lists sort by
  place_key    text not null, -- the group and then the label: the order of a site's page
  search_text  text not null, -- folded label and serial number: what search reads
  partitions   text not null, -- the names as JSON, '' for none
  rssi         bigint not null, -- dBm, 0 for none
  last_seen_at bigint not null,
  created_at   bigint not null,
  removed_at   bigint not null,
  version      bigint not null
);
-- One serial number, one device, in the whole deployment.
create unique index devices_serial on devices (lower(serial)) where removed_at = 0;
create index devices_place  on devices (account_id, site_id, place_key, id) where removed_at = 0;
create index devices_label  on devices (account_id, site_id, label_key, id) where removed_at = 0;
create index devices_number on devices (account_id, site_id, serial, id) where removed_at = 0;
create index devices_seen   on devices (account_id, site_id, last_seen_at, id) where removed_at = 0;
create index devices_rssi   on devices (account_id, site_id, rssi, id) where removed_at = 0;
create index devices_kind   on devices (account_id, site_id, kind, id) where removed_at = 0;
create index devices_group  on devices (account_id, site_id, group_id, id) where removed_at = 0;
create index devices_heard  on devices (account_id, last_seen_at, id) where removed_at = 0;
create index devices_added  on devices (account_id, site_id, created_at, id) where removed_at = 0;

-- Who holds a right on a group or a device: they follow it, or lose it with it.
create index grants_group  on grants (account_id, group_id) where group_id <> '';
create index grants_device on grants (account_id, device_id) where device_id <> '';

-- A file holds invites, or devices of a site; a row becomes the one or the other.
alter table imports add column kind text not null default 'invites';
alter table imports add column site_id text not null default '';
alter table import_rows rename column membership_id to made_id;

-- +goose Down
select 1;
