-- What room access writes beyond 0002: tries to sign in, and two tables of other rooms whose rows are decided by people.
set local role r7_owner;

create table access.login_try (
  tenant smallint not null references access.tenant,
  login text not null,
  tries int not null default 1 check (tries > 0),
  since timestamptz not null default now(),
  primary key (tenant, login)
);
comment on table access.login_try is 'Tries to sign in since the last that was right, for logins that exist and those that do not alike. Forgotten after a quarter of an hour.';
comment on column access.login_try.tenant is 'The region.';
comment on column access.login_try.login is 'What was typed.';
comment on column access.login_try.tries is 'How many; each is counted before its password is looked at.';
comment on column access.login_try.since is 'When the first of them came.';
alter table access.login_try enable row level security;
create policy login_try_tenant on access.login_try using (tenant = base.tenant());
grant select, insert, update, delete on access.login_try to r7_access;

-- One writer per table: these rows are facts that administrators decide, so access writes them, raises the versions of
-- those they concern and notes them in the journal; the rooms in whose schema they lie read them.
revoke insert, update on indexing.person_link from r7_indexing;
grant usage on schema indexing to r7_access;
grant select, insert, update on indexing.person_link to r7_access;
comment on table indexing.person_link is
  'Two identities (pseudonyms) of one person: from the national person service or a documented local decision, never from name or birth date. Written by room access only: a link is a fact that decisions rest on, so its writer raises the versions of both persons.';

revoke insert, update on gateway.consumer_policy from r7_gateway;
grant usage on schema gateway to r7_access;
grant select, insert, update on gateway.consumer_policy to r7_access;
comment on table gateway.consumer_policy is
  'The region''s dated acceptance of a national service, for a care provider or one of its care units. Written by room access only, on a local administrator''s word.';

reset role;
insert into base.migration (number, name) values (8, '0008-access.sql');
