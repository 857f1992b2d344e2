-- What the database is, told so that a diff shows each change: owners, row-level security, policies, grants. Partitions are
-- left out: broken_rules.sql sees that nobody is granted anything on them.
\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' '

create temporary view relation as
  select n.nspname || '.' || c.relname as name, c.*
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('base', 'ingest', 'validation', 'preservation', 'indexing', 'access', 'keys', 'search', 'gateway', 'portal')
    and c.relkind in ('r', 'p', 'v', 'm', 'S') and not c.relispartition;

\echo # relations: kind, owner, row-level security (on, forced)
select case relkind when 'r' then 'table' when 'p' then 'partitioned' when 'v' then 'view' when 'm' then 'materialised' else 'sequence' end,
  name, relowner::regrole, case when relrowsecurity then 'security' else '-' end, case when relforcerowsecurity then 'forced' else '-' end
from relation order by name;

\echo # policies: command, roles, who sees, who writes
select schemaname || '.' || tablename, policyname, cmd, permissive, roles,
  'using ' || coalesce(qual, '-'), 'check ' || coalesce(with_check, '-')
from pg_policies order by 1, 2;

\echo # grants on relations
select name, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), string_agg(lower(a.privilege_type), ',' order by a.privilege_type)
from relation, aclexplode(relacl) a where a.grantee <> relowner
group by name, a.grantee order by 1, 2;

\echo # grants on columns
select r.name || '.' || attname, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), string_agg(lower(a.privilege_type), ',' order by a.privilege_type)
from relation r join pg_attribute on attrelid = r.oid, aclexplode(attacl) a
group by 1, 2 order by 1, 2;

\echo # schemas: owner, who may use
select nspname, nspowner::regrole, coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), string_agg(lower(a.privilege_type), ',' order by a.privilege_type)
from pg_namespace, aclexplode(nspacl) a
where nspname !~ '^pg_' and nspname <> 'information_schema' and a.grantee <> nspowner
group by nspname, nspowner, a.grantee order by 1, 3;

\echo # functions: owner, definer or invoker, volatility, leakproof, settings, who may run
select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', proowner::regrole,
  case when prosecdef then 'definer' else 'invoker' end, provolatile, case when proleakproof then 'leakproof' else '-' end,
  coalesce(proconfig::text, '-'), coalesce((select string_agg(coalesce(nullif(a.grantee, 0)::regrole::text, 'public'), ',' order by a.grantee) from aclexplode(proacl) a), 'public')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   or p.oid = 'pg_catalog.ts_match_vq(tsvector, tsquery)'::regprocedure
order by 1;

\echo # roles: login, superuser, row-level security passed by, member of
select rolname, rolcanlogin, rolsuper, rolbypassrls,
  coalesce((select string_agg(m.roleid::regrole::text, ',' order by 1) from pg_auth_members m where m.member = r.oid), '-')
from pg_roles r where rolname ~ '^r7_' and rolname <> 'r7_migrate' order by 1;
