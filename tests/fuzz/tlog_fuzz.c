/* Any bytes as what `r7 log verify` is given: a row of an extract, its head, a line of the journal,
 * a checkpoint, the path of a tile. */
#include "base/base.h"
#include "tlog/batch.h"
#include "tlog/note.h"
#include "tlog/row.h"
#include "tlog/tile_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

/* Which has one way to be written. */
static void read_path(struct str text)
{
    struct tile_place place;
    autobuf struct buf again = buf_new(1024);
    if (!tile_path_parse(text, &place))
        return;
    tile_path_print(&place, &again);
    assert(str_starts(buf_str(&again), S("tile/")) &&
           str_equal(str_slice(buf_str(&again), 5, again.len), text));
}

static void read_line(struct str text, struct arena *arena)
{
    struct log_batch batch = {0};
    bool is_log = false;
    if (log_batch_read(text, arena, &is_log, &batch) == NULL && is_log)
        assert(log_batch_rows(&batch) <= LOG_BATCH_MAX &&
               batch.commitments.raw.len == log_batch_rows(&batch) * 32);
}

static void read_extract(struct str text, struct arena *arena)
{
    struct log_told told = {0};
    struct log_extract_head head = {0};
    if (log_extract_read(text, S("region-a"), arena, &told) == NULL)
        assert(told.leaf >= 0 && told.is_removed == uuid_is_nil(told.id));
    if (log_extract_head_read(text, arena, &head) == NULL)
        assert(str_equal(head.format, S(LOG_EXTRACT_FORMAT)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    const struct str text = {(const char *)data, size};
    struct checkpoint checkpoint;
    if (arena == NULL)
        arena = arena_new((size_t)64 << 20);
    read_path(text);
    read_line(text, arena);
    read_extract(text, arena);
    assert(checkpoint_open(text, S(KEY), &checkpoint) != NULL); /* nobody here can sign */
    arena_reset(arena);
    err_reset();
    return 0;
}
