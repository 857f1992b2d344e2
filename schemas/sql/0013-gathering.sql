-- Records that come one by one are gathered into deliveries; what is durable is removed from the topic (S13, S14).
set local role r7_owner;

create table ingest.gathering (
  id uuid primary key,
  tenant smallint not null,
  system text not null,
  agreement text not null,
  topic text not null,
  partition int not null check (partition >= 0),
  identity text not null,
  trace text,
  staged uuid not null,
  keys uuid[] not null,
  keys_used int not null check (keys_used between 1 and cardinality(keys)),
  records bigint not null check (records > 0),
  bytes bigint not null check (bytes > 0),
  extents int not null check (extents > 0),
  opened_at timestamptz not null,
  closed_at timestamptz,
  received_at timestamptz,
  version int not null default 0,
  check (received_at is null or closed_at is not null),
  foreign key (tenant, agreement) references ingest.agreement (tenant, id)
);
comment on table ingest.gathering is 'Single records of one agreement and partition, gathered until they are many, large or old enough; then it is one delivery.';
comment on column ingest.gathering.id is 'The delivery it becomes; fixed when it opens, as its OBJID and times are.';
comment on column ingest.gathering.tenant is 'The region.';
comment on column ingest.gathering.system is 'The source system, from the topic''s name.';
comment on column ingest.gathering.agreement is 'The submission agreement.';
comment on column ingest.gathering.topic is 'Where its records come.';
comment on column ingest.gathering.partition is 'Where its records come.';
comment on column ingest.gathering.identity is 'The delivery''s identity: ours, for no supplier named it.';
comment on column ingest.gathering.trace is 'The W3C trace id of its first record.';
comment on column ingest.gathering.staged is 'The folder of its spool that is written to now.';
comment on column ingest.gathering.keys is 'The file keys made for that folder, dozens at a time; each seals one extent.';
comment on column ingest.gathering.keys_used is 'How many of them are used.';
comment on column ingest.gathering.records is 'Records so far.';
comment on column ingest.gathering.bytes is 'Their bytes so far.';
comment on column ingest.gathering.extents is 'Extents so far.';
comment on column ingest.gathering.opened_at is 'When its first record came: the time of everything in its package.';
comment on column ingest.gathering.closed_at is 'When it was full or old enough: no more records.';
comment on column ingest.gathering.received_at is 'When its package was durable and its spool let go.';
comment on column ingest.gathering.version is 'Raised with each extent: a decision made on an older one is a conflict.';
create unique index gathering_open on ingest.gathering (tenant, topic, partition, agreement) where closed_at is null;
create index gathering_unfinished on ingest.gathering (tenant, opened_at) where received_at is null;
alter table ingest.gathering enable row level security;
create policy gathering_tenant on ingest.gathering using (tenant = base.tenant());

create table ingest.extent (
  tenant smallint not null,
  gathering uuid not null references ingest.gathering on delete cascade,
  number int not null check (number >= 0),
  first bigint not null check (first > 0),
  identities text[] not null,
  staged uuid not null,
  key uuid not null,
  bytes bigint not null check (bytes > 0),
  stored_bytes bigint not null check (stored_bytes > 0),
  primary key (gathering, number)
);
comment on table ingest.extent is 'The records of one poll: one sealed file of a gathering''s spool, until the package is durable; then the list of what the delivery held.';
comment on column ingest.extent.tenant is 'The region.';
comment on column ingest.extent.gathering is 'The gathering.';
comment on column ingest.extent.number is 'Its place in the spool, from 0.';
comment on column ingest.extent.first is 'The number of its first record in the package, from 1: the name of the record''s file.';
comment on column ingest.extent.identities is 'The supplier''s ids of its records, in order.';
comment on column ingest.extent.staged is 'The folder in staging.';
comment on column ingest.extent.key is 'Its file key, and the file''s name.';
comment on column ingest.extent.bytes is 'Plaintext bytes.';
comment on column ingest.extent.stored_bytes is 'Ciphertext bytes, without the age header.';
alter table ingest.extent enable row level security;
create policy extent_tenant on ingest.extent using (tenant = base.tenant());

create table ingest.record_offset (
  tenant smallint not null,
  topic text not null,
  partition int not null check (partition >= 0),
  agreement text not null,
  next bigint not null check (next > 0),
  primary key (topic, partition, agreement)
);
comment on table ingest.record_offset is 'How far the records of a place have been gathered: no row for each record, but this one, moved with each extent.';
comment on column ingest.record_offset.tenant is 'The region.';
comment on column ingest.record_offset.topic is 'The topic.';
comment on column ingest.record_offset.partition is 'The partition.';
comment on column ingest.record_offset.agreement is 'The submission agreement: records of several may share a partition.';
comment on column ingest.record_offset.next is 'Every record of the agreement below this offset is durable.';
alter table ingest.record_offset enable row level security;
create policy record_offset_tenant on ingest.record_offset using (tenant = base.tenant());

create table ingest.topic_place (
  tenant smallint not null,
  topic text not null,
  partition int not null check (partition >= 0),
  deleted_below bigint not null default 0 check (deleted_below >= 0),
  kept_from bigint check (kept_from >= 0),
  primary key (topic, partition)
);
comment on table ingest.topic_place is 'What has been removed from a topic, because it is durable here. A topic that begins below it is another one of the same name.';
comment on column ingest.topic_place.tenant is 'The region.';
comment on column ingest.topic_place.topic is 'The topic.';
comment on column ingest.topic_place.partition is 'The partition.';
comment on column ingest.topic_place.deleted_below is 'The brokers have acknowledged that they hold nothing below this offset.';
comment on column ingest.topic_place.kept_from is 'The first message that was set aside with its bytes on the topic only: nothing is removed from there on.';
alter table ingest.topic_place enable row level security;
create policy topic_place_tenant on ingest.topic_place using (tenant = base.tenant());

-- A refused message keeps its place until its topic is made again; then another message has it.
alter table ingest.quarantine alter column "offset" drop not null;
comment on column ingest.quarantine."offset" is 'Where it came; null once another topic has the name.';
comment on column ingest.delivery.records is 'Records: as gathered, then as indexed.';
comment on column ingest.delivery.identity is 'The supplier''s CloudEvents id; of gathered records, ours.';

grant select, insert, update on ingest.gathering to r7_ingest;
grant select, insert on ingest.extent to r7_ingest;
grant select, insert, update, delete on ingest.record_offset to r7_ingest;
grant select, insert, update, delete on ingest.topic_place to r7_ingest;
grant update ("offset") on ingest.quarantine to r7_ingest;

reset role;
insert into base.migration (number, name) values (13, '0013-gathering.sql');
