-- The sealed log's key may change: the checkpoint by which one key hands over to the next stays, so that who was given the first
-- believes the newest (LOG.md in services/access).
set local role r7_owner;

create table access.log_key_change (
  tenant smallint not null,
  size bigint not null check (size > 0),
  before text not null check (before <> ''),
  key text not null check (key <> '' and key <> before),
  checkpoint text not null check (checkpoint <> ''),
  changed_at timestamptz not null,
  primary key (tenant, size)
);
comment on table access.log_key_change is 'When a region''s log got another key, and the proof: a checkpoint that names the new key, signed by both.';
comment on column access.log_key_change.tenant is 'The region.';
comment on column access.log_key_change.size is 'How many leaves the log had: that checkpoint is the last by the one key and the first by the other.';
comment on column access.log_key_change.before is 'The verifier key until then.';
comment on column access.log_key_change.key is 'The verifier key from then on.';
comment on column access.log_key_change.checkpoint is 'The checkpoint that both signed.';
comment on column access.log_key_change.changed_at is 'When it was sealed.';
alter table access.log_key_change enable row level security;
create policy log_key_change_tenant on access.log_key_change using (tenant = base.tenant());
grant select, insert on access.log_key_change to r7_access;

reset role;
insert into base.migration (number, name) values (53, '0053-log-key-changes.sql');
