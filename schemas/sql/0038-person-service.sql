-- What the national person service says of identities, beside a region's own facts; and whether a region asks it.
set local role r7_owner;

create table access.person_service (
  tenant smallint primary key,
  asked boolean not null,
  fresh_hours int not null check (fresh_hours between 1 and 720),
  decided_by text not null check (decided_by <> ''),
  failed_at timestamptz
);
comment on table access.person_service is 'Regions'' decisions on the national person service (Personuppgiftstjänsten): one row for each that has decided.';
comment on column access.person_service.tenant is 'The region.';
comment on column access.person_service.asked is 'The service is asked; what it has not said lately of a person is then not known.';
comment on column access.person_service.fresh_hours is 'How long what it said counts.';
comment on column access.person_service.decided_by is 'Who decided.';
comment on column access.person_service.failed_at is 'When it last gave no answer; no fact, only that nobody waits for it at once again.';
alter table access.person_service enable row level security;
create policy person_service_tenant on access.person_service using (tenant = base.tenant());

create table access.person_told (
  tenant smallint not null,
  person uuid not null,
  told_at timestamptz not null,
  known boolean not null,
  is_protected boolean not null,
  deceased boolean not null,
  deregistered text check (deregistered <> ''),
  deregistered_on text check (deregistered_on ~ '^\d{4}(-\d\d(-\d\d)?)?$'),
  primary key (tenant, person)
);
comment on table access.person_told is 'What the national person service last said of an identity. Protected is who is so here or in access.person_fact; deceased opens nothing (PDL 1:1).';
comment on column access.person_told.tenant is 'The region.';
comment on column access.person_told.person is 'The pseudonym.';
comment on column access.person_told.told_at is 'When.';
comment on column access.person_told.known is 'It has a record of the identity; numbers of a system''s own making it has none of.';
comment on column access.person_told.is_protected is 'protectedPersonIndicator (sekretessmarkering) or protectedPopulationRecord (skyddad folkbokföring).';
comment on column access.person_told.deceased is 'By deregistration, or by the status of a coordination number.';
comment on column access.person_told.deregistered is 'deregistrationReasonCode: AV (deceased), UV (emigrated) …';
comment on column access.person_told.deregistered_on is 'deregistrationDate, as exact as it was told: YYYY, YYYY-MM or YYYY-MM-DD.';
alter table access.person_told enable row level security;
create policy person_told_tenant on access.person_told using (tenant = base.tenant());

create function access.person_protection(person uuid, out protection text, out known_until timestamptz)
language sql stable cost 1 set search_path = '' as $$
  select case when coalesce(f.protection, 'none') <> 'none' or coalesce(t.is_protected, false) then 'protected'
      when coalesce(s.asked, false) and coalesce(t.told_at + make_interval(hours => s.fresh_hours) <= now(), true) then 'not_known'
      else 'none' end,
    case when coalesce(f.protection, 'none') = 'none' and not t.is_protected and s.asked
      then t.told_at + make_interval(hours => s.fresh_hours) end
  from (select base.tenant() as tenant) x
    left join access.person_fact f on f.tenant = x.tenant and f.person = $1
    left join access.person_told t on t.tenant = x.tenant and t.person = $1
    left join access.person_service s on s.tenant = x.tenant
$$;
comment on function access.person_protection(uuid) is
  'none, protected, or not_known where the service is asked and has not said anything lately; and until when "none" is known. Neither of the two sources outweighs the other''s "protected".';
revoke execute on function access.person_protection(uuid) from public;
grant execute on function access.person_protection(uuid) to r7_search, r7_access;

grant select, insert, update on access.person_service, access.person_told to r7_access;
grant select on access.person_service, access.person_told to r7_search;

reset role;
insert into base.migration (number, name) values (38, '0038-person-service.sql');
