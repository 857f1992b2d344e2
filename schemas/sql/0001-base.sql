-- Roles, the expect function, and the tables that every room has alike.
-- Read libcommon/README.md ("Tables") before changing anything here.

do $$
declare
  role text;
begin
  -- The owner of every table: nobody logs in as it, only migrate may become it.
  if not exists (select from pg_roles where rolname = 'r7_owner') then
    create role r7_owner nologin;
  end if;
  foreach role in array array['ingest', 'validation', 'preservation', 'indexing', 'access', 'keys', 'search', 'gateway'] loop
    if not exists (select from pg_roles where rolname = 'r7_' || role) then
      execute format('create role %I login nobypassrls', 'r7_' || role);
    end if;
  end loop;
end $$;

grant r7_owner to current_user;
revoke all on schema public from public;

create schema base authorization r7_owner;
create schema ingest authorization r7_owner;
create schema validation authorization r7_owner;
create schema preservation authorization r7_owner;
create schema indexing authorization r7_owner;
create schema access authorization r7_owner;
create schema keys authorization r7_owner;
create schema search authorization r7_owner;
create schema gateway authorization r7_owner;

set local role r7_owner;

create table base.migration (
  number int primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
comment on table base.migration is 'Each migration that has been applied registers itself here.';
comment on column base.migration.number is 'The number in front of the file''s name.';
comment on column base.migration.name is 'The file''s name.';
comment on column base.migration.applied_at is 'When.';

create function base.expect(hit bigint, wanted bigint) returns bigint
language plpgsql immutable set search_path = '' as $$
begin
  if hit is distinct from wanted then
    raise exception 'expected % rows, hit %', wanted, hit using errcode = 'R7001';
  end if;
  return hit;
end $$;
comment on function base.expect(bigint, bigint) is
  'Raises R7001 (a conflict) when a statement did not hit the rows it must: the server, not the client, enforces row counts.';

create function base.tenant() returns smallint
language sql stable parallel safe set search_path = '' as $$
  select nullif(current_setting('r7.tenant', true), '')::smallint
$$;
comment on function base.tenant() is
  'The tenant of this transaction, or null. After a local setting has ended its value is '''', not null.';

create table base.suspect (
  consumer text not null,
  topic text not null,
  partition int not null,
  identity text not null,
  attempts int not null default 0,
  since timestamptz not null default now(),
  primary key (consumer, topic, partition, identity)
);
comment on table base.suspect is 'Messages that were in a batch when the process died. Each is tried alone, three times, then set aside.';
comment on column base.suspect.consumer is 'The room.';
comment on column base.suspect.topic is 'The topic.';
comment on column base.suspect.partition is 'The partition.';
comment on column base.suspect.identity is 'The offset, as text.';
comment on column base.suspect.attempts is 'How often it was tried alone.';
comment on column base.suspect.since is 'When it was first suspected.';

-- Inbox, outbox and staged rows, alike in every room that works with messages. The room is the only writer.
do $$
declare
  room text;
begin
  foreach room in array array['ingest', 'validation', 'preservation', 'indexing'] loop
    execute format($f$
      create table %1$I.inbox (
        consumer text not null,
        topic text not null,
        identity text not null,
        tenant smallint not null,
        events jsonb not null,
        seen_at timestamptz not null default now(),
        primary key (consumer, topic, identity)
      );
      comment on table %1$I.inbox is 'Messages that were seen, with the events they made, so that a repeat can tell them again. Pruned 90 days after it was seen: a message told again later is decided again, with the same result.';
      comment on column %1$I.inbox.consumer is 'Who saw it.';
      comment on column %1$I.inbox.topic is 'The topic it came on.';
      comment on column %1$I.inbox.identity is 'The CloudEvents id.';
      comment on column %1$I.inbox.tenant is 'The region.';
      comment on column %1$I.inbox.events is 'The events it made, as they went to the outbox.';
      comment on column %1$I.inbox.seen_at is 'When its effects were committed.';
      create index on %1$I.inbox (seen_at);

      create table %1$I.outbox (
        id bigint generated always as identity primary key,
        event uuid not null,
        tenant smallint not null,
        topic text not null,
        type text not null,
        subject text not null,
        sequence bigint not null,
        trace text,
        data jsonb not null,
        made_at timestamptz not null default now()
      );
      comment on table %1$I.outbox is 'Events on their way to Kafka. The postman deletes a row once the brokers acknowledged it.';
      comment on column %1$I.outbox.id is 'The order of making; no promise of the order of committing.';
      comment on column %1$I.outbox.event is 'The CloudEvents id: made of room, subject, topic and sequence.';
      comment on column %1$I.outbox.tenant is 'The region.';
      comment on column %1$I.outbox.topic is 'Where it goes.';
      comment on column %1$I.outbox.type is 'The CloudEvents type.';
      comment on column %1$I.outbox.subject is 'What it is about; also the Kafka key.';
      comment on column %1$I.outbox.sequence is 'The order among the events of a subject.';
      comment on column %1$I.outbox.trace is 'The W3C trace id.';
      comment on column %1$I.outbox.data is 'The event.';
      comment on column %1$I.outbox.made_at is 'When.';

      create table %1$I.staged (
        id uuid primary key,
        tenant smallint not null,
        keys uuid[] not null,
        lease_until timestamptz not null,
        claimed boolean not null default false
      );
      comment on table %1$I.staged is 'Folders under staging that this room has leased; committed before their first byte. The sweeper takes what has no row, or a dead lease nobody claimed.';
      comment on column %1$I.staged.id is 'The folder''s name.';
      comment on column %1$I.staged.tenant is 'The region.';
      comment on column %1$I.staged.keys is 'The file keys made for it.';
      comment on column %1$I.staged.lease_until is 'Until when an unclaimed folder is left alone.';
      comment on column %1$I.staged.claimed is 'A committed row names it: it lives until that row lets it go.';
      alter table %1$I.staged enable row level security;
      create policy staged_tenant on %1$I.staged using (tenant = base.tenant());

      grant usage on schema %1$I to r7_%1$s;
      grant select, insert, delete on %1$I.inbox to r7_%1$s;
      -- The last of several parts adds the event of the whole to the message that closed it.
      grant update (events) on %1$I.inbox to r7_%1$s;
      grant select, insert, delete on %1$I.outbox to r7_%1$s;
      grant select, insert, update, delete on %1$I.staged to r7_%1$s;
    $f$, room);
  end loop;
  foreach room in array array['ingest', 'validation', 'preservation', 'indexing', 'access', 'keys', 'search', 'gateway'] loop
    execute format('grant usage on schema base, access to r7_%s', room);
    execute format('grant usage on schema %I to r7_%s', room, room);
    execute format('grant select on base.migration to r7_%s', room);
    execute format('grant select, insert, update, delete on base.suspect to r7_%s', room);
  end loop;
end $$;

reset role;
insert into base.migration (number, name) values (1, '0001-base.sql');
