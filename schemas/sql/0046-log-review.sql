-- Log review (HSLF-FS 2016:40 4 kap 9 §, PDL 4:3): samples by a published seed, risk rules as data, a queue, outcomes.
set local role r7_owner;

create table access.review_rules (
  id uuid primary key,
  tenant smallint not null,
  valid_from timestamptz not null,
  rules jsonb not null check (jsonb_typeof(rules) = 'object' and length(rules::text) <= 32768),
  decided_by text not null check (length(decided_by) between 1 and 200),
  decided_at timestamptz not null,
  unique (tenant, valid_from)
);
comment on table access.review_rules is 'What a region has decided on log review: samples, risk rules, times. The newest that holds when a day begins is what the day is looked at by.';
comment on column access.review_rules.id is 'The decision.';
comment on column access.review_rules.tenant is 'The region.';
comment on column access.review_rules.valid_from is 'From when.';
comment on column access.review_rules.rules is 'As schemas/log-review/rules.schema.json has it.';
comment on column access.review_rules.decided_by is 'Who decided.';
comment on column access.review_rules.decided_at is 'When it was recorded.';
alter table access.review_rules enable row level security;
create policy review_rules_tenant on access.review_rules using (tenant = base.tenant());

create table access.marked_person (
  tenant smallint not null,
  person uuid not null,
  kind text not null check (kind in ('well_known', 'threatened', 'other')),
  marked_by uuid not null,
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until is null or valid_from < valid_until),
  primary key (tenant, person)
);
comment on table access.marked_person is 'Persons each access to whose records is an alert, by pseudonym; kept by named officers (access.identity_officer).';
comment on column access.marked_person.tenant is 'The region.';
comment on column access.marked_person.person is 'The pseudonym.';
comment on column access.marked_person.kind is 'Why: well known, threatened, other.';
comment on column access.marked_person.marked_by is 'The officer.';
comment on column access.marked_person.valid_from is 'From when.';
comment on column access.marked_person.valid_until is 'Until when.';
alter table access.marked_person enable row level security;
create policy marked_person_tenant on access.marked_person using (tenant = base.tenant());

create table access.staff_person (
  tenant smallint not null,
  "user" uuid not null,
  person uuid not null,
  primary key (tenant, "user"),
  foreign key (tenant, "user") references access."user" (tenant, id)
);
comment on table access.staff_person is 'Which identity is whose among the staff, by pseudonym: so that reading one''s own or a colleague''s record is seen.';
comment on column access.staff_person.tenant is 'The region.';
comment on column access.staff_person."user" is 'The user.';
comment on column access.staff_person.person is 'The user''s own pseudonym as a patient.';
alter table access.staff_person enable row level security;
create policy staff_person_tenant on access.staff_person using (tenant = base.tenant());
create index on access.staff_person (tenant, person);

create table access.review_period (
  id uuid primary key,
  tenant smallint not null,
  begins date not null,
  ends date not null,
  per text not null check (per in ('unit', 'care_provider')),
  rows_each integer not null check (rows_each between 1 and 1000),
  seed bytea not null check (length(seed) = 32),
  published_at timestamptz not null,
  drawn_at timestamptz,
  unique (tenant, begins),
  check (begins < ends)
);
comment on table access.review_period is 'Periods of which a sample is drawn, each with its seed, which is public before the period begins: of each unit or care provider the rows whose SHA-256("r7e-draw-v1" ‖ seed ‖ id) is least.';
comment on column access.review_period.id is 'The period.';
comment on column access.review_period.tenant is 'The region.';
comment on column access.review_period.begins is 'Its first day, in Swedish time.';
comment on column access.review_period.ends is 'The day after its last.';
comment on column access.review_period.per is 'Of each of what as many rows are drawn.';
comment on column access.review_period.rows_each is 'How many rows of each.';
comment on column access.review_period.seed is '32 random bytes.';
comment on column access.review_period.published_at is 'When the seed was public.';
comment on column access.review_period.drawn_at is 'When the sample was drawn.';
alter table access.review_period enable row level security;
create policy review_period_tenant on access.review_period using (tenant = base.tenant());

create table access.review_day (
  tenant smallint not null,
  day date not null,
  rules uuid not null references access.review_rules,
  lines bigint not null default 0,
  reviews bigint not null default 0,
  left_out bigint not null default 0,
  done_at timestamptz not null default now(),
  primary key (tenant, day)
);
comment on table access.review_day is 'Days of the log that the rules have been laid on, whole or not at all.';
comment on column access.review_day.tenant is 'The region.';
comment on column access.review_day.day is 'In Swedish time.';
comment on column access.review_day.rules is 'By which decision.';
comment on column access.review_day.lines is 'How many rows of the log were looked at.';
comment on column access.review_day.reviews is 'How many reviews the rules made.';
comment on column access.review_day.left_out is 'How many more there would have been, but for the decision''s most_per_day.';
comment on column access.review_day.done_at is 'When.';
alter table access.review_day enable row level security;
create policy review_day_tenant on access.review_day using (tenant = base.tenant());

create table access.review_candidate (
  tenant smallint not null,
  period uuid not null references access.review_period,
  disclosure uuid not null,
  stratum text not null,
  rank bytea not null,
  primary key (tenant, period, disclosure)
);
comment on table access.review_candidate is 'Of each day that has passed of a period the rows that may be drawn; gone when the sample is.';
comment on column access.review_candidate.tenant is 'The region.';
comment on column access.review_candidate.period is 'The period.';
comment on column access.review_candidate.disclosure is 'The row of the log.';
comment on column access.review_candidate.stratum is 'The unit or care provider; empty for none.';
comment on column access.review_candidate.rank is 'By which it is drawn.';
alter table access.review_candidate enable row level security;
create policy review_candidate_tenant on access.review_candidate using (tenant = base.tenant());

