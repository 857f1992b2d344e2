-- What no room could use: where it lies, why, and what was decided of it.
set local role r7_owner;

create table base.set_aside (
  id uuid primary key,
  consumer text not null,
  tenant smallint not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  identity text not null,
  subject uuid not null,
  rule text not null,
  problem jsonb not null,
  state text not null default 'open' check (state in ('open', 'retried', 'discarded')),
  times int not null default 1 check (times > 0),
  set_aside_at timestamptz not null default now(),
  unique (consumer, topic, identity)
);
comment on table base.set_aside is 'Messages that a room could not use, with where they lie; never their bytes. A room passes over what is open or discarded, and takes what is to be tried again.';
comment on column base.set_aside.id is 'Made of room, topic and identity: the same when the message comes again.';
comment on column base.set_aside.consumer is 'The room.';
comment on column base.set_aside.tenant is 'The region; 0 when it could not be told.';
comment on column base.set_aside.topic is 'Where it came last.';
comment on column base.set_aside.partition is 'Where it came last.';
comment on column base.set_aside."offset" is 'Where it came last.';
comment on column base.set_aside.identity is 'The CloudEvents id of what rooms tell each other; of what comes from outside, partition/offset: a supplier''s id may be a person''s.';
comment on column base.set_aside.subject is 'The delivery, package or piece of work it is about; else made of its place.';
comment on column base.set_aside.rule is 'Why, as one word.';
comment on column base.set_aside.problem is 'Why, as a problem document (RFC 9457).';
comment on column base.set_aside.state is 'open: somebody has to decide; retried: taken when it comes again; discarded: never taken again.';
comment on column base.set_aside.times is 'How often it was set aside: each decision is of one time.';
comment on column base.set_aside.set_aside_at is 'When, the last time.';
create index on base.set_aside (set_aside_at) where state = 'open';
do $$
declare
  room text;
begin
  foreach room in array array['ingest', 'validation', 'preservation', 'indexing'] loop
    execute format('grant select, insert, update on base.set_aside to r7_%s', room);
  end loop;
end $$;

create table ingest.set_aside_decision (
  set_aside uuid not null,
  times int not null,
  tenant smallint not null,
  decision text not null check (decision in ('retried', 'discarded')),
  "user" uuid not null,
  reason text check (length(reason) between 1 and 1000),
  decided_at timestamptz not null default now(),
  primary key (set_aside, times),
  check ((decision = 'discarded') = (reason is not null))
);
comment on table ingest.set_aside_decision is 'Who decided what of a message that was set aside. Rows are only added.';
comment on column ingest.set_aside_decision.set_aside is 'The message.';
comment on column ingest.set_aside_decision.times is 'Which time of being set aside it is about.';
comment on column ingest.set_aside_decision.tenant is 'The region of the one who decided.';
comment on column ingest.set_aside_decision.decision is 'What.';
comment on column ingest.set_aside_decision."user" is 'Who.';
comment on column ingest.set_aside_decision.reason is 'Why it was discarded.';
comment on column ingest.set_aside_decision.decided_at is 'When.';
alter table ingest.set_aside_decision enable row level security;
create policy set_aside_decision_tenant on ingest.set_aside_decision using (tenant = base.tenant());
grant select, insert on ingest.set_aside_decision to r7_ingest;

reset role;
insert into base.migration (number, name) values (18, '0018-set-aside.sql');
