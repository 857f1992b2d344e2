-- Rules that every migration keeps; each row is a breach, told in words.
with relation as (
  select c.oid, n.nspname || '.' || c.relname as name, c.relowner, c.relkind, c.relacl, c.relispartition, c.relrowsecurity, c.relforcerowsecurity
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'f')
), tenant_table as (
  select r.* from relation r join pg_attribute a on a.attrelid = r.oid
  where a.attname = 'tenant' and r.relkind in ('r', 'p') and not r.relispartition
)
select name || ' belongs to ' || relowner::regrole || ', not to r7_owner' from relation where relowner::regrole::text <> 'r7_owner'
union all
select name || ' has a tenant and no row-level security' from tenant_table
where not relrowsecurity
  -- None of these holds personal data; libcommon/README.md says why each is read without a tenant.
  and name not in ('access.principal', 'access.logical_address', 'base.set_aside') and name !~ '\.(inbox|outbox)$'
union all
select name || ' has row-level security and no policy' from relation
where relrowsecurity and not exists (select from pg_policy where polrelid = relation.oid)
union all
select name || ' forces row-level security: a migration''s backfill would hit 0 rows in silence' from relation where relforcerowsecurity
union all
select r.name || ' has a policy that is not the tenant''s: ' || p.polname from tenant_table r join pg_policy p on p.polrelid = r.oid
where pg_get_expr(p.polqual, r.oid) is distinct from '(tenant = base.tenant())' and p.polcmd <> 'a'
union all
select name || ' is a partition and grants to ' || a.grantee::regrole from relation, aclexplode(relacl) a
where relispartition and a.grantee <> relowner
union all
select name || ' grants ' || a.privilege_type || ' to public' from relation, aclexplode(relacl) a where a.grantee = 0
union all
select name || ' has no comment' from relation
where relkind in ('r', 'p', 'v') and not relispartition and obj_description(oid, 'pg_class') is null
union all
select r.name || '.' || a.attname || ' has no comment' from relation r join pg_attribute a on a.attrelid = r.oid
where r.relkind in ('r', 'p') and not r.relispartition and a.attnum > 0 and not a.attisdropped and col_description(r.oid, a.attnum) is null
union all
-- A record's stage and hold are told for any day as its row has them (services/search/room.h): who is to change them keeps their history.
select name || ' may be changed by ' || a.grantee::regrole from relation, aclexplode(relacl) a
where name = 'indexing.record' and a.privilege_type = 'UPDATE' and a.grantee <> relowner
union all
select rolname || ' passes row-level security by' from pg_roles where rolname ~ '^r7_' and rolname <> 'r7_migrate' and (rolbypassrls or rolsuper)
union all
select n.nspname || '.' || p.proname || ' runs as its definer without a fixed search_path' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.prosecdef and n.nspname !~ '^pg_' and not coalesce(p.proconfig::text ~ 'search_path=', false)
union all
-- Else it is parsed and planned anew at each execution of each statement that calls it.
select n.nspname || '.' || p.proname || ' is not bound when it is made (return, begin atomic), or has settings, so that no planner puts it in'
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
where l.lanname = 'sql' and not p.prosecdef and n.nspname !~ '^(pg_|information_schema)' and (p.prosqlbody is null or p.proconfig is not null)
order by 1;