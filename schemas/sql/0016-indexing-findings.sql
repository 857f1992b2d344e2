-- What indexing could not read, place by place; and a smaller way in to a person's records.
set local role r7_owner;

create table indexing.finding (
  package uuid not null references indexing.package on delete cascade,
  part int not null,
  number int not null,
  tenant smallint not null,
  place bigint,
  row_number bigint,
  column_name text,
  rule text not null,
  why text not null,
  unreadable boolean not null,
  primary key (package, part, number)
);
comment on table indexing.finding is 'What is wrong or odd in the files that tell of records. A place and a reason, never a value or a file''s name: a name may hold a personal number, and is looked up in the sealed entry index for whoever may see it.';
comment on column indexing.finding.package is 'The package.';
comment on column indexing.finding.part is 'The part that met it; -1: the package was cut into parts, or could not be.';
comment on column indexing.finding.number is 'From 0 in the part; the first thousand of a part are kept.';
comment on column indexing.finding.tenant is 'The region.';
comment on column indexing.finding.place is 'Where the file stands in the entry index; null when it is about the package.';
comment on column indexing.finding.row_number is 'As people count: the header is row 1, in XML the first element; null when it is about the file.';
comment on column indexing.finding.column_name is 'The column or element that the mapping names; null when it is about the row.';
comment on column indexing.finding.rule is 'A stable word: bad_row, bad_value, unknown_value, other_type, bad_file …';
comment on column indexing.finding.why is 'In words.';
comment on column indexing.finding.unreadable is 'It gave no record; else a record that lacks what was wrong.';
alter table indexing.finding enable row level security;
create policy finding_tenant on indexing.finding using (tenant = base.tenant());
grant select, insert, delete on indexing.finding to r7_indexing;
grant insert (id, tenant, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose,
  records, what, reasons, obligations, reason, request, trace, salt) on access.disclosure to r7_indexing;

-- A person's records stand under one key in the tree, so a record costs its place there and nothing more (73 bytes less).
-- Type and time never ended a search early: every statement sorts what it finds of a person, and that is little.
drop index indexing.record_person;
create index record_person on indexing.record (shard, tenant, person);

reset role;
insert into base.migration (number, name) values (16, '0016-indexing-findings.sql');
