-- What is found when somebody is erased: the accounts they have set up, the support access they have asked for, their mails.

-- +goose Up
alter table accounts add column set_up_by_id text not null default ''; -- whose name set_up_by is
create index accounts_set_up_by   on accounts (set_up_by_id, partner_id) where set_up_by_id <> '';
create index support_grants_asker on support_grants (asked_by, partner_id) where asked_by <> '';
create index deliveries_user      on deliveries (user_id) where user_id <> '';

-- +goose Down
select 1;
