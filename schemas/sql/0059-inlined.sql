-- Functions that the planner puts into the statements that call them: what is called apart is parsed and planned anew at each
-- execution, which cost a reading more than the reading itself. Their names are bound here, not when they run, so they need no
-- search_path of their own (a function with one is never put in).
set local role r7_owner;

create or replace function base.tenant() returns smallint language sql stable parallel safe
return nullif(current_setting('r7.tenant', true), '')::smallint;

drop function access.person_protection(uuid), access.person_protection_at(uuid, timestamptz), access.person_to_be_asked(uuid);

create function access.person_protection(person uuid, out protection text, out known_until timestamptz, out to_be_asked boolean)
returns setof record language sql stable rows 1
begin atomic
  select case when coalesce(f.protection, 'none') <> 'none' or coalesce(t.is_protected, false) then 'protected'
      when w.ended then 'not_known' else 'none' end,
    case when coalesce(f.protection, 'none') = 'none' and not t.is_protected and not t.own_number and s.asked
      then t.told_at + make_interval(hours => s.fresh_hours) end,
    w.ended and coalesce(f.protection, 'none') <> 'fictitious'
  from (select base.tenant() as tenant) x
    left join access.person_fact f on f.tenant = x.tenant and f.person = $1
    left join access.person_told t on t.tenant = x.tenant and t.person = $1
    left join access.person_service s on s.tenant = x.tenant
    cross join lateral (select coalesce(s.asked, false)
      and not coalesce(t.own_number or now() < t.told_at + make_interval(hours => s.fresh_hours), false) as ended) w;
end;
comment on function access.person_protection(uuid) is
  'none, protected, or not_known where the service is asked and has not said anything lately; and until when "none" is known. Neither of the two sources outweighs the other''s "protected". To be asked: the service''s word has ended, or never been there; never for a fictitious identity, which only named officers ask about.';
revoke execute on function access.person_protection(uuid) from public;
grant execute on function access.person_protection(uuid) to r7_search, r7_gateway, r7_access;

create function access.person_protection_at(person uuid, at timestamptz, out protection text, out known_until timestamptz)
returns setof record language sql stable rows 1
begin atomic
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
      where w.tenant = x.tenant and w.since <= $2 order by w.since desc limit 1) s on true;
end;
comment on function access.person_protection_at(uuid, timestamptz) is 'access.person_protection as it was at a time.';
revoke execute on function access.person_protection_at(uuid, timestamptz) from public;
grant execute on function access.person_protection_at(uuid, timestamptz) to r7_search;

create or replace function indexing.person_identities(seeds uuid[], at timestamptz, out seed uuid, out person uuid, out restricted boolean)
returns setof record language sql stable rows 4
begin atomic
  with recursive known (seed, person, restricted) as (
    select s, s, false from unnest($1) as s
    union
    select k.seed, l.person, k.restricted or l.restricted from known k cross join lateral (
      select case when p.person = k.person then p.other else p.person end as person,
        (select coalesce(bool_or(f.protection = 'fictitious'), false) from access.person_fact f
          where f.tenant = p.tenant and f.person in (p.person, p.other))
        or coalesce(p.visibility = 'restricted', (select bool_or(a.protection = 'protected')
          from unnest(array[p.person, p.other]) as e (id) cross join lateral access.person_protection(e.id) a)) as restricted
      from (select l.* from indexing.person_link l where l.tenant = base.tenant() and l.person = k.person
        union all select l.* from indexing.person_link l where l.tenant = base.tenant() and l.other = k.person) p
      where (p.revoked_at is null or $2 < p.revoked_at) and p.valid_from <= $2 and (p.valid_until is null or $2 < p.valid_until)) l)
  select k.seed, k.person, bool_and(k.restricted) from known k group by k.seed, k.person;
end;

create or replace function access.unit_was_called(source_system text, code text, at timestamptz, wanted text) returns boolean
language sql stable cost 1
return exists (select from access.unit_code c left join access.unit u on u.tenant = base.tenant() and u.id = c.unit
  where c.tenant = base.tenant() and c.source_system = $1 and c.code = $2 and not c.withdrawn
  and (c.unit = $4 or u.care_unit = $4)
  and coalesce(c.valid_from <= $3 and (c.valid_until is null or $3 < c.valid_until),
    (select count(*) = 1 from access.unit_code o where o.tenant = base.tenant() and o.source_system = $1 and o.code = $2
      and not o.withdrawn)));

create or replace function base.under_way_since() returns timestamptz language sql stable
return (select min(received_at) from ingest.delivery
  where tenant = base.tenant() and removed_at is null and (accepted_at is null or stored_at is null or indexed_at is null));

reset role;
insert into base.migration (number, name) values (59, '0059-inlined.sql');