create table access.review (
  id uuid primary key,
  tenant smallint not null,
  day date not null,
  subject text not null,
  subject_name text not null,
  assignment uuid not null,
  role text,
  unit text,
  care_provider text,
  person uuid,
  lines bigint not null check (lines > 0),
  first_at timestamptz not null,
  last_at timestamptz not null,
  score integer not null default 0,
  due_on date not null,
  made_at timestamptz not null default now(),
  taken_by uuid,
  taken_at timestamptz,
  check ((taken_by is null) = (taken_at is null))
);
comment on table access.review is 'What is to be judged: what one of the staff did about one patient on one day. Its id is made of these, so a day that is looked at again makes the same.';
comment on column access.review.id is 'The review.';
comment on column access.review.tenant is 'The region.';
comment on column access.review.day is 'The day, in Swedish time.';
comment on column access.review.subject is 'Who did it: the user''s id.';
comment on column access.review.subject_name is 'As it was called then.';
comment on column access.review.assignment is 'In which assignment.';
comment on column access.review.role is 'Its role.';
comment on column access.review.unit is 'Its unit.';
comment on column access.review.care_provider is 'Its care provider, who answers for the review.';
comment on column access.review.person is 'The patient''s pseudonym; null: about nobody in particular.';
comment on column access.review.lines is 'How many rows of the log pointed at it.';
comment on column access.review.first_at is 'The first of them.';
comment on column access.review.last_at is 'The last of them.';
comment on column access.review.score is 'The weights of the rules together; 0: drawn only.';
comment on column access.review.due_on is 'Until when it is to be judged.';
comment on column access.review.made_at is 'When it came into the queue.';
comment on column access.review.taken_by is 'The reviewer who has it in hand.';
comment on column access.review.taken_at is 'Since when.';
alter table access.review enable row level security;
create policy review_tenant on access.review using (tenant = base.tenant());
create index review_day_score on access.review (tenant, day, score);

create table access.review_finding (
  tenant smallint not null,
  review uuid not null references access.review,
  rule text not null,
  swedish text not null,
  english text not null,
  weight integer not null check (weight between 1 and 100),
  lines bigint not null check (lines > 0),
  primary key (tenant, review, rule)
);
comment on table access.review_finding is 'Which rules pointed at it, as they were worded then.';
comment on column access.review_finding.tenant is 'The region.';
comment on column access.review_finding.review is 'The review.';
comment on column access.review_finding.rule is 'The rule''s name.';
comment on column access.review_finding.swedish is 'What it says.';
comment on column access.review_finding.english is 'The same.';
comment on column access.review_finding.weight is 'How much it weighs.';
comment on column access.review_finding.lines is 'How many rows of the log it found.';
alter table access.review_finding enable row level security;
create policy review_finding_tenant on access.review_finding using (tenant = base.tenant());

create table access.review_drawn (
  tenant smallint not null,
  period uuid not null references access.review_period,
  disclosure uuid not null,
  stratum text not null,
  review uuid not null references access.review,
  primary key (tenant, period, disclosure)
);
comment on table access.review_drawn is 'The samples: rows of the log that were drawn, and the review of each.';
comment on column access.review_drawn.tenant is 'The region.';
comment on column access.review_drawn.period is 'The period.';
comment on column access.review_drawn.disclosure is 'The row of the log.';
comment on column access.review_drawn.stratum is 'The unit or care provider it was drawn for; empty for none.';
comment on column access.review_drawn.review is 'The review.';
alter table access.review_drawn enable row level security;
create policy review_drawn_tenant on access.review_drawn using (tenant = base.tenant());
create index on access.review_drawn (tenant, review);

create table access.review_outcome (
  id uuid primary key,
  tenant smallint not null,
  review uuid not null,
  look smallint not null check (look in (1, 2)),
  outcome text not null check (outcome in ('no_remark', 'explained', 'to_be_investigated', 'reported')),
  text text not null check (length(text) between 1 and 4000),
  decided_by uuid not null,
  decided_at timestamptz not null,
  follow_up_on date check (look = 1 or follow_up_on is null),
  unique (tenant, review, look)
);
comment on table access.review_outcome is 'What was found, as HSLF-FS 2016:40 4 kap 9 § wants it documented: once, and once more when a second look was wanted. No foreign key: after a restore the outcome may be back before the review is made again.';
comment on column access.review_outcome.id is 'The outcome.';
comment on column access.review_outcome.tenant is 'The region.';
comment on column access.review_outcome.review is 'The review.';
comment on column access.review_outcome.look is '1, or 2 for the second look.';
comment on column access.review_outcome.outcome is 'No remark, explained, to be investigated, reported (to the care provider''s head, to IVO or the police).';
comment on column access.review_outcome.text is 'What the reviewer wrote.';
comment on column access.review_outcome.decided_by is 'The reviewer.';
comment on column access.review_outcome.decided_at is 'When.';
comment on column access.review_outcome.follow_up_on is 'When to look again.';
alter table access.review_outcome enable row level security;
create policy review_outcome_tenant on access.review_outcome using (tenant = base.tenant());

-- A day of a region's log is read by this, never the whole.
create index disclosure_at on access.disclosure (tenant, at);
create index emergency_from on access.emergency (tenant, valid_from);

grant select, insert, update on access.review_rules, access.marked_person, access.staff_person, access.review_period, access.review_day,
  access.review, access.review_outcome to r7_access;
grant select, insert on access.review_finding, access.review_drawn to r7_access;
grant select, insert, delete on access.review_candidate to r7_access;

reset role;
insert into base.migration (number, name) values (46, '0046-log-review.sql');
