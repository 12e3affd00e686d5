-- The account's people, sites, history and outbox. One text for both engines.
-- Times are UTC microseconds, 0 meaning "never"; booleans are 0 or 1; ids are UUIDv7 text.
-- What a person can violate is a named index on an expression, so that both engines report its name.

-- +goose Up
create table settings (
  name  text primary key,
  value text not null
);

create table accounts (
  id                 text primary key,
  slug               text not null,
  name               text not null,
  kind               text not null check (kind in ('partner', 'customer')),
  partner_id         text references accounts (id),
  country            text not null,
  invite_days        bigint not null check (invite_days between 1 and 30),
  reminders          bigint not null,
  site_admins_invite bigint not null,
  suspended_at       bigint not null,
  created_at         bigint not null
);
create unique index accounts_slug on accounts (lower(slug));

create table sites (
  id         text primary key,
  account_id text not null references accounts (id),
  name       text not null,
  name_key   text not null,
  code       text not null,
  address    text not null,
  time_zone  text not null,
  created_at bigint not null,
  removed_at bigint not null
);
create index sites_name on sites (account_id, name_key, id) where removed_at = 0;

create table users (
  id                  text primary key,
  email               text not null,
  first_name          text not null,
  last_name           text not null,
  phone               text not null,
  language            text not null,
  time_zone           text not null,
  theme               text not null,
  password_hash       text not null,
  password_changed_at bigint not null,
  last_sign_in_at     bigint not null,
  created_at          bigint not null,
  version             bigint not null
);
create unique index users_email on users (lower(email));

create table memberships (
  id              text primary key,
  account_id      text not null references accounts (id),
  kind            text not null check (kind in ('user', 'guest', 'customer')),
  user_id         text references users (id),
  email           text not null,
  first_name      text not null,
  last_name       text not null,
  name_key        text not null, -- folded first and last name, else the address: what lists sort by
  search_text     text not null, -- folded name and address: what search reads
  phone           text not null,
  language        text not null,
  role            text not null,
  account_wide    bigint not null, -- a copy of "some grant is the whole account", for the last-Admin rule
  notify_email    bigint not null,
  notify_text     bigint not null,
  message         text not null,
  invited_by      text not null,
  inviter_name    text not null,
  generation      bigint not null,
  sent_at         bigint not null,
  expires_at      bigint not null,
  accepted_at     bigint not null,
  declined_at     bigint not null,
  revoked_at      bigint not null,
  suspended_at    bigint not null,
  suspended_by    text not null,
  ends_at         bigint not null,
  removed_at      bigint not null,
  reminders       bigint not null,
  remind_at       bigint not null, -- when the next reminder of this send is due, 0 when none
  expiry_told     bigint not null,
  last_sign_in_at bigint not null,
  mail_state      text not null,
  mail_at         bigint not null,
  mail_error      text not null,
  created_at      bigint not null,
  version         bigint not null
);
-- One life per address, account and kind: no double invite, no inviting those already in.
create unique index memberships_address on memberships (account_id, kind, lower(email)) where removed_at = 0;
-- The Users list: people who are in.
create index memberships_in_name   on memberships (account_id, kind, name_key, id) where accepted_at > 0 and removed_at = 0;
create index memberships_in_email  on memberships (account_id, kind, email, id) where accepted_at > 0 and removed_at = 0;
create index memberships_in_role   on memberships (account_id, kind, role, id) where accepted_at > 0 and removed_at = 0;
create index memberships_in_seen   on memberships (account_id, kind, last_sign_in_at, id) where accepted_at > 0 and removed_at = 0;
create index memberships_in_joined on memberships (account_id, kind, accepted_at, id) where accepted_at > 0 and removed_at = 0;
create index memberships_in_paused on memberships (account_id, kind, suspended_at, id) where suspended_at > 0 and removed_at = 0;
create index memberships_in_ending on memberships (account_id, kind, ends_at, id) where ends_at > 0 and removed_at = 0;
create index memberships_in_channels on memberships (account_id, kind, notify_email, notify_text, id) where accepted_at > 0 and removed_at = 0;
-- The Invites list: every offer, open, closed or taken.
create index memberships_sent    on memberships (account_id, kind, sent_at, id) where removed_at = 0;
create index memberships_name    on memberships (account_id, kind, name_key, id) where removed_at = 0;
create index memberships_email   on memberships (account_id, kind, email, id) where removed_at = 0;
create index memberships_role    on memberships (account_id, kind, role, id) where removed_at = 0;
create index memberships_expires on memberships (account_id, kind, expires_at, id) where removed_at = 0;
create index memberships_open    on memberships (account_id, kind, expires_at, id) where accepted_at = 0 and revoked_at = 0 and declined_at = 0 and removed_at = 0;
create index memberships_revoked on memberships (account_id, kind, revoked_at, id) where revoked_at > 0 and removed_at = 0;
create index memberships_declined on memberships (account_id, kind, declined_at, id) where declined_at > 0 and removed_at = 0;
create index memberships_mail    on memberships (account_id, kind, mail_state, id) where accepted_at = 0 and removed_at = 0;
-- What the clock owes.
create index memberships_lapsing   on memberships (expires_at) where accepted_at = 0 and revoked_at = 0 and declined_at = 0 and removed_at = 0 and expiry_told = 0;
create index memberships_reminding on memberships (remind_at) where remind_at > 0 and accepted_at = 0 and revoked_at = 0 and declined_at = 0 and removed_at = 0;
create index memberships_user on memberships (user_id) where removed_at = 0;
-- Whether an address is waited for anywhere.
create index memberships_waiting on memberships (email, expires_at) where accepted_at = 0 and removed_at = 0;

