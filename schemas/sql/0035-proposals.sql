-- What opens access widely waits for a second local administrator.
set local role r7_owner;

create table access.proposal (
  id uuid primary key,
  tenant smallint not null references access.tenant,
  kind text not null check (kind <> ''),
  fact jsonb not null,
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  expires_at timestamptz not null check (proposed_at < expires_at),
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'refused')),
  decided_by uuid,
  decided_at timestamptz,
  check ((state = 'waiting') = (decided_at is null)),
  check (state <> 'approved' or decided_by <> proposed_by)
);
comment on table access.proposal is 'Changes that take effect when another local administrator approves them (services/access/two_persons.def). They stay when they are decided.';
comment on column access.proposal.id is 'The proposal.';
comment on column access.proposal.tenant is 'The region.';
comment on column access.proposal.kind is 'The kind of change, as in the journal.';
comment on column access.proposal.fact is 'What it would change, whole.';
comment on column access.proposal.proposed_by is 'Who proposed it.';
comment on column access.proposal.proposed_at is 'When.';
comment on column access.proposal.expires_at is 'Until when it can be approved.';
comment on column access.proposal.state is 'waiting, approved or refused; one that has expired goes on waiting in vain.';
comment on column access.proposal.decided_by is 'Who decided: for an approval never who proposed.';
comment on column access.proposal.decided_at is 'When.';
alter table access.proposal enable row level security;
create policy proposal_tenant on access.proposal using (tenant = base.tenant());
create index on access.proposal (tenant, expires_at) where state = 'waiting';
grant select, insert, update on access.proposal to r7_access;

reset role;
insert into base.migration (number, name) values (35, '0035-proposals.sql');
