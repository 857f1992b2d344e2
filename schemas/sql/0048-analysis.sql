-- Needs-and-risk analyses (behovs- och riskanalys, HSLF-FS 2016:40 4:2) are records of their own, and assignments rest on one.
set local role r7_owner;

create table access.analysis (
  tenant smallint not null references access.tenant,
  id text not null check (id ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  title text not null check (title <> ''),
  care_provider text,
  units text[] not null,
  purposes text[] not null check (purposes <@ array['care', 'administration', 'quality', 'registry', 'archive',
    'log_review', 'patient', 'system_test']),
  information_types text[] not null,
  decided_by text not null check (decided_by <> ''),
  decided_at timestamptz,
  document text,
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  review_by timestamptz,
  taken_over boolean not null default false,
  check (taken_over or (decided_at is not null and document is not null and review_by is not null)),
  primary key (tenant, id)
);
comment on table access.analysis is 'Needs-and-risk analyses (behovs- och riskanalys): which people need which information, what for, and at what risk. What one covers never changes; another decision is another analysis.';
comment on column access.analysis.tenant is 'The region.';
comment on column access.analysis.id is 'As the region calls it; in addresses and in the journal.';
comment on column access.analysis.title is 'In words; of one that is taken over, the text that stood on its assignments.';
comment on column access.analysis.care_provider is 'Whose: the care provider (vårdgivare) or authority. Null: for assignments that name none.';
comment on column access.analysis.units is 'The units and PDL care units it covers; empty: all of the care provider.';
comment on column access.analysis.purposes is 'What for.';
comment on column access.analysis.information_types is 'Which information types.';
comment on column access.analysis.decided_by is 'Who decided it.';
comment on column access.analysis.decided_at is 'When.';
comment on column access.analysis.document is 'Where the analysis itself is found: a number in a register, an address.';
comment on column access.analysis.valid_from is 'From when assignments may rest on it.';
comment on column access.analysis.valid_until is 'Until when: then they give nothing.';
comment on column access.analysis.review_by is 'When it must have been gone through again. It is told, and ends nothing.';
comment on column access.analysis.taken_over is 'Made of a text that stood on assignments: nothing new rests on it until its decision is told.';
alter table access.analysis enable row level security;
create policy analysis_tenant on access.analysis using (tenant = base.tenant());
grant select, insert, update on access.analysis to r7_access;
grant select on access.analysis to r7_ingest, r7_preservation, r7_search, r7_gateway, r7_indexing;

-- Roles that show nothing need none.
alter table access.assignment alter column analysis drop not null;
alter table access.group_rule alter column analysis drop not null;
update access.assignment set analysis = null
  where role in ('local_administrator', 'central_administrator', 'operator', 'supplier', 'organisation_administrator');
update access.group_rule set analysis = null where role in ('local_administrator', 'supplier', 'organisation_administrator');

create temporary table carried on commit drop as
  select t.tenant, t.text, 'taken-over-' || substr(encode(sha256(convert_to(t.text, 'UTF8')), 'hex'), 1, 16) as id, min(t.valid_from) as valid_from
  from (select tenant, analysis as text, valid_from from access.assignment
    union all select tenant, analysis, valid_from from access.group_rule
    union all select tenant, fact ->> 'analysis', proposed_at from access.proposal where state = 'waiting' and kind in ('assignment', 'group_rule')) t
  where t.text is not null group by t.tenant, t.text;
insert into access.analysis (tenant, id, title, units, purposes, information_types, decided_by, valid_from, taken_over)
  select tenant, id, text, '{}', '{}', '{}', 'taken over', valid_from, true from carried;
update access.assignment a set analysis = c.id from carried c where c.tenant = a.tenant and c.text = a.analysis;
update access.group_rule a set analysis = c.id from carried c where c.tenant = a.tenant and c.text = a.analysis;
update access.proposal p set fact = jsonb_set(p.fact, '{analysis}', to_jsonb(c.id)) from carried c
  where c.tenant = p.tenant and p.state = 'waiting' and p.kind in ('assignment', 'group_rule') and c.text = p.fact ->> 'analysis';

alter table access.assignment add foreign key (tenant, analysis) references access.analysis (tenant, id);
alter table access.group_rule add foreign key (tenant, analysis) references access.analysis (tenant, id);
create index on access.assignment (tenant, analysis);
comment on column access.assignment.analysis is 'The needs-and-risk analysis (behovs- och riskanalys) it rests on. Null: the role shows nothing.';
comment on column access.group_rule.analysis is 'The needs-and-risk analysis it rests on. Null: the role shows nothing.';

reset role;
insert into base.migration (number, name) values (48, '0048-analysis.sql');
