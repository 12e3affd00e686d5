-- Second factors of people, the proof a session rests on, and what a message or a link is about.

-- +goose Up
-- Copies on the person, read with them on every request: when the authenticator app was confirmed, how many passkeys.
alter table users add column app_at bigint not null default 0;
alter table users add column passkeys bigint not null default 0;

-- An authenticator app: one that is confirmed, or one that waits for its first code.
create table authenticators (
  user_id      text primary key references users (id),
  secret       text not null, -- sealed; the key's id stands before it
  created_at   bigint not null,
  confirmed_at bigint not null,
  last_step    bigint not null -- the time step of the last code taken: no code counts twice
);

-- Codes for the day the app is lost, by their keyed hash.
create table recovery_codes (
  hash       text primary key,
  user_id    text not null references users (id),
  created_at bigint not null,
  used_at    bigint not null
);
create index recovery_codes_user on recovery_codes (user_id, used_at);

create table passkeys (
  id         text primary key,
  user_id    text not null references users (id),
  name       text not null,
  hash       text not null, -- SHA-256 of the credential's id
  credential text not null, -- JSON: the public key, its counter, what it says of itself
  created_at bigint not null,
  used_at    bigint not null
);
create unique index passkeys_hash on passkeys (lower(hash));
create index passkeys_user on passkeys (user_id, created_at);

-- Whose password was right while their second factor is awaited: such a session is nobody's and may nothing.
alter table sessions add column pending_id text not null default '';
-- When its person last proved that it is them.
alter table sessions add column proved_at bigint not null default 0;
create index sessions_pending on sessions (pending_id);

-- What a link is for, beside its purpose and its person: a new address, a browser and its network.
alter table tokens add column about text not null default '';
-- What a message tells of, in one word or value.
alter table deliveries add column about text not null default '';

-- +goose Down
select 1;
