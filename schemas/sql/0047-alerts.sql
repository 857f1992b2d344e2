-- Alerts: emergency access and access to marked persons, as rows made in the transaction of what they tell of, and where they are sent.
set local role r7_owner;

create table access.alert (
  id uuid primary key,
  tenant smallint not null,
  kind text not null check (kind in ('emergency', 'marked_person')),
  key uuid not null,
  at timestamptz not null default clock_timestamp(),
  subject text not null,
  subject_name text not null,
  unit text,
  care_provider text,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  unique (tenant, key),
  check ((acknowledged_by is null) = (acknowledged_at is null))
);
comment on table access.alert is 'What local administrators are to know within a minute. It never says whom it is about. Of a reader and a marked person there is one each hour.';
comment on column access.alert.id is 'The alert; of an emergency the same as the emergency''s.';
comment on column access.alert.tenant is 'The region.';
comment on column access.alert.kind is 'emergency: records of other care providers were opened in an emergency; marked_person: somebody looked at a marked person.';
comment on column access.alert.key is 'What there is one alert of.';
comment on column access.alert.at is 'When.';
comment on column access.alert.subject is 'Who did it: the user''s id.';
comment on column access.alert.subject_name is 'As it was called then.';
comment on column access.alert.unit is 'In which unit.';
comment on column access.alert.care_provider is 'Of which care provider.';
comment on column access.alert.acknowledged_by is 'The local administrator who has it in hand.';
comment on column access.alert.acknowledged_at is 'Since when.';
alter table access.alert enable row level security;
create policy alert_tenant on access.alert using (tenant = base.tenant());
create index alert_open on access.alert (tenant, at) where acknowledged_at is null;

create table access.alert_rule (
  tenant smallint primary key,
  escalate_minutes integer not null check (escalate_minutes between 1 and 10080),
  decided_by text not null check (length(decided_by) between 1 and 200)
);
comment on table access.alert_rule is 'Regions'' decisions on alerts.';
comment on column access.alert_rule.tenant is 'The region.';
comment on column access.alert_rule.escalate_minutes is 'After so long without acknowledgement an alert goes to the second receivers too; 15 where nothing is decided.';
comment on column access.alert_rule.decided_by is 'Who decided.';
alter table access.alert_rule enable row level security;
create policy alert_rule_tenant on access.alert_rule using (tenant = base.tenant());

create table access.alert_receiver (
  tenant smallint not null,
  name text not null check (name ~ '^[a-z][a-z0-9-]{0,31}$'),
  step smallint not null check (step in (1, 2)),
  address text not null check (length(address) between 1 and 500 and (address like 'https://%' or address like 'mailto:%')),
  secret text check (length(secret) between 1 and 64),
  since timestamptz not null,
  stopped_at timestamptz,
  next_at timestamptz not null default '-infinity',
  failures integer not null default 0 check (failures >= 0),
  failed_at timestamptz,
  failure text check (length(failure) <= 500),
  primary key (tenant, name)
);
comment on table access.alert_receiver is 'Where a region''s alerts are sent: a webhook or a mailbox. They carry the alert''s id, kind and time.';
comment on column access.alert_receiver.tenant is 'The region.';
comment on column access.alert_receiver.name is 'What the region calls it.';
comment on column access.alert_receiver.step is '1: at once; 2: when nobody has acknowledged it in time.';
comment on column access.alert_receiver.address is 'https:// or mailto:.';
comment on column access.alert_receiver.secret is 'The file that signs what is sent to a webhook, in R7_ALERT_SECRETS; the secret itself is in no table.';
comment on column access.alert_receiver.since is 'Since when; earlier alerts are not sent.';
comment on column access.alert_receiver.stopped_at is 'Nothing is sent any more.';
comment on column access.alert_receiver.next_at is 'It is not tried before: somebody is sending to it, or it failed a moment ago.';
comment on column access.alert_receiver.failures is 'So many in a row.';
comment on column access.alert_receiver.failed_at is 'When it failed last.';
comment on column access.alert_receiver.failure is 'How.';
alter table access.alert_receiver enable row level security;
create policy alert_receiver_tenant on access.alert_receiver using (tenant = base.tenant());

create table access.alert_delivery (
  tenant smallint not null,
  alert uuid not null references access.alert,
  receiver text not null,
  delivered_at timestamptz not null default now(),
  primary key (tenant, alert, receiver),
  foreign key (tenant, receiver) references access.alert_receiver
);
comment on table access.alert_delivery is 'Which alert a receiver has taken. One that was cut off in between may have it twice, with the same id.';
comment on column access.alert_delivery.tenant is 'The region.';
comment on column access.alert_delivery.alert is 'The alert.';
comment on column access.alert_delivery.receiver is 'The receiver.';
comment on column access.alert_delivery.delivered_at is 'When.';
alter table access.alert_delivery enable row level security;
create policy alert_delivery_tenant on access.alert_delivery using (tenant = base.tenant());

-- Rooms that disclose can add to the log and nothing else, so this is done for them, in the same transaction.
create function access.alert_of_disclosure() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from access.marked_person m where m.tenant = new.tenant and m.valid_from <= new.at
      and (m.valid_until is null or new.at < m.valid_until))
    and exists (select from access.marked_person m where m.tenant = new.tenant and m.valid_from <= new.at
      and (m.valid_until is null or new.at < m.valid_until)
      and (m.person = new.person or m.person = any(array(select i.person from indexing.person_identities(array[new.person], new.at) i))))
  then
    insert into access.alert (id, tenant, kind, key, at, subject, subject_name, unit, care_provider)
    values (gen_random_uuid(), new.tenant, 'marked_person',
      md5(concat_ws('|', 'marked_person', new.subject, new.person, date_trunc('hour', new.at, 'UTC')))::uuid,
      new.at, new.subject, new.subject_name, new.unit, new.care_provider)
    on conflict (tenant, key) do nothing;
  end if;
  return null;
end $$;
comment on function access.alert_of_disclosure() is 'An alert for each look at a marked person, by whatever identity; in the transaction of the look.';
revoke execute on function access.alert_of_disclosure() from public;
create trigger alert_of_disclosure after insert on access.disclosure for each row
  when (new.person is not null and new.subject_kind = 'person') execute function access.alert_of_disclosure();

insert into access.alert (id, tenant, kind, key, at, subject, subject_name, unit, care_provider)
  select e.id, e.tenant, 'emergency', e.id, e.valid_from, u.id::text, u.name, a.unit, a.care_provider from access.emergency e
  join access."user" u on u.id = e."user" join access.assignment a on a.id = e.assignment where e.seen_at is null;
comment on table access.emergency is 'Emergency accesses (nödöppningar): one user, one patient, a written reason, hours. Each is an alert of the same id.';

grant select, insert, update on access.alert, access.alert_rule, access.alert_receiver to r7_access;
grant select, insert on access.alert_delivery to r7_access;

reset role;
insert into base.migration (number, name) values (47, '0047-alerts.sql');
