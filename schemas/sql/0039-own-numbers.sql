-- Numbers of a system's own making are nobody's to the national person service, today and later: it is not asked again.
set local role r7_owner;

alter table access.person_told add column own_number boolean not null default false, add check (not (own_number and known));
comment on column access.person_told.own_number is 'A number of a system''s own making, about which the service cannot be asked: that counts for good.';

create or replace function access.person_protection(person uuid, out protection text, out known_until timestamptz)
language sql stable cost 1 set search_path = '' as $$
  select case when coalesce(f.protection, 'none') <> 'none' or coalesce(t.is_protected, false) then 'protected'
      when coalesce(s.asked, false) and not coalesce(t.own_number or now() < t.told_at + make_interval(hours => s.fresh_hours), false)
      then 'not_known' else 'none' end,
    case when coalesce(f.protection, 'none') = 'none' and not t.is_protected and not t.own_number and s.asked
      then t.told_at + make_interval(hours => s.fresh_hours) end
  from (select base.tenant() as tenant) x
    left join access.person_fact f on f.tenant = x.tenant and f.person = $1
    left join access.person_told t on t.tenant = x.tenant and t.person = $1
    left join access.person_service s on s.tenant = x.tenant
$$;

create function access.person_to_be_asked(person uuid) returns boolean
language sql stable cost 1 set search_path = '' as $$
  select coalesce((select s.asked and not coalesce(t.own_number or now() < t.told_at + make_interval(hours => s.fresh_hours), false)
      and not exists (select from access.person_fact f where f.tenant = base.tenant() and f.person = $1 and f.protection = 'fictitious')
    from access.person_service s left join access.person_told t on t.tenant = base.tenant() and t.person = $1
    where s.tenant = base.tenant()), false)
$$;
comment on function access.person_to_be_asked(uuid) is
  'Has the service''s word on the identity ended, or never been there? Never for a fictitious one, which only named officers ask about.';
revoke execute on function access.person_to_be_asked(uuid) from public;
grant execute on function access.person_to_be_asked(uuid) to r7_search;

reset role;
insert into base.migration (number, name) values (39, '0039-own-numbers.sql');
