-- People accept and return deliveries; packages refer to earlier ones; what is not kept is purged whole.
set local role r7_owner;

alter table ingest.agreement
  add column accept_within interval not null default '90 days',
  add column keep_test interval not null default '30 days';
comment on column ingest.agreement.keep_rejected is 'How long rejected and returned bytes are kept.';
comment on column ingest.agreement.accept_within is 'How long a delivery may await acceptance before it is returned by itself.';
comment on column ingest.agreement.keep_test is 'How long a TEST delivery is kept after it passed.';

alter table ingest.delivery
  add column about uuid references ingest.delivery,
  add column superseded_at timestamptz,
  add column discarded_at timestamptz,
  add column removed_at timestamptz,
  add column state text not null generated always as (
    case when removed_at is not null then 'removed'
         when rejected_at is not null then 'rejected'
         when returned_at is not null then 'returned'
         when validated_at is null then 'received'
         when record_status = 'TEST' then 'test'
         when accepted_at is null then 'awaiting_acceptance'
         when superseded_at is not null then 'superseded'
         when stored_at is null then 'accepted'
         when indexed_at is null then 'archived'
         else 'searchable' end) stored,
  add check (superseded_at is null or accepted_at is not null),
  add check (removed_at is null or discarded_at is not null),
  add check (accepted_at is null or discarded_at is null);
comment on column ingest.delivery.rule is 'What it was rejected by, or the reason word of its return.';
comment on column ingest.delivery.about is 'The delivery that it supplements, replaces or is the next version of; set when it is accepted.';
comment on column ingest.delivery.superseded_at is 'When a REPLACEMENT or VERSION of it was accepted: it is kept, and no longer shown.';
comment on column ingest.delivery.discarded_at is 'When its time was over: from then on every room lets go of it. Committed before anything is destroyed.';
comment on column ingest.delivery.removed_at is 'When nothing of it was left but this row, its receipts and its counts.';
comment on column ingest.delivery.state is 'The last milestone in words.';

-- What may be destroyed was never accepted; the bytes may come again once it is.
drop index ingest.delivery_same_bytes;
create unique index delivery_same_bytes on ingest.delivery (tenant, sha256)
  where kind <> 'record' and rejected_at is null and returned_at is null and discarded_at is null;
-- OBJID is unique among current accepted packages; a SUPPLEMENT stands beside the one that it extends, with its OBJID.
drop index ingest.delivery_objid;
create unique index delivery_current on ingest.delivery (tenant, objid)
  where accepted_at is not null and superseded_at is null and record_status in ('NEW', 'REPLACEMENT', 'VERSION');
create index delivery_state on ingest.delivery (tenant, state, received_at desc);

create table ingest.decision (
  delivery uuid primary key references ingest.delivery,
  tenant smallint not null,
  what text not null check (what in ('accepted', 'returned')),
  reason text not null,
  note text,
  decided_by uuid,
  decided_at timestamptz not null
);
comment on table ingest.decision is 'Who accepted or returned a delivery, and why: one decision for each, never changed. An agreement that accepts by itself writes none.';
comment on column ingest.decision.delivery is 'The delivery.';
comment on column ingest.decision.tenant is 'The region.';
comment on column ingest.decision.what is 'accepted or returned.';
comment on column ingest.decision.reason is 'A word of services/ingest/reasons.def; the receipt has it too.';
comment on column ingest.decision.note is 'In the archivist''s own words; stays here and goes into no event, receipt or journal.';
comment on column ingest.decision.decided_by is 'The user; null when the time of the agreement ran out.';
comment on column ingest.decision.decided_at is 'When.';
alter table ingest.decision enable row level security;
create policy decision_tenant on ingest.decision using (tenant = base.tenant());

create table ingest.command (
  tenant smallint not null,
  subject uuid not null,
  route text not null,
  key text not null check (length(key) between 1 and 64),
  sha256 bytea not null check (length(sha256) = 32),
  made_at timestamptz not null default now(),
  primary key (tenant, subject, route, key)
);
comment on table ingest.command is 'Commands over HTTP that were carried out, by the caller''s Idempotency-Key: the same one again changes nothing. Pruned after 30 days.';
comment on column ingest.command.tenant is 'The region.';
comment on column ingest.command.subject is 'The user.';
comment on column ingest.command.route is 'The operation.';
comment on column ingest.command.key is 'The Idempotency-Key.';
comment on column ingest.command.sha256 is 'SHA-256 of path and body: the same key for another request is refused.';
comment on column ingest.command.made_at is 'When.';
alter table ingest.command enable row level security;
create policy command_tenant on ingest.command using (tenant = base.tenant());
create index command_age on ingest.command (tenant, made_at);

grant select, insert on ingest.decision to r7_ingest;
grant select, insert, delete on ingest.command to r7_ingest;
grant delete on preservation.package, preservation.segment, preservation.copy to r7_preservation;
-- That a package was removed is a PREMIS event; who comes late to it finds that.
grant select on preservation.event to r7_indexing;
-- Keys are destroyed for a delivery that is discarded, and for no other.
grant select (id, tenant, package, discarded_at) on ingest.delivery to r7_keys;

reset role;
insert into base.migration (number, name) values (14, '0014-acceptance.sql');
