-- Signing in through identity providers (OpenID Connect), and who has signed in how.
set local role r7_owner;

create table access.sign_in_provider (
  tenant smallint not null references access.tenant,
  name text not null check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  title text not null check (length(title) between 1 and 200),
  issuer text not null check (issuer ~ '^https://[^/?#@]+(/[^?#]*)?$' and length(issuer) <= 512),
  client_id text not null check (length(client_id) between 1 and 256),
  authentication text not null check (authentication in ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  secret text check (secret ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  scopes text[] not null check ('openid' = any(scopes)),
  algorithms text[] not null check (algorithms <@ array['ES256', 'RS256', 'PS256'] and cardinality(algorithms) > 0),
  mapping text not null check (mapping ~ '^[a-z0-9-]{1,64}$'),
  level smallint not null check (level between 0 and 4),
  valid_until timestamptz,
  primary key (tenant, name),
  check ((authentication in ('client_secret_basic', 'client_secret_post')) = (secret is not null))
);
comment on table access.sign_in_provider is 'Identity providers (OpenID Connect) that a region''s people sign in through, as its own administrators set them.';
comment on column access.sign_in_provider.tenant is 'The region.';
comment on column access.sign_in_provider.name is 'In addresses: /oidc/REGION/NAME.';
comment on column access.sign_in_provider.title is 'In words.';
comment on column access.sign_in_provider.issuer is 'The issuer, exactly as its documents and tokens say it.';
comment on column access.sign_in_provider.client_id is 'What the archive is called there.';
comment on column access.sign_in_provider.authentication is 'How the archive proves itself at the token endpoint; none: by PKCE alone.';
comment on column access.sign_in_provider.secret is 'Name of the file with the client secret, below R7_SIGN_IN_SECRETS/REGION on the host.';
comment on column access.sign_in_provider.scopes is 'What is asked for.';
comment on column access.sign_in_provider.algorithms is 'Signatures of ID tokens that are taken.';
comment on column access.sign_in_provider.mapping is 'How its claims are read: a file of schemas/sign-in.';
comment on column access.sign_in_provider.level is 'The least level of assurance; care needs 3 whatever stands here.';
comment on column access.sign_in_provider.valid_until is 'Until when.';
alter table access.sign_in_provider enable row level security;
create policy sign_in_provider_tenant on access.sign_in_provider using (tenant = base.tenant());

create table access.sign_in_metadata (
  tenant smallint not null,
  provider text not null,
  issuer text not null,
  asked_at timestamptz not null,
  fetched_at timestamptz,
  searched_at timestamptz,
  authorization_endpoint text,
  token_endpoint text,
  names_itself boolean,
  keys text check (length(keys) <= 65536),
  primary key (tenant, provider),
  foreign key (tenant, provider) references access.sign_in_provider (tenant, name),
  check (fetched_at is null or (authorization_endpoint is not null and token_endpoint is not null and names_itself is not null and keys is not null))
);
comment on table access.sign_in_metadata is 'What providers say of themselves, kept for all replicas: asked for again when it is old, and when a token names a key that is not there.';
comment on column access.sign_in_metadata.tenant is 'The region.';
comment on column access.sign_in_metadata.provider is 'The provider''s name.';
comment on column access.sign_in_metadata.issuer is 'Of which issuer; of another it is not used.';
comment on column access.sign_in_metadata.asked_at is 'When it was last asked for: nobody asks again at once.';
comment on column access.sign_in_metadata.fetched_at is 'When it last came.';
comment on column access.sign_in_metadata.searched_at is 'When it was last asked for because of a key that was not there: once a minute at most.';
comment on column access.sign_in_metadata.authorization_endpoint is 'Where people are sent.';
comment on column access.sign_in_metadata.token_endpoint is 'Where codes are exchanged.';
comment on column access.sign_in_metadata.names_itself is 'Its answers carry iss (RFC 9207).';
comment on column access.sign_in_metadata.keys is 'Its JWKS document.';
alter table access.sign_in_metadata enable row level security;
create policy sign_in_metadata_tenant on access.sign_in_metadata using (tenant = base.tenant());

create table access.sign_in_state (
  state bytea primary key check (length(state) = 32),
  tenant smallint not null,
  provider text not null,
  binding bytea not null check (length(binding) = 32),
  redirect text not null check (length(redirect) <= 1024),
  assignment uuid,
  expires_at timestamptz not null
);
comment on table access.sign_in_state is 'Sign-ins under way. What stands here is digests: who reads it can finish none of them.';
comment on column access.sign_in_state.state is 'SHA-256 of the state that the provider is given.';
comment on column access.sign_in_state.tenant is 'The region.';
comment on column access.sign_in_state.provider is 'The provider''s name.';
comment on column access.sign_in_state.binding is 'SHA-256 of what the browser, or r7, holds; the nonce and the code verifier are made of it.';
comment on column access.sign_in_state.redirect is 'Where the provider sends the answer.';
comment on column access.sign_in_state.assignment is 'The assignment that was chosen, when one was.';
comment on column access.sign_in_state.expires_at is 'Not finished by then, it never is.';
alter table access.sign_in_state enable row level security;
create policy sign_in_state_tenant on access.sign_in_state using (tenant = base.tenant());
create index on access.sign_in_state (tenant, expires_at);

create table access.sign_in_identity (
  tenant smallint not null,
  provider text not null,
  subject text not null check (length(subject) between 1 and 255),
  "user" uuid not null,
  primary key (tenant, provider, subject),
  unique (tenant, provider, "user"),
  foreign key (tenant, provider) references access.sign_in_provider (tenant, name),
  foreign key (tenant, "user") references access."user" (tenant, id)
);
comment on table access.sign_in_identity is 'Who a provider''s subject is, for providers that do not name people by HSA-id.';
comment on column access.sign_in_identity.tenant is 'The region.';
comment on column access.sign_in_identity.provider is 'The provider''s name.';
comment on column access.sign_in_identity.subject is 'The claim sub.';
comment on column access.sign_in_identity."user" is 'The user.';
alter table access.sign_in_identity enable row level security;
create policy sign_in_identity_tenant on access.sign_in_identity using (tenant = base.tenant());

create table access.sign_in_rule (
  tenant smallint primary key references access.tenant,
  passwords text not null check (passwords in ('everyone', 'break_glass'))
);
comment on table access.sign_in_rule is 'Who of a region may sign in with a password: everyone where there is no row.';
comment on column access.sign_in_rule.tenant is 'The region.';
comment on column access.sign_in_rule.passwords is 'everyone, or those accounts only that are kept for the day the identity provider is away (break_glass).';
alter table access.sign_in_rule enable row level security;
create policy sign_in_rule_tenant on access.sign_in_rule using (tenant = base.tenant());

alter table access."user" add column break_glass boolean not null default false;
comment on column access."user".break_glass is 'Signs in with its password also where others may not.';

create table access.sign_in (
  id uuid primary key,
  tenant smallint not null,
  at timestamptz not null default clock_timestamp(),
  "user" uuid not null,
  assignment uuid not null,
  provider text,
  methods text[] not null,
  assurance text,
  claimed_assignment text,
  request uuid not null
);
comment on table access.sign_in is 'Who has signed in, when and how: a row for each token, before it is given. Rows are only added.';
comment on column access.sign_in.id is 'The token''s jti.';
comment on column access.sign_in.tenant is 'The region.';
comment on column access.sign_in.at is 'When.';
comment on column access.sign_in."user" is 'Who.';
comment on column access.sign_in.assignment is 'With which assignment.';
comment on column access.sign_in.provider is 'Through which identity provider; null: with a password here.';
comment on column access.sign_in.methods is 'By which means (amr; RFC 8176).';
comment on column access.sign_in.assurance is 'The level of assurance in the provider''s words (acr).';
comment on column access.sign_in.claimed_assignment is 'The assignment''s HSA-id at the provider.';
comment on column access.sign_in.request is 'The request''s id, as in the logs.';
alter table access.sign_in enable row level security;
create policy sign_in_tenant on access.sign_in using (tenant = base.tenant());
create index on access.sign_in (tenant, "user", at);

grant select, insert, update on access.sign_in_provider, access.sign_in_metadata, access.sign_in_rule to r7_access;
grant select, insert, delete on access.sign_in_state, access.sign_in_identity to r7_access;
grant select, insert on access.sign_in to r7_access;

reset role;
insert into base.migration (number, name) values (33, '0033-sign-in.sql');