-- What a membership may reach: the whole account (site_id ''), or a node below it.
create table grants (
  membership_id text not null references memberships (id),
  account_id    text not null references accounts (id),
  site_id       text not null,
  group_id      text not null,
  device_id     text not null,
  part          text not null, -- the list the membership is in: a copy, so that a site's people are found without looking at them
  primary key (membership_id, site_id, group_id, device_id)
);
create index grants_site on grants (account_id, site_id, part, membership_id);

-- Every link ever mailed for an invite, by the hash of its token; only the row of the current generation opens it.
create table invite_links (
  hash          text primary key,
  membership_id text not null references memberships (id),
  generation    bigint not null
);

create table sessions (
  hash       text primary key, -- SHA-256 of the cookie's random id
  user_id    text references users (id), -- null before sign-in
  data       text not null, -- gorilla's values as JSON: flash, the account last in hand
  created_at bigint not null,
  seen_at    bigint not null,
  expires_at bigint not null, -- the absolute end
  place      text not null, -- network prefix, never the whole address
  agent      text not null
);
create index sessions_user on sessions (user_id, seen_at);
create index sessions_end on sessions (expires_at);

-- Links to set a password or to set up, by the hash of their token: one purpose, used once.
create table tokens (
  id         text primary key,
  purpose    text not null,
  user_id    text references users (id),
  hash       text not null unique,
  created_at bigint not null,
  expires_at bigint not null,
  used_at    bigint not null
);
create index tokens_user on tokens (user_id, purpose);
create index tokens_end on tokens (expires_at);

-- How often something was tried: written outside the failing transaction, shared by all nodes.
create table counters (
  name       text primary key,
  count      bigint not null,
  first_at   bigint not null,
  last_at    bigint not null
);
create index counters_last on counters (last_at);

-- Browsers that have signed in before: back-off against strangers does not lock out their owner.
create table known_devices (
  hash       text primary key,
  user_id    text not null references users (id),
  created_at bigint not null
);
create index known_devices_user on known_devices (user_id, created_at);

create table events (
  id           text primary key,
  account_id   text not null, -- '' for what concerns a person alone
  at           bigint not null,
  kind         text not null,
  actor_id     text not null,
  actor_name   text not null,
  from_addr    text not null,
  subject_id   text not null,
  subject_name text not null,
  before_json  text not null,
  after_json   text not null
);
create index events_account on events (account_id, at, id);
create index events_subject on events (subject_id, at, id);

create table deliveries (
  id            text primary key,
  account_id    text not null,
  kind          text not null,
  membership_id text not null,
  generation    bigint not null,
  token_id      text not null,
  user_id       text not null,
  recipient     text not null,
  language      text not null,
  created_at    bigint not null,
  next_at       bigint not null,
  attempts      bigint not null,
  lease_until   bigint not null,
  leased_by     text not null,
  sent_at       bigint not null,
  failed_at     bigint not null, -- given up, refused for good, or superseded
  error         text not null
);
create index deliveries_due on deliveries (next_at, id) where sent_at = 0 and failed_at = 0;
create index deliveries_membership on deliveries (membership_id, generation);

-- Development mailbox: what would have been mailed while no mail server is configured.
create table mailbox (
  id         text primary key,
  at         bigint not null,
  recipient  text not null,
  subject    text not null,
  message_id text not null,
  text_body  text not null,
  html_body  text not null
);

create table imports (
  id           text primary key,
  account_id   text not null references accounts (id),
  created_by   text not null references users (id),
  file_name    text not null,
  created_at   bigint not null,
  confirmed_at bigint not null,
  confirmed_by text not null, -- under whose authority the invites go out
  confirmed_from text not null, -- and the network address they confirmed from
  finished_at  bigint not null,
  total        bigint not null,
  good         bigint not null,
  done         bigint not null,
  failed       bigint not null,
  lease_until  bigint not null
);
create index imports_account on imports (account_id, created_at, id);
create index imports_open on imports (confirmed_at) where confirmed_at > 0 and finished_at = 0;

create table import_rows (
  import_id     text not null references imports (id),
  line          bigint not null,
  draft_json    text not null,
  problems_json text not null, -- '' when the row is good
  membership_id text not null,
  done_at       bigint not null,
  primary key (import_id, line)
);
create index import_rows_left on import_rows (import_id, line) where done_at = 0 and problems_json = '';

-- +goose Down
select 1;
