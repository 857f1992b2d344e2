-- 60,000 records of two regions and 3,000 persons, spread over every partition: enough that a plan that reads a partition from
-- end to end is one the planner thinks cheaper than any index.
insert into indexing.record (package, person, content_hmac, occurred_at, part, number, shard, tenant, type, category, status, archive_creator,
                             source_system, source_id, reference, words)
select md5('package' || n / 500)::uuid, md5('person' || n % 3000)::uuid, md5('content' || n)::uuid, timestamptz '1990-01-01' + n * interval '1 hour', 0, n,
  n % 3000 % 1024, 1 + n % 2, 'care', 'voo', 'signed', 'Region', 'SE1', n::text,
  case when n % 4 = 0 then 'R ' || n end, case when n % 4 = 1 then to_tsvector('swedish', 'ord' || n % 700 || ' anteckning') end
from generate_series(1, 60000) n;
analyze indexing.record;
