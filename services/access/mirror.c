/* The mirror of services that keep blocks. What they say stands in access.block and
 * access.block_lift with the service as its source, and follows from the service alone: it is in no
 * journal, and after a restore it is fetched again before anything is opened by it. */
#include "services/access/mirror.h"
#include "services/access/block_services.h"

#include "base/base.h"
#include "base/log.h"
#include "domain/person.h"

enum { PIECE = 500, HOURS_WHOLE = 6 };
#define HOUR_US (INT64_C(3600) * 1000000)

struct place {
    struct str next_from;
    struct str latest_cancellation;
    struct instant whole_at;
};
static const struct field place_fields[] = {FIELD(struct place, next_from, OPTIONAL),
                                            FIELD(struct place, latest_cancellation, OPTIONAL),
                                            FIELD(struct place, whole_at, OPTIONAL), FIELDS_END};

/* One care provider's blocks at one service, under way. */
struct fetch {
    struct worker *worker;
    struct arena *arena;
    int32_t tenant;
    struct str pseudonym_key;
    struct soap_service service;
    struct str name;
    struct str care_provider;
    struct instant began;
    bool whole;
    struct strs seen_blocks; /* of a whole fetch: the ids there */
    struct strs seen_lifts;
    struct str *blocks;
    struct str *lifts;
    size_t block_room;
    size_t lift_room;
};

static struct uuid id_of(const struct fetch *f, const char *kind, struct str id)
{
    char region[16];
    snprintf(region, sizeof region, "%d", (int)f->tenant);
    return UUID_FROM(str_from(kind), str_from(region), f->name, id);
}

static struct str *see(struct arena *arena, struct str *all, size_t *room, struct strs *seen,
                       struct str id)
{
    if (seen->count == *room) {
        size_t more = *room == 0 ? 1024 : 2 * *room;
        struct str *new = ARENA_ARRAY(arena, struct str, more);
        if (seen->count > 0)
            memcpy(new, all, seen->count * sizeof *all);
        *room = more;
        all = new;
    }
    all[seen->count++] = id;
    seen->at = all;
    return all;
}

static void add_lift(struct fetch *f, struct batch *batch, const struct mirror_block *block,
                     struct uuid person, const struct mirror_lift *lift)
{
    struct uuid block_id = id_of(f, "block", block->id);
    batch_add(batch, &access_mirror_lift,
              VALUES(V(id_of(f, "lift", lift->id)), V(person), V(block->outer),
                     V(block->care_provider), V(block->care_unit), V(lift->for_unit),
                     V(lift->for_employee), V(block_id), V(f->began), V(lift->until), V(f->name),
                     V(lift->id)));
}

static void add_block(struct fetch *f, struct batch *batch, const struct mirror_block *block)
{
    const struct identity_told told = {.number = block->number, .type = block->id_type};
    struct identity identity = identity_read(&told, f->arena);
    struct uuid person = person_pseudonym(f->pseudonym_key, &identity);
    batch_add(batch, &access_mirror_block,
              VALUES(V(id_of(f, "block", block->id)), V(person), V(block->outer),
                     V(block->care_provider), V(block->care_unit), V(block->records_from),
                     V(block->records_until), V(block->excluded), V(f->began), V(f->name),
                     V(block->id)));
    f->blocks = see(f->arena, f->blocks, &f->block_room, &f->seen_blocks, block->id);
    for (size_t i = 0; i < block->lift_count; i++) {
        add_lift(f, batch, block, person, &block->lifts[i]);
        f->lifts = see(f->arena, f->lifts, &f->lift_room, &f->seen_lifts, block->lifts[i].id);
    }
}

/* Some at a time; each row says itself what it is, so that it may come twice. */
static struct err *take(struct fetch *f, const struct mirror_answer *answer)
{
    for (size_t i = 0; i < answer->count;) {
        struct batch *batch = batch_new(worker_db(f->worker), f->tenant, f->arena);
        for (size_t n = 0; n < PIECE && i < answer->count; n++, i++)
            add_block(f, batch, &answer->blocks[i]);
        TRY(batch_run(batch));
    }
    return NULL;
}

