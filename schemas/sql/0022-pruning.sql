-- What was seen and what was decided is forgotten in bounded pieces, once nothing can ask for it (S2 in libcommon/README.md).
set local role r7_owner;

create index delivery_under_way on ingest.delivery (tenant, received_at)
  where removed_at is null and (accepted_at is null or stored_at is null or indexed_at is null);

-- The condition is the index's, word for word.
create function base.under_way_since() returns timestamptz
language sql stable set search_path = '' as $$
  select min(received_at) from ingest.delivery
  where tenant = base.tenant() and removed_at is null and (accepted_at is null or stored_at is null or indexed_at is null)
$$;
comment on function base.under_way_since() is
  'When the oldest delivery of the tenant that has not come to its end was received; null when all have. What rooms saw before is about deliveries that have.';

do $$
declare
  room text;
begin
  foreach room in array array['ingest', 'validation', 'preservation', 'indexing'] loop
    execute format($f$
      create index inbox_age on %1$I.inbox (tenant, seen_at);
      drop index %1$I.inbox_seen_at_idx;
      comment on table %1$I.inbox is 'Messages that were seen, with the events they made, so that a repeat can tell them again. A row goes 30 days after it was seen, when every delivery of the region that was received before it has come to its end.';
    $f$, room);
  end loop;
end $$;

create index set_aside_age on base.set_aside (tenant, set_aside_at) where state <> 'open';
comment on table base.set_aside is 'Messages that a room could not use, with where they lie; never their bytes. A room passes over what is open or discarded, and takes what is to be tried again. What was decided goes 90 days after it was set aside, when every delivery of the region that was received before has come to its end; the decision stays.';
-- One that is set aside again after that counts its times anew; that each is decided once, its own row says.
alter table ingest.set_aside_decision
  drop constraint set_aside_decision_pkey,
  add primary key (set_aside, times, decided_at);
grant delete on base.set_aside to r7_ingest;

reset role;
insert into base.migration (number, name) values (22, '0022-pruning.sql');
