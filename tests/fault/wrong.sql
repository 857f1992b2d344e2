-- What must never be found when all deliveries have ended; a line for each that is.
select 'delivery ' || id || ' is validated and rejected' from ingest.delivery where validated_at is not null and rejected_at is not null
union all
select 'delivery ' || d.id || ' has ' || count(p.id) || ' packages' from ingest.delivery d
left join preservation.package p on p.delivery = d.id where d.stored_at is not null and d.removed_at is null group by d.id having count(p.id) <> 1
union all
select 'package ' || p.id || ' has ' || count(c.location) || ' copies' from preservation.package p
left join preservation.copy c on c.package = p.id group by p.id having count(c.location) <> 2
union all
select 'package ' || p.id || ' has ' || count(s.number) || ' delivered segments' from preservation.package p
left join preservation.segment s on s.package = p.id and s.kind = 'delivered' group by p.id, p.bytes
having count(s.number) <> (p.bytes - 1) / 67108864 + 1
union all
select 'package ' || p.id || ' counts ' || p.records || ' records and has ' || count(r.package) from indexing.package p
left join indexing.record r on r.package = p.id group by p.id having count(r.package) <> p.records or p.records = 0 or p.parts_left <> 0
union all
select 'package ' || package || ' has a record twice' from indexing.record
group by package, driver, path, row_offset, number having count(*) > 1
union all
select 'topic ' || topic || ' ' || partition || '/' || "offset" || ' is quarantined ' || count(*) || ' times' from ingest.quarantine
group by topic, partition, "offset" having count(*) > 1
union all
select 'segment of package ' || s.package || ' has a key that no header has' from preservation.segment s
where not exists (select from keys.header h where h.id = s.key)
union all
select 'ingest claims folder ' || s.id || ' and nothing names it' from ingest.staged s where s.claimed
and not exists (select from ingest.delivery d where d.staged = s.id and d.stored_at is null)
and not exists (select from ingest.quarantine q where q.id = s.id)
union all
select 'validation claims folder ' || s.id || ' and nothing names it' from validation.staged s where s.claimed
and not exists (select from validation.sealed w where w.staged = s.id)
union all
select 'validation keeps folder ' || w.staged || ' of a stored delivery' from validation.sealed w
join ingest.delivery d on d.id = w.delivery where d.stored_at is not null
union all
select 'preservation claims folder ' || s.id from preservation.staged s where s.claimed
union all
select 'upload ' || u.id || ' is left of a stored delivery' from ingest.upload u join ingest.delivery d on d.id = u.delivery where d.stored_at is not null
union all
select 'announcement ' || id || ' waits' from ingest.announcement
union all
select 'gathering ' || id || ' is no delivery' from ingest.gathering where received_at is null
union all
select 'record ' || r.id || ' is gathered ' || count(*) || ' times' from ingest.extent e, unnest(e.identities) r(id) group by r.id having count(*) > 1
union all
select 'delivery ' || d.id || ' gathered ' || sum(cardinality(e.identities)) || ' records and counts ' || d.records from ingest.delivery d
join ingest.extent e on e.gathering = d.id where d.indexed_at is not null group by d.id having sum(cardinality(e.identities)) <> d.records
union all
select 'record ' || r.id || ' is found ' || count(i.package) || ' times' from ingest.extent e cross join unnest(e.identities) r(id)
join ingest.delivery d on d.id = e.gathering and d.indexed_at is not null
left join indexing.record i on i.package = d.package and i.source_id = r.id group by r.id having count(i.package) <> 1
union all
select what || ' is left of removed delivery ' || d.id from ingest.delivery d cross join lateral (
    select 'a package' from preservation.package p where p.delivery = d.id union all select 'a segment' from preservation.segment s where s.package = d.package
    union all select 'a copy' from preservation.copy c where c.package = d.package union all select 'work' from preservation.work w where w.delivery = d.id
    union all select 'a record' from indexing.record r where r.package = d.package union all select 'an index' from indexing.package p where p.id = d.package
    union all select 'what validation sealed' from validation.sealed s where s.delivery = d.id
    union all select 'a sealed segment' from ingest.segment s where s.delivery = d.id
    union all select 'a folder' from ingest.staged s where s.id = d.staged) w(what) where d.removed_at is not null;
