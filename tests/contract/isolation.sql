-- What each room's login role sees and does of a region's rows when the tenant of its transaction is another region, or none:
-- every table that has a tenant, as the catalogue tells them, so that no new one is forgotten. Both regions have one row in each,
-- made of the columns' types; what says which values are good (checks, references) is put aside, for it is not asked here.
-- A line for each check: t or f, and what was tried, wanted and got. For a throw-away database, as its superuser.
\set QUIET on
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' '
set session_replication_role = replica; -- no triggers, and no foreign keys

create temporary table walked as
  select c.oid as relation, format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relrowsecurity and not c.relispartition and n.nspname !~ '^pg_'
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped);
create temporary table login as
  select rolname as name from pg_roles where rolname ~ '^r7_' and rolcanlogin and not rolsuper;

do $$
declare r record;
begin
  for r in select conrelid::regclass as name, conname from pg_constraint join walked on relation = conrelid where contype = 'c' and conislocal
  loop execute format('alter table %s drop constraint %I', r.name, r.conname); end loop;
end $$;

-- A literal for a column of region A's (1) or B's (2) row, the one that is there (0) or another (1): no two meet in a unique index.
create function pg_temp.literal(type oid, name text, region int, other int) returns text language sql volatile as $$
  select case
    when name = 'tenant' then region::text
    when typcategory = 'A' then '''{}'''
    when typcategory = 'B' then 'false'
    when typcategory = 'N' then (2 * other + region)::text
    when typcategory = 'D' then '''2026-01-0' || 2 * other + region || ''''
    when typcategory = 'T' then '''1 day'''
    when typcategory = 'E' then quote_literal((select enumlabel from pg_enum where enumtypid = pg_type.oid limit 1))
    when typcategory = 'S' then quote_literal('of ' || region || ' ' || gen_random_uuid())
    when typname = 'uuid' then quote_literal(gen_random_uuid())
    when typname in ('json', 'jsonb') then '''{}'''
    when typname = 'bytea' then quote_literal('\x' || replace(gen_random_uuid()::text, '-', ''))
    else '''''' end
  from pg_type where oid = type
$$;

-- The table's columns but those made by itself; with a role, those that it may use so.
create function pg_temp.columns_of(t oid, role text, privilege text) returns table (name text, type oid) language sql stable as $$
  select attname, atttypid from pg_attribute
  where attrelid = t and attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''
    and (role is null or has_column_privilege(role, t, attnum, privilege))
$$;

create function pg_temp.insertion(t oid, role text, region int, other int) returns text language sql volatile as $$
  select format('insert into %s (%s) values (%s)', t::regclass, string_agg(quote_ident(name), ', '),
                string_agg(pg_temp.literal(type, name, region, other), ', '))
  from pg_temp.columns_of(t, role, 'insert')
$$;

do $$
declare r record;
begin
  for r in select w.relation, region from walked w, generate_series(1, 2) region
  loop execute pg_temp.insertion(r.relation, null, r.region, 0); end loop;
end $$;

-- How many rows a statement hits, or "refused", as a role with a tenant; nothing of it remains.
create function pg_temp.attempt(role text, tenant text, statement text) returns text language plpgsql as $$
declare hit bigint;
begin
  perform set_config('role', role, true);
  if tenant is not null then perform set_config('r7.tenant', tenant, true); end if;
  execute statement;
  get diagnostics hit = row_count;
  raise sqlstate 'R7999' using message = hit;
exception
  when sqlstate 'R7999' then return sqlerrm;
  when insufficient_privilege then return 'refused';
  when others then return sqlstate || ' ' || sqlerrm;
end $$;

