-- What an account asks of its people: allowed domains, second factors, sessions, passwords; and support access.

-- +goose Up
alter table accounts add column allowed_domains text not null default ''; -- canonical, sorted, a space between
alter table accounts add column second_factor text not null default '';
alter table accounts add column second_factor_from bigint not null default 0;
alter table accounts add column session_idle bigint not null default 0; -- seconds, 0 is the server's limit
alter table accounts add column session_age bigint not null default 0;
alter table accounts add column min_password bigint not null default 0;
alter table accounts add column lower_own bigint not null default 0;
alter table accounts add column policy_version bigint not null default 1;
-- Stricter guards on trial: until when, by whom, and as JSON what stands again afterwards unless they are confirmed.
alter table accounts add column trial_began bigint not null default 0;
alter table accounts add column trial_until bigint not null default 0;
alter table accounts add column trial_by text not null default '';
alter table accounts add column trial_by_name text not null default '';
alter table accounts add column trial_before text not null default '';
alter table accounts add column trial_idle bigint not null default 0; -- of trial_before: read with every session
alter table accounts add column trial_age bigint not null default 0;
create index accounts_trial on accounts (trial_until) where trial_until > 0;

-- A copy of what follows the @ in email, so that those outside the allowed domains are found without looking at the others.
alter table memberships add column email_domain text not null default '';
-- An address is local part, @ and host, and a host has no other characters than these.
update memberships set email_domain = substr(email, length(rtrim(email, 'abcdefghijklmnopqrstuvwxyz0123456789.-')) + 1);
create index memberships_in_domain on memberships (account_id, kind, email_domain, id) where accepted_at > 0 and removed_at = 0;
create index memberships_open_domain on memberships (account_id, kind, email_domain, expires_at, id) where accepted_at = 0 and revoked_at = 0 and declined_at = 0 and removed_at = 0;
-- A copy of "the person has a second factor", so that those without are found likewise.
alter table memberships add column second_factor bigint not null default 0;
create index memberships_in_unproved on memberships (account_id, kind, role, id) where accepted_at > 0 and removed_at = 0 and second_factor = 0;

-- When an account lets its partner help in it.
create table support_grants (
  id         text primary key,
  account_id text not null references accounts (id),
  partner_id text not null references accounts (id),
  starts_at  bigint not null,
  ends_at    bigint not null,
  ended_at   bigint not null, -- when somebody ended it before its time
  granted_by text not null,
  reason     text not null
);
create index support_grants_account on support_grants (account_id, ends_at);

-- +goose Down
select 1;
