-- The index: records, the identities they are about, and how far each package has come.
set local role r7_owner;

create table indexing.package (
  id uuid primary key,
  tenant smallint not null,
  delivery uuid not null,
  agreement text not null,
  root text not null,
  parts int not null,
  parts_left int not null check (parts_left >= 0),
  records bigint not null default 0,
  unreadable bigint not null default 0,
  indexed_at timestamptz
);
comment on table indexing.package is 'A package being indexed, and what came of it.';
comment on column indexing.package.id is 'The package.';
comment on column indexing.package.tenant is 'The region.';
comment on column indexing.package.delivery is 'The delivery.';
comment on column indexing.package.agreement is 'The submission agreement.';
comment on column indexing.package.root is 'The folder that everything in it lies in, with its /; put before every path of a record. Empty when there is none.';
comment on column indexing.package.parts is 'Parts in all.';
comment on column indexing.package.parts_left is 'Parts not done.';
comment on column indexing.package.records is 'Records so far.';
comment on column indexing.package.unreadable is 'Rows and files that gave no record.';
comment on column indexing.package.indexed_at is 'When all of it was.';
alter table indexing.package enable row level security;
create policy package_tenant on indexing.package using (tenant = base.tenant());

create table indexing.part (
  package uuid not null references indexing.package on delete cascade,
  number int not null,
  tenant smallint not null,
  path text not null,
  place bigint not null,
  files int not null check (files > 0),
  first_byte bigint not null,
  last_byte bigint not null,
  first_row bigint not null,
  records bigint not null default 0,
  unreadable bigint not null default 0,
  done_at timestamptz,
  primary key (package, number)
);
comment on table indexing.part is 'A range of driver bytes that one worker reads: rows of an index file, or a run of files.';
comment on column indexing.part.package is 'The package.';
comment on column indexing.part.number is 'From 0.';
comment on column indexing.part.tenant is 'The region.';
comment on column indexing.part.path is 'The driver: an index file, or the first of a run of files.';
comment on column indexing.part.place is 'Where the first of its files stands in the entry index.';
comment on column indexing.part.files is 'How many files; they are read whole when there are several.';
comment on column indexing.part.first_byte is 'Where it begins in its one file.';
comment on column indexing.part.last_byte is 'The byte after its end in its one file.';
comment on column indexing.part.first_row is 'The number of the row it begins at.';
comment on column indexing.part.records is 'Records it gave.';
comment on column indexing.part.unreadable is 'Rows or files that gave none.';
comment on column indexing.part.done_at is 'When.';
alter table indexing.part enable row level security;
create policy part_tenant on indexing.part using (tenant = base.tenant());