-- What is tried: a statement, and what it shall hit when the tenant is A and when it is none. What no role was granted is
-- refused whatever the tenant; what was granted hits A's own row alone, which shows that the question is a good one.
create temporary table question as
  with granted as (
    select l.name as role, w.relation, w.name, p.privilege,
      (select string_agg(quote_ident(c.name), ', ') from pg_temp.columns_of(w.relation, l.name, p.privilege) c) as columns,
      case when p.privilege = 'update' then
        (select string_agg(format('%I = %s', c.name, pg_temp.literal(c.type, c.name, 1, 1)), ', ')
         from pg_temp.columns_of(w.relation, l.name, p.privilege) c where c.name <> 'tenant') end as changes
    from login l, walked w, (values ('select'), ('insert'), ('update')) as p (privilege))
  select role, name, 'see' as what, format('select %s from %s', coalesce(columns, '1'), name) as statement,
    case when columns is null then 'refused' else '1' end as as_a, case when columns is null then 'refused' else '0' end as as_none
  from granted where privilege = 'select'
  union all
  select role, name, 'write C''s', pg_temp.insertion(relation, role, 3, 1), 'refused', 'refused' from granted where privilege = 'insert' and columns is not null
  union all
  select role, name, 'write B''s', pg_temp.insertion(relation, role, 2, 1), 'refused', 'refused' from granted where privilege = 'insert' and columns is not null
  union all
  select role, name, 'write', pg_temp.insertion(relation, null, region, 1), 'refused', 'refused' from granted, generate_series(1, 2) region
  where privilege = 'insert' and columns is null
  union all
  select role, name, 'change', format('update %s set %s', name, coalesce(changes, 'tenant = tenant')),
    case when changes is null then 'refused' else '1' end, case when changes is null then 'refused' else '0' end
  from granted where privilege = 'update'
  union all
  select role, name, 'give to B', format('update %s set tenant = 2', name), 'refused', case when columns ~ '\mtenant\M' then '0' else 'refused' end
  from granted where privilege = 'update'
  union all
  select l.name, w.name, 'remove', 'delete from ' || w.name, case when granted then '1' else 'refused' end, case when granted then '0' else 'refused' end
  from login l, walked w, has_table_privilege(l.name, w.relation, 'delete') granted
  union all
  select l.name, w.name, 'empty', 'truncate ' || w.name, 'refused', 'refused' from login l, walked w;

-- In that order: once a setting has been made for a transaction it is '' afterwards, and never absent again.
create temporary table answer as
  select q.*, 'absent' as tenant, as_none as wanted, pg_temp.attempt(role, null, statement) as got from question q;
insert into answer select q.*, 'empty', as_none, pg_temp.attempt(role, '', statement) from question q;
insert into answer select q.*, 'A', as_a, pg_temp.attempt(role, '1', statement) from question q;

-- Region C has no row yet, and may write its first.
insert into answer select q.*, 'C', '1', pg_temp.attempt(role, '3', statement) from question q where what = 'write C''s';

select got = wanted, role, 'with tenant', tenant, 'tries to', what, name || ':', 'wanted', wanted || ', got', got from answer order by 1, 2, 3;

-- A partition is no way round its parent.
select not bool_or(has_table_privilege(l.name, c.oid, p)) as good, l.name, 'is granted nothing on the partitions of', i.inhparent::regclass
from login l, pg_class c join pg_inherits i on i.inhrelid = c.oid, unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p
where c.relispartition and c.relkind = 'r' group by l.name, i.inhparent order by 1, 2;

-- Not even existence: a unique index and a reference are asked of rows that row-level security hides, too. So each holds the tenant (a
-- topic's name does) or what nobody can guess: an id of ours, a digest, a number that only the database gives.
create function pg_temp.is_safe(t oid, columns int2[]) returns boolean language sql stable as $$
  select bool_or(attname in ('tenant', 'topic') or atttypid in ('uuid'::regtype, 'bytea'::regtype) or attidentity = 'a')
  from pg_attribute where attrelid = t and attnum = any(columns)
$$;
select pg_temp.is_safe(indrelid, indkey::int2[]), 'the unique index', indexrelid::regclass, 'tells nothing of another region'
from pg_index join walked on relation = indrelid where indisunique order by 1, 2, 3;
select pg_temp.is_safe(confrelid, confkey), 'the reference', conrelid::regclass || '.' || conname, 'tells nothing of another region'
from pg_constraint join walked on relation = confrelid where contype = 'f' and conparentid = 0 order by 1, 2, 3;
