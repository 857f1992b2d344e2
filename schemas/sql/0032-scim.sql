-- Users and groups that a region's own directory brings (SCIM), and the rules by which a group gives assignments.
set local role r7_owner;

alter table access.principal drop constraint principal_kind_check;
alter table access.principal add constraint principal_kind_check check (kind in ('system', 'national_service', 'provisioner'));
alter table access.principal drop constraint principal_check;
alter table access.principal add constraint principal_check check ((kind in ('system', 'provisioner')) = (tenant is not null));
comment on table access.principal is 'Who may come in without being a person: a source system''s certificate by its CN, a national service''s by its HSA-id (subject serialNumber), a user-provisioning system''s by its CN or by its token. Rooms are known by their CN alone.';
comment on column access.principal.subject is 'CN or serialNumber; of a provisioning token "token-" and its SHA-256: the token itself is nowhere.';
comment on column access.principal.kind is 'system, national_service or provisioner.';
comment on column access.principal.tenant is 'The region of a source system or a provisioner.';
comment on column access.principal.name is 'The source system''s name in topics, or the service''s or provisioner''s name.';

alter table access."user"
  add column provisioned_at timestamptz,
  add column provisioned_until timestamptz,
  add column stopped_until timestamptz,
  add column removed_at timestamptz,
  add column modified_at timestamptz,
  add column version bigint not null default 1 check (version > 0),
  add column active boolean,
  add column external_id text,
  add column given_name text,
  add column family_name text,
  add column display_name text,
  add check (provisioned_at is not null or (provisioned_until is null and removed_at is null and active is null and
    external_id is null and given_name is null and family_name is null and display_name is null));
comment on column access."user".provisioned_at is 'When the region''s directory brought the account; null: it was made here, and the directory neither sees nor changes it.';
comment on column access."user".provisioned_until is 'The end that the directory set, and may lift.';
comment on column access."user".stopped_until is 'The end that an administrator set, which the directory does not lift: active_until is the earlier of both.';
update access."user" set stopped_until = active_until where active_until is not null;
comment on column access."user".removed_at is 'The directory removed it: then it has its id for login and name, and nothing else of the person.';
comment on column access."user".modified_at is 'When the directory last changed it.';
comment on column access."user".version is 'Raised by each change of the directory: its ETag.';
comment on column access."user".active is 'As the directory says; null, when it says nothing: let in as little as false.';
comment on column access."user".external_id is 'The directory''s own id.';
comment on column access."user".given_name is 'Given name.';
comment on column access."user".family_name is 'Family name.';
comment on column access."user".display_name is 'The name to show, as the directory says; name is made of it.';
create unique index on access."user" (tenant, hsa_id) where provisioned_at is not null;
create index on access."user" (tenant, external_id) where external_id is not null;

create table access.provisioned_group (
  id uuid primary key,
  tenant smallint not null references access.tenant,
  external_id text,
  display_name text not null,
  provisioned_at timestamptz not null,
  modified_at timestamptz not null,
  version bigint not null default 1 check (version > 0),
  removed_at timestamptz,
  unique (tenant, id)
);
comment on table access.provisioned_group is 'Groups of the region''s directory. To be in one opens nothing: access.group_rule does, where a local administrator has made one.';
comment on column access.provisioned_group.id is 'The group.';
comment on column access.provisioned_group.tenant is 'The region.';
comment on column access.provisioned_group.external_id is 'The directory''s own id.';
comment on column access.provisioned_group.display_name is 'Its name, which decides nothing.';
comment on column access.provisioned_group.provisioned_at is 'When the directory brought it.';
comment on column access.provisioned_group.modified_at is 'When the directory last changed it.';
comment on column access.provisioned_group.version is 'Raised by each change: its ETag.';
comment on column access.provisioned_group.removed_at is 'The directory removed it; its rules give nothing any more.';
alter table access.provisioned_group enable row level security;
create policy provisioned_group_tenant on access.provisioned_group using (tenant = base.tenant());

create table access.group_member (
  tenant smallint not null,
  "group" uuid not null,
  "user" uuid not null,
  since timestamptz not null,
  primary key (tenant, "group", "user"),
  foreign key (tenant, "group") references access.provisioned_group (tenant, id),
  foreign key (tenant, "user") references access."user" (tenant, id)
);
comment on table access.group_member is 'Who is in which group now. What it gave is history in access.assignment.';
comment on column access.group_member.tenant is 'The region.';
comment on column access.group_member."group" is 'The group.';
comment on column access.group_member."user" is 'The user.';
comment on column access.group_member.since is 'Since when.';
alter table access.group_member enable row level security;
create policy group_member_tenant on access.group_member using (tenant = base.tenant());
create index on access.group_member (tenant, "user");

create table access.group_rule (
  id uuid primary key,
  tenant smallint not null,
  "group" uuid not null,
  role text not null check (role in ('care_staff', 'registrar', 'finance', 'personnel', 'archivist', 'log_reviewer',
    'local_administrator', 'supplier', 'organisation_administrator')),
  unit text,
  care_unit text,
  care_provider text,
  purposes text[] not null check (purposes <@ array['care', 'administration', 'quality', 'registry', 'archive',
    'log_review', 'patient', 'system_test']),
  information_types text[] not null,
  analysis text not null check (analysis <> ''),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  unique (tenant, id),
  foreign key (tenant, "group") references access.provisioned_group (tenant, id)
);
comment on table access.group_rule is 'A local administrator''s rule: whoever is in the group has such an assignment, for as long as both last.';
comment on column access.group_rule.id is 'The rule.';
comment on column access.group_rule.tenant is 'The region.';
comment on column access.group_rule."group" is 'Whose members: by the group''s id, for a name is the directory''s to give.';
comment on column access.group_rule.role is 'As in access.assignment.';
comment on column access.group_rule.unit is 'As in access.assignment.';
comment on column access.group_rule.care_unit is 'As in access.assignment.';
comment on column access.group_rule.care_provider is 'As in access.assignment.';
comment on column access.group_rule.purposes is 'As in access.assignment.';
comment on column access.group_rule.information_types is 'As in access.assignment.';
comment on column access.group_rule.analysis is 'The needs-and-risk analysis it rests on.';
comment on column access.group_rule.valid_from is 'From when.';
comment on column access.group_rule.valid_until is 'Until when.';
alter table access.group_rule enable row level security;
create policy group_rule_tenant on access.group_rule using (tenant = base.tenant());
create index on access.group_rule (tenant, "group");

alter table access.assignment add column rule uuid;
alter table access.assignment add foreign key (tenant, rule) references access.group_rule (tenant, id);
comment on column access.assignment.rule is 'The rule that gave it; null: an administrator did.';
create index on access.assignment (rule) where rule is not null;

grant select, insert, update on access.provisioned_group, access.group_rule to r7_access;
grant select, insert, delete on access.group_member to r7_access;

reset role;
insert into base.migration (number, name) values (32, '0032-scim.sql');