-- Wide text columns come last; fixed ones first and largest first, so that no byte is spent on padding.
create table indexing.record (
  package uuid not null,
  person uuid not null,
  content_hmac uuid not null,
  occurred_at timestamptz,
  ended_at timestamptz,
  documented_at timestamptz,
  authored_at timestamptz,
  signed_at timestamptz,
  row_offset bigint not null default 0,
  "offset" bigint not null default 0,
  length bigint not null default 0,
  row_length bigint not null default 0,
  part int not null,
  number int not null,
  shard smallint not null check (shard between 0 and 1023),
  tenant smallint not null,
  hold boolean not null default false,
  approved_for_patient boolean not null default false,
  protected_person boolean not null default false,
  restricted boolean not null default false,
  dissent boolean not null default false,
  type text not null,
  category text not null,
  status text not null check (status in ('unsigned', 'signed', 'corrected', 'nullified')),
  stage text not null default 'intermediate' check (stage in ('intermediate', 'final')),
  path text,
  attachments text[],
  driver text,
  title text,
  reference text,
  belongs_to text,
  author_id text,
  author_name text,
  author_role text,
  unit_id text,
  unit_name text,
  unit text,
  care_unit text,
  care_provider text,
  responsible_authority text,
  archive_creator text not null,
  source_system text not null,
  source_id text,
  version text,
  predecessor text,
  words tsvector,
  primary key (shard, tenant, package, part, number)
) partition by hash (shard);
comment on table indexing.record is 'A record (S24). The row is small; the content stays in the vault and is read by its place. What the source said is never changed.';
comment on column indexing.record.package is 'The package it lies in.';
comment on column indexing.record.person is 'Pseudonym of the identity it is about; the package itself when it is about nobody.';
comment on column indexing.record.occurred_at is 'The event (händelsetid); what a block is compared with.';
comment on column indexing.record.ended_at is 'End of a care contact, closing of a case.';
comment on column indexing.record.documented_at is 'When the document was made.';
comment on column indexing.record.authored_at is 'When it was written (authorTime).';
comment on column indexing.record.signed_at is 'When it was signed.';
comment on column indexing.record.row_offset is 'Where its row or element begins in the driver.';
comment on column indexing.record."offset" is 'Where it begins in the file at path.';
comment on column indexing.record.length is 'Its bytes there; 0 = to the end of the file.';
comment on column indexing.record.row_length is 'Bytes of the row or element.';
comment on column indexing.record.part is 'The part that read it.';
comment on column indexing.record.number is 'Its number in the part.';
comment on column indexing.record.shard is 'First ten bits of person.';
comment on column indexing.record.tenant is 'The region.';
comment on column indexing.record.hold is 'May not be removed.';
comment on column indexing.record.approved_for_patient is 'approvedForPatient as delivered.';
comment on column indexing.record.protected_person is 'Protected personal data noted in the source.';
comment on column indexing.record.restricted is 'Secrecy noted on the record itself.';
comment on column indexing.record.dissent is 'Holds the patient''s dissenting opinion.';
comment on column indexing.record.type is 'Information type.';
comment on column indexing.record.category is 'RIV-TA categorization (voo, dia, vko); case or document.';
comment on column indexing.record.status is 'unsigned, signed, corrected, nullified (makulerad).';
comment on column indexing.record.stage is 'intermediate (mellanarkiv) or final (slutarkiv).';
comment on column indexing.record.path is 'The file in the package, below its root folder; null when the row itself is all there is.';
comment on column indexing.record.attachments is 'Further files of the same record, in order.';
comment on column indexing.record.driver is 'The index file that described it; null when it is the file itself.';
comment on column indexing.record.title is 'Title.';
comment on column indexing.record.reference is 'Diary number (diarienummer) or another reference people ask by.';
comment on column indexing.record.belongs_to is 'The care contact or case it is part of, by its source id.';
comment on column indexing.record.author_id is 'HSA-id as delivered.';
comment on column indexing.record.author_name is 'As delivered.';
comment on column indexing.record.author_role is 'As delivered.';
comment on column indexing.record.unit_id is 'Unit as delivered.';
comment on column indexing.record.unit_name is 'Its name as delivered.';
comment on column indexing.record.unit is 'The unit as mapped to the register.';
comment on column indexing.record.care_unit is 'PDL care unit (vårdenhet).';
comment on column indexing.record.care_provider is 'Care provider (vårdgivare): the legal border.';
comment on column indexing.record.responsible_authority is 'Who answers for it; changes at handover.';
comment on column indexing.record.archive_creator is 'Archive creator (arkivbildare).';
comment on column indexing.record.source_system is 'The system that made it; RIV-TA LogicalAddress.';
comment on column indexing.record.source_id is 'Its id there; null when the source told none.';
comment on column indexing.record.version is 'Its version there.';
comment on column indexing.record.predecessor is 'What it replaces.';
comment on column indexing.record.content_hmac is 'First 16 bytes of HMAC-SHA256, under the pseudonym key, of its row or element and of the digests of its files: a record sent again is folded at reading.';
comment on column indexing.record.words is 'Full text, for information types that have it.';
do $$
begin
  for i in 0..63 loop
    execute format('create table indexing.record_%s partition of indexing.record for values with (modulus 64, remainder %s)',
                   lpad(i::text, 2, '0'), i);
  end loop;
