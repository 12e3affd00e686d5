-- The Activity page: filters, search, the chain of hashes and how long the history is kept.
-- The parts above the last one are the same for both engines.

-- +goose Up
alter table accounts add column keep_months bigint not null default 0;

-- Who acts for whom, what the filters read, and the event's place in the chain of its account (domain.Event.Hash).
alter table events add column on_behalf text not null default '';
alter table events add column topic text not null default '';
alter table events add column search_text text not null default '';
alter table events add column seq bigint not null default 0; -- 0 until the worker seals it
alter table events add column prev_hash text not null default '';
alter table events add column hash text not null default '';
update events set search_text = lower(actor_name || ' ' || subject_name || ' ' || from_addr), topic = case
  when kind like 'invite.%' or kind like 'import.%' then 'invites'
  when kind like 'user.%' then 'access'
  when kind like 'person.%' then 'sign-in'
  when kind like 'access.%' then 'denied'
  else 'settings' end;
create index events_topic on events (account_id, topic, at, id);
create index events_actor on events (account_id, actor_id, at, id);
create index events_unsealed on events (account_id, at, id) where seq = 0;
create unique index events_seq on events (account_id, seq) where seq > 0;
-- A person's places in an account, those they were removed from too.
create index memberships_person on memberships (user_id, account_id) where user_id is not null;

-- The sites an event speaks of: the filter by site.
create table event_sites (
  event_id   text not null references events (id),
  account_id text not null,
  site_id    text not null,
  primary key (event_id, site_id)
);
create index event_sites_site on event_sites (account_id, site_id, event_id);

-- Both ends of each account's chain. What lies before the first one, its anchor, was deleted after its time. mac is made
-- of both with the server's key, so that nobody who can write here alone can make a shorter or another chain hang on it.
create table event_chains (
  account_id  text primary key, -- '' for what concerns people without an account
  seq         bigint not null,
  hash        text not null,
  anchor_seq  bigint not null,
  anchor_hash text not null,
  mac         text not null
);

-- Search, as of memberships: 00002_search.postgres.sql says why it is made so.
create index events_search on events using gin (account_id, search_text gin_trgm_ops) with (fastupdate = off);

-- +goose Down
select 1;
