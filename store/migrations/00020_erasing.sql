-- What is found when somebody is erased: whom they have locked, and the rows of imports that made them.

-- +goose Up
alter table memberships add column suspended_by_id text not null default ''; -- whose name suspended_by is
create index memberships_locker on memberships (suspended_by_id, account_id) where suspended_by_id <> '';
create index import_rows_made   on import_rows (made_id) where made_id <> '';

-- +goose Down
select 1;
