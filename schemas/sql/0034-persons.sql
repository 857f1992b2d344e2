-- Links of persons are withdrawn with a reason, and never forgotten; fictitious identities are handled by named officers.
set local role r7_owner;

alter table indexing.person_link
  add column revoked_by uuid,
  add column revoked_reason text check (revoked_reason <> ''),
  add check ((revoked_at is null) = (revoked_reason is null) and (revoked_at is null) = (revoked_by is null));
comment on column indexing.person_link.revoked_by is 'The user who withdrew it.';
comment on column indexing.person_link.revoked_reason is 'Why it was withdrawn.';

create table access.identity_officer (
  tenant smallint not null,
  "user" uuid not null,
  decided_by text not null check (decided_by <> ''),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  primary key (tenant, "user"),
  foreign key (tenant, "user") references access."user" (tenant, id)
);
comment on table access.identity_officer is 'Named officers: nobody else links a fictitious identity (fingerade personuppgifter), withdraws such a link, or says that an identity is fictitious no more.';
comment on column access.identity_officer.tenant is 'The region.';
comment on column access.identity_officer."user" is 'The officer, a local administrator.';
comment on column access.identity_officer.decided_by is 'Who named the officer.';
comment on column access.identity_officer.valid_from is 'From when.';
comment on column access.identity_officer.valid_until is 'Until when.';
alter table access.identity_officer enable row level security;
create policy identity_officer_tenant on access.identity_officer using (tenant = base.tenant());
grant select, insert, update on access.identity_officer to r7_access;

reset role;
insert into base.migration (number, name) values (34, '0034-persons.sql');
