-- How far a session reaches, as the identity provider said of the assignment.
set local role r7_owner;

-- Sign-ins of before, and those of an older room, said nothing of it: they are over within eight hours.
alter table access.sign_in add column reach text not null default 'not_stated'
  check (reach in ('care_unit', 'care_provider', 'joint', 'not_stated'));
comment on column access.sign_in.reach is 'How far it reaches in care (HSA: VE care_unit, VG care_provider, SJF joint); not_stated: a password, or a provider that says nothing of it.';
grant select (id, tenant, "user", assignment, reach) on access.sign_in to r7_ingest, r7_search, r7_indexing;

reset role;
insert into base.migration (number, name) values (52, '0052-reach.sql');
