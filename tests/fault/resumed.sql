-- How soon rooms went on after each death (temporary table death: room, at): seconds to the next message that the room had
-- finished; after a server's or that of keys, each room's. One that was followed by another before that is passed over: what is
-- measured then is the other.
with finished as (
    select 'ingest' as room, received_at as at from ingest.delivery union all select 'ingest', seen_at from ingest.inbox
    union all select 'validation', seen_at from validation.inbox union all select 'preservation', seen_at from preservation.inbox
    union all select 'indexing', seen_at from indexing.inbox
), resumed as (
    select w.room, d.at as died, (select extract(epoch from min(f.at)) from finished f
        where f.room = w.room and f.at > to_timestamp(d.at)) as went_on
    from death d join (values ('ingest'), ('validation'), ('preservation'), ('indexing')) w (room)
    on d.room = w.room or d.room in ('keys', 'server')
)
select round((went_on - died)::numeric, 1) from resumed r where went_on is not null and not exists (
    select from death e where e.room in (r.room, 'keys', 'server') and e.at > r.died and e.at < r.went_on) order by 1;