/* Answer after answer, until one says nothing that was not known: the time to ask from is included,
 * so the last block of an answer comes with the next one too. */
static struct err *fetch_all(struct fetch *f, struct str from, struct mirror_answer *last)
{
    for (size_t answers = 0; answers < MIRROR_ANSWERS_MAX; answers++) {
        struct mirror_answer answer = {0};
        TRY(mirror_ask(&f->service, f->care_provider, from, f->arena, &answer));
        TRY(take(f, &answer));
        *last = answer;
        if (answer.count == 0 || str_equal(answer.next_from, from))
            return NULL;
        from = answer.next_from;
    }
    return err_new(ERR_TRANSIENT, "the block service's answers do not come to an end");
}

static struct err *find_place(const struct fetch *f, struct place *out)
{
    struct rows rows = {0};
    struct load *load = load_new(worker_db(f->worker), f->tenant, f->arena);
    LOAD(load, &access_select_mirror, place_fields, struct place, &rows, V(f->name),
         V(f->care_provider));
    TRY(load_run(load));
    if (rows.count > 0)
        *out = *ROW(struct place, rows, 0);
    return NULL;
}

/* What is no more there has ended, whatever was first seen before this fetch began: another replica
 * may have written what is newer. Then, and only then, the mirror is as fresh as when it began. */
static struct err *finish(struct fetch *f, const struct mirror_answer *last)
{
    struct batch *batch = batch_new(worker_db(f->worker), f->tenant, f->arena);
    if (f->whole) {
        batch_add(batch, &access_mirror_end_blocks,
                  VALUES(V(f->name), V(f->care_provider), V(f->seen_blocks), V(f->began)));
        batch_add(batch, &access_mirror_end_lifts,
                  VALUES(V(f->name), V(f->care_provider), V(f->seen_lifts), V(f->began)));
    }
    batch_add(batch, &access_mirror_refreshed,
              VALUES(V(f->name), V(f->care_provider), V(last->next_from),
                     V(last->latest_cancellation), V(f->whole), V(f->began)));
    return batch_run(batch);
}

static struct err *fetch_provider(struct fetch *f)
{
    struct place place = {0};
    struct mirror_answer last = {0};
    TRY(find_place(f, &place));
    bool old = !place.whole_at.known ||
               instant_before(place.whole_at, instant_add(f->began, -HOURS_WHOLE * HOUR_US));
    f->whole = f->whole || old || place.next_from.len == 0;
    TRY(fetch_all(f, f->whole ? (struct str){0} : place.next_from, &last));
    if (!f->whole && !str_equal(last.latest_cancellation, place.latest_cancellation)) {
        f->whole = true;
        f->seen_blocks.count = f->seen_lifts.count = 0;
        TRY(fetch_all(f, (struct str){0}, &last));
    }
    return finish(f, &last);
}

struct err *mirror_refresh(const struct house *house, struct worker *worker, int32_t tenant,
                           const struct block_service *service, struct str care_provider,
                           bool whole)
{
    const struct access_settings *own = house->settings;
    autoarena struct arena *arena = arena_new(MIRROR_ARENA);
    struct fetch f = {.worker = worker,
                      .arena = arena,
                      .tenant = tenant,
                      .service = {.url = own->blocks_url,
                                  .logical_address = service->logical_address,
                                  .certificate = own->national_cert,
                                  .key = own->national_key,
                                  .ca = own->national_ca,
                                  .timeout_ms = SOAP_DEADLINE_MS,
                                  .answer_max = MIRROR_ANSWER_MAX},
                      .name = service->name,
                      .care_provider = care_provider,
                      .began = worker_now(worker),
                      .whole = whole};
    if (f.service.url.len == 0)
        return err_new(ERR_UNSUPPORTED, "this house is not connected to a block service");
    TRY(worker_pseudonym_key(worker, tenant, arena, &f.pseudonym_key));
    return fetch_provider(&f);
}