end $$;
alter table indexing.record enable row level security;
create policy record_tenant on indexing.record using (tenant = base.tenant());
create index record_person on indexing.record (shard, tenant, person, type, occurred_at desc);
create index record_reference on indexing.record (tenant, type, reference) where reference is not null;
create index record_words on indexing.record using gin (words) where words is not null;

create table indexing.person_link (
  id uuid primary key,
  tenant smallint not null,
  person uuid not null,
  other uuid not null,
  source text not null check (source in ('national_person_service', 'local_decision')),
  assurance text not null,
  decided_by text not null,
  reason text not null,
  valid_from timestamptz not null default now(),
  valid_until timestamptz,
  revoked_at timestamptz,
  check (person <> other)
);
comment on table indexing.person_link is 'Two identities (pseudonyms) of one person: from the national person service or a documented local decision, never from name or birth date.';
comment on column indexing.person_link.id is 'The link.';
comment on column indexing.person_link.tenant is 'The region.';
comment on column indexing.person_link.person is 'One pseudonym.';
comment on column indexing.person_link.other is 'The other.';
comment on column indexing.person_link.source is 'Who says so.';
comment on column indexing.person_link.assurance is 'How sure.';
comment on column indexing.person_link.decided_by is 'The service, or the decision maker.';
comment on column indexing.person_link.reason is 'Why.';
comment on column indexing.person_link.valid_from is 'From when.';
comment on column indexing.person_link.valid_until is 'Until when.';
comment on column indexing.person_link.revoked_at is 'Withdrawn.';
alter table indexing.person_link enable row level security;
create policy person_link_tenant on indexing.person_link using (tenant = base.tenant());
create index on indexing.person_link (tenant, person);
create index on indexing.person_link (tenant, other);

create table indexing.engagement (
  tenant smallint not null,
  person uuid not null,
  category text not null,
  source_system text not null,
  care_provider text not null,
  most_recent_content timestamptz,
  records bigint not null,
  primary key (tenant, person, category, source_system, care_provider)
);
comment on table indexing.engagement is 'What the engagement index must know: one row per person, category, source system and care provider.';
comment on column indexing.engagement.tenant is 'The region.';
comment on column indexing.engagement.person is 'The pseudonym.';
comment on column indexing.engagement.category is 'RIV-TA categorization.';
comment on column indexing.engagement.source_system is 'LogicalAddress.';
comment on column indexing.engagement.care_provider is 'Data controller.';
comment on column indexing.engagement.most_recent_content is 'The latest event.';
comment on column indexing.engagement.records is 'Records that stand behind it.';
alter table indexing.engagement enable row level security;
create policy engagement_tenant on indexing.engagement using (tenant = base.tenant());

grant select, insert, update, delete on indexing.package, indexing.part, indexing.engagement to r7_indexing;
grant select, insert, delete on indexing.record to r7_indexing;
grant select, insert, update on indexing.person_link to r7_indexing;
do $$
declare
  room text;
begin
  foreach room in array array['search', 'gateway'] loop
    execute format('grant usage on schema indexing to r7_%1$s; grant select on indexing.record, indexing.person_link, indexing.package to r7_%1$s', room);
  end loop;
end $$;

reset role;
-- Row-level security lets only leakproof operators use an index, and a text match is none by PostgreSQL's own mark.
alter function pg_catalog.ts_match_vq(tsvector, tsquery) leakproof;
comment on function pg_catalog.ts_match_vq(tsvector, tsquery) is
  'LEAKPROOF by r7e: it raises no error and prints nothing that depends on its arguments, and without the mark a text search under row-level security reads the whole table.';
insert into base.migration (number, name) values (6, '0006-indexing.sql');
