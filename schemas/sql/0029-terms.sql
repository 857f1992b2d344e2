-- Agreements say what may be delivered under them, and a region which formats it archives.
set local role r7_owner;

alter table ingest.agreement
  add column profiles text[] not null default '{}',
  add column content_types text[] not null default '{}',
  add column formats text[] not null default '{}',
  add column descriptions text[] not null default '{}',
  add column files_max bigint not null default 0 check (files_max >= 0),
  add column file_bytes_max bigint not null default 0 check (file_bytes_max >= 0);
comment on column ingest.agreement.profiles is 'The METS profiles (mets/@PROFILE) that packages may have; empty: any.';
comment on column ingest.agreement.content_types is 'The content information types (csip:CONTENTINFORMATIONTYPE, or the word that OTHER stands for); empty: any.';
comment on column ingest.agreement.formats is 'The PUIDs that content may have; empty: any that the format policy takes.';
comment on column ingest.agreement.descriptions is 'Paths in the package that must be there.';
comment on column ingest.agreement.files_max is 'Files in a package at most; 0: no limit.';
comment on column ingest.agreement.file_bytes_max is 'Bytes of a file at most; 0: no limit.';

create table ingest.format_policy (
  tenant smallint not null references access.tenant,
  information_type text not null default '' check (length(information_type) <= 32),
  puid text not null check (puid ~ '^((x-)?(fmt|sfw|chr)/[0-9]{1,6}|[*?])$'),
  valid_from timestamptz not null,
  verdict text not null check (verdict in ('approved', 'warned', 'refused')),
  reason text not null check (length(reason) between 1 and 500),
  decided_by uuid not null,
  decided_at timestamptz not null default now(),
  primary key (tenant, information_type, puid, valid_from)
);
comment on table ingest.format_policy is 'Which formats a region archives, where it has decided otherwise than the list in libcommon/validate/format_policy.def. The newest row in force when a delivery was received counts; earlier ones stay.';
comment on column ingest.format_policy.tenant is 'The region.';
comment on column ingest.format_policy.information_type is 'For deliveries of this type only, and before a row for all; empty: for all.';
comment on column ingest.format_policy.puid is 'PRONOM''s identifier; *: any other format, ?: one that is not known.';
comment on column ingest.format_policy.valid_from is 'From when.';
comment on column ingest.format_policy.verdict is 'approved, warned (accepted with a warning) or refused.';
comment on column ingest.format_policy.reason is 'Why, told in the finding.';
comment on column ingest.format_policy.decided_by is 'The user who decided.';
comment on column ingest.format_policy.decided_at is 'When it was decided.';
alter table ingest.format_policy enable row level security;
create policy format_policy_tenant on ingest.format_policy using (tenant = base.tenant());
grant select, insert, update on ingest.format_policy to r7_ingest;
grant select on ingest.format_policy to r7_validation;

reset role;
insert into base.migration (number, name) values (29, '0029-terms.sql');
