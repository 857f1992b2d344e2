-- What must never be found when all deliveries have ended; a line for each that is.
select 'delivery ' || id || ' is validated and rejected' from ingest.delivery where validated_at is not null and rejected_at is not null
union all
select 'delivery ' || d.id || ' has ' || count(p.id) || ' packages' from ingest.delivery d
left join preservation.package p on p.delivery = d.id where d.stored_at is not null group by d.id having count(p.id) <> 1
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
select 'preservation claims folder ' || s.id from preservation.staged s where s.claimed;
