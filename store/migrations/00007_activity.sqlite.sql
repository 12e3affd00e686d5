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

-- Search, as of memberships: 00002_search.sqlite.sql says why it is made so.
create view events_searched (n, account, text) as
select m.rowid,
  char(
    19968 + 289 * instr(d.d, substr(m.account_id, -9, 1)) + 17 * instr(d.d, substr(m.account_id, -8, 1)) + instr(d.d, substr(m.account_id, -7, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -6, 1)) + 17 * instr(d.d, substr(m.account_id, -5, 1)) + instr(d.d, substr(m.account_id, -4, 1)),
    19968 + 289 * instr(d.d, substr(m.account_id, -3, 1)) + 17 * instr(d.d, substr(m.account_id, -2, 1)) + instr(d.d, substr(m.account_id, -1, 1))),
  '  ' || replace(m.search_text, ' ', '  ')
from (select '0123456789abcdef' as d) d cross join events m;

create virtual table events_fts using fts5 (
  account, text, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
insert into events_fts (rowid, account, text) select n, account, text from events_searched;

-- +goose StatementBegin
create trigger events_fts_insert after insert on events begin
  insert into events_fts (rowid, account, text) select n, account, text from events_searched where n = new.rowid;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger events_fts_delete after delete on events begin
  delete from events_fts where rowid = old.rowid;
end;
-- +goose StatementEnd

-- +goose Down
select 1;
