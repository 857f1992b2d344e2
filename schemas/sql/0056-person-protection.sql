-- Whether a person was protected on a day that has been: what was known then, of the region and of the national person service.
set local role r7_owner;

create table access.person_fact_was (
  tenant smallint not null,
  person uuid not null,
  since timestamptz not null,
  protection text not null check (protection in ('none', 'protected', 'fictitious')),
  primary key (tenant, person, since)
);
comment on table access.person_fact_was is 'Each change of access.person_fact.protection. Persons of before have what they had, from always on.';
comment on column access.person_fact_was.tenant is 'The region.';
comment on column access.person_fact_was.person is 'The pseudonym.';
comment on column access.person_fact_was.since is 'From when, until the next.';
comment on column access.person_fact_was.protection is 'Protected personal data (skyddade personuppgifter), as the region said.';
alter table access.person_fact_was enable row level security;
create policy person_fact_was_tenant on access.person_fact_was using (tenant = base.tenant());
insert into access.person_fact_was (tenant, person, since, protection) select tenant, person, '-infinity', protection from access.person_fact;

create table access.person_told_was (
  tenant smallint not null,
  person uuid not null,
  told_at timestamptz not null,
  is_protected boolean not null,
  own_number boolean not null,
  primary key (tenant, person, told_at)
);
comment on table access.person_told_was is 'Each word of the national person service on a person''s protection, as access.person_told had it. Of those of before the last only.';
comment on column access.person_told_was.tenant is 'The region.';
comment on column access.person_told_was.person is 'The pseudonym.';
comment on column access.person_told_was.told_at is 'When it was told; until the next, and counting as long as the rule of that time says.';
comment on column access.person_told_was.is_protected is 'Protected, by its word.';
comment on column access.person_told_was.own_number is 'A number of a system''s own making, about which the service cannot be asked.';
alter table access.person_told_was enable row level security;
create policy person_told_was_tenant on access.person_told_was using (tenant = base.tenant());
insert into access.person_told_was (tenant, person, told_at, is_protected, own_number)
  select tenant, person, told_at, is_protected, own_number from access.person_told;

create table access.person_service_was (
  tenant smallint not null,
  since timestamptz not null,
  asked boolean not null,
  fresh_hours int not null,
  primary key (tenant, since)
);
comment on table access.person_service_was is 'Each decision of access.person_service. One of before counts from always on.';
comment on column access.person_service_was.tenant is 'The region.';
comment on column access.person_service_was.since is 'From when, until the next.';
comment on column access.person_service_was.asked is 'The service was asked.';
comment on column access.person_service_was.fresh_hours is 'How long what it said counted.';
alter table access.person_service_was enable row level security;
create policy person_service_was_tenant on access.person_service_was using (tenant = base.tenant());
insert into access.person_service_was (tenant, since, asked, fresh_hours) select tenant, '-infinity', asked, fresh_hours from access.person_service;

-- A line of the journal that is carried out late changes nothing that is newer.
alter table access.unit add column changed_at timestamptz not null default '-infinity';
comment on column access.unit.changed_at is 'When somebody last said so.';
alter table access.person_service add column decided_at timestamptz not null default '-infinity';
comment on column access.person_service.decided_at is 'When.';

create function access.person_protection_at(person uuid, at timestamptz, out protection text, out known_until timestamptz)
language sql stable cost 10 set search_path = '' as $$
  select case when coalesce(f.protection, 'none') <> 'none' or coalesce(t.is_protected, false) then 'protected'
      when coalesce(s.asked, false) and not coalesce(t.own_number or $2 < t.told_at + make_interval(hours => s.fresh_hours), false)
      then 'not_known' else 'none' end,
    case when coalesce(f.protection, 'none') = 'none' and not t.is_protected and not t.own_number and s.asked
      then t.told_at + make_interval(hours => s.fresh_hours) end
  from (select base.tenant() as tenant) x
    left join lateral (select w.protection from access.person_fact_was w
      where w.tenant = x.tenant and w.person = $1 and w.since <= $2 order by w.since desc limit 1) f on true
    left join lateral (select w.told_at, w.is_protected, w.own_number from access.person_told_was w
      where w.tenant = x.tenant and w.person = $1 and w.told_at <= $2 order by w.told_at desc limit 1) t on true
    left join lateral (select w.asked, w.fresh_hours from access.person_service_was w
      where w.tenant = x.tenant and w.since <= $2 order by w.since desc limit 1) s on true
$$;
comment on function access.person_protection_at(uuid, timestamptz) is 'access.person_protection as it was at a time.';
revoke execute on function access.person_protection_at(uuid, timestamptz) from public;
grant execute on function access.person_protection_at(uuid, timestamptz) to r7_search;

grant select, insert, update on access.person_fact_was, access.person_told_was, access.person_service_was to r7_access;
grant select on access.person_fact_was, access.person_told_was, access.person_service_was to r7_search;

reset role;
insert into base.migration (number, name) values (56, '0056-person-protection.sql');
