-- Roles an account makes itself, what guests may do where, and the company a guest's session is bound to.

-- +goose Up
create table roles (
  id         text primary key,
  account_id text not null references accounts (id),
  name       text not null,
  name_key   text not null,
  privileges text not null, -- names with a space between
  created_at bigint not null,
  version    bigint not null
);
create unique index roles_name on roles (account_id, lower(name_key));

alter table memberships add column workspace text not null default '';
-- A guest's privileges on the node, names with a space between; staff have those of their role, and '' here.
alter table grants add column privileges text not null default '';
-- The guest membership through which the session stands in another company; '' at home.
alter table sessions add column company_id text not null default '';

-- +goose Down
select 1;
