-- How long what was reviewed of the log is kept: by dated decision, as the log itself (0045-log-kept.sql).
set local role r7_owner;

create table access.review_purge (
  id uuid primary key,
  tenant smallint not null,
  removed_before timestamptz not null,
  decided_by text not null check (length(decided_by) between 1 and 200),
  decided_at timestamptz not null,
  removed bigint not null default 0 check (removed >= 0),
  done_at timestamptz,
  check (removed_before at time zone 'UTC' <= decided_at at time zone 'UTC' - interval '5 years')
);
comment on table access.review_purge is 'Regions'' dated decisions to remove old reviews of the log; never of days within five years, nor any that is not judged.';
comment on column access.review_purge.id is 'The decision.';
comment on column access.review_purge.tenant is 'The region.';
comment on column access.review_purge.removed_before is 'Reviews of the days before are removed.';
comment on column access.review_purge.decided_by is 'Who decided, and where it is written.';
comment on column access.review_purge.decided_at is 'When it took effect.';
comment on column access.review_purge.removed is 'How many reviews it has removed.';
comment on column access.review_purge.done_at is 'When none was left.';
alter table access.review_purge enable row level security;
create policy review_purge_tenant on access.review_purge using (tenant = base.tenant());
grant select, insert on access.review_purge to r7_access;

-- The only way in which a review is removed. What rules and samples found of each day is still counted (review_day), and which days
-- were looked at; an outcome whose review was not made again after a restore goes too.
create function access.review_remove(decision uuid, most integer) returns bigint language plpgsql volatile security definer set search_path = '' as $$
declare
  purge access.review_purge;
  before date;
  old uuid[];
  gone bigint;
begin
  select * into purge from access.review_purge p where p.id = decision and p.tenant = base.tenant() and p.done_at is null for update;
  if purge.id is null or purge.removed_before > now() - interval '5 years' then
    return 0;
  end if;
  before := (purge.removed_before at time zone 'Europe/Stockholm')::date;
  select coalesce(array_agg(s.id), '{}') into old from (
    select r.id from access.review r where r.tenant = base.tenant() and r.day < before
      and exists (select from access.review_outcome o where o.tenant = r.tenant and o.review = r.id and (o.look = 2 or o.follow_up_on is null))
    order by r.day limit most) s;
  delete from access.review_drawn d where d.tenant = base.tenant() and d.review = any(old);
  delete from access.review_finding f where f.tenant = base.tenant() and f.review = any(old);
  delete from access.review r where r.tenant = base.tenant() and r.id = any(old);
  get diagnostics gone = row_count;
  delete from access.review_outcome o where o.tenant = base.tenant() and (o.review = any(old)
    or (o.decided_at < purge.removed_before and not exists (select from access.review r where r.id = o.review)));
  update access.review_purge p set removed = p.removed + gone, done_at = case when gone < most then now() end where p.id = decision;
  return gone;
end $$;
comment on function access.review_remove(uuid, integer) is 'Removes up to so many judged reviews that a decision in force says; says how many.';
revoke execute on function access.review_remove(uuid, integer) from public;
grant execute on function access.review_remove(uuid, integer) to r7_access;

reset role;
insert into base.migration (number, name) values (54, '0054-review-kept.sql');
