-- Each link of persons has its own visibility: one that may itself tell something protected is followed by choice only.
set local role r7_owner;

alter table indexing.person_link add column visibility text check (visibility in ('open', 'restricted'));
comment on column indexing.person_link.visibility is 'As decided; null: restricted when one of the two identities is protected. One with a fictitious identity always is.';

create function indexing.person_identities(seeds uuid[], at timestamptz, out seed uuid, out person uuid, out restricted boolean)
returns setof record language sql stable rows 4 set search_path = '' as $$
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
  select k.seed, k.person, bool_and(k.restricted) from known k group by k.seed, k.person
$$;
comment on function indexing.person_identities(uuid[], timestamptz) is
  'A person''s identities as linked at a time: links are followed both ways and from identity to identity. Restricted: no way leads there without a restricted link.';
revoke execute on function indexing.person_identities(uuid[], timestamptz) from public;
grant execute on function indexing.person_identities(uuid[], timestamptz) to r7_search, r7_gateway, r7_access;
grant execute on function access.person_protection(uuid) to r7_gateway;
grant select on access.person_told, access.person_service to r7_gateway;

alter table access.disclosure drop constraint disclosure_action_check, add constraint disclosure_action_check check (action in
  ('searched', 'listed', 'read', 'printed', 'exported', 'opened_other_units', 'opened_restricted_link', 'emergency', 'explained'));

reset role;
insert into base.migration (number, name) values (41, '0041-link-visibility.sql');
