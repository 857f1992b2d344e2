-- Sessions that end before their tokens do: signed out here, or at the identity provider (OpenID Connect Back-Channel Logout 1.0).
set local role r7_owner;

alter table access.sign_in_metadata add column end_session_endpoint text;
comment on column access.sign_in_metadata.end_session_endpoint is 'Where people sign out of the provider (OpenID Connect RP-Initiated Logout 1.0); null: it announces no such place.';

create table access.sign_in_session (
  id uuid primary key,
  tenant smallint not null,
  "user" uuid not null,
  session uuid,
  subject uuid not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null
);
comment on table access.sign_in_session is 'What a token that an identity provider vouched for is called there, while it can be used: so that the provider can end it.';
comment on column access.sign_in_session.id is 'The token''s jti, as in access.sign_in.';
comment on column access.sign_in_session.tenant is 'The region.';
comment on column access.sign_in_session."user" is 'Who.';
comment on column access.sign_in_session.session is 'Digest of issuer and sid; null: the provider named no session.';
comment on column access.sign_in_session.subject is 'Digest of issuer and sub.';
comment on column access.sign_in_session.issued_at is 'The ID token''s iat, by the provider''s clock.';
comment on column access.sign_in_session.expires_at is 'When the token is over by itself; the row goes after that.';
alter table access.sign_in_session enable row level security;
create policy sign_in_session_tenant on access.sign_in_session using (tenant = base.tenant());
create index on access.sign_in_session (tenant, session);
create index on access.sign_in_session (tenant, subject);

create table access.sign_in_ended (
  tenant smallint not null,
  what uuid not null,
  until timestamptz not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant, what)
);
comment on table access.sign_in_ended is 'Which sessions are over, for a day: no token outlives that.';
comment on column access.sign_in_ended.tenant is 'The region.';
comment on column access.sign_in_ended.what is 'A token''s jti, or session or subject of access.sign_in_session: also of one whose row comes later.';
comment on column access.sign_in_ended.until is 'Those issued until then, by the provider''s clock.';
comment on column access.sign_in_ended.at is 'When it was told here.';
alter table access.sign_in_ended enable row level security;
create policy sign_in_ended_tenant on access.sign_in_ended using (tenant = base.tenant());

create table access.logout_token (
  tenant smallint not null,
  id uuid not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant, id)
);
comment on table access.logout_token is 'Logout tokens that have been carried out, for a day: none is taken twice.';
comment on column access.logout_token.tenant is 'The region.';
comment on column access.logout_token.id is 'Digest of issuer and jti.';
comment on column access.logout_token.at is 'When.';
alter table access.logout_token enable row level security;
create policy logout_token_tenant on access.logout_token using (tenant = base.tenant());

grant select, insert, delete on access.sign_in_session, access.logout_token to r7_access;
grant select, insert, update, delete on access.sign_in_ended to r7_access;
grant select (id, tenant, session, subject, issued_at) on access.sign_in_session to r7_ingest, r7_search, r7_indexing;
grant select (tenant, what, until) on access.sign_in_ended to r7_ingest, r7_search, r7_indexing;

reset role;
insert into base.migration (number, name) values (55, '0055-sign-out.sql');
