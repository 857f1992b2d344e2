/* r7 log fetch: a region's log into a folder, for r7 log verify or any reader of tlog-tiles: key,
 * checkpoint, tiles, and the rows with all that is about somebody withheld. Run again it fetches
 * what is new. */
#include "log.h"
#include "log_sealed.h"
#include "remote.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 1000, PIECE_ARENA = 64 << 20, PATH_ROOM = 4096 };

static struct err *get(struct str path, struct arena *arena, struct str *out)
{
    return remote_ask(REMOTE_PERSON, "ACCESS", HTTP_GET, path, (struct str){0}, arena, out);
}

/* Makes the folders above a file. */
static struct err *make_folders(char *path)
{
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        bool good = mkdir(path, 0777) == 0 || errno == EEXIST;
        *at = '/';
        if (!good)
            return err_errno(ERR_STORAGE, "could not make the folders of \"%s\"", path);
    }
    return NULL;
}

static struct err *full_path(const char *folder, struct str path, struct buf *out)
{
    buf_format(out, "%s/%.*s", folder, STR_ARG(path));
    TRY(buf_done(out, "a path"));
    return make_folders(out->ptr);
}

static struct err *write_all(int file, struct str bytes, const char *path)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.ptr, bytes.len);
        if (done < 0 && errno != EINTR)
            return err_errno(ERR_STORAGE, "could not write \"%s\"", path);
        bytes = str_slice(bytes, done > 0 ? (size_t)done : 0, bytes.len);
    }
    return NULL;
}

/* FOLDER/PATH, whole or not at all. */
static struct err *save(const char *folder, struct str path, struct str bytes)
{
    autobuf struct buf whole = buf_new(PATH_ROOM);
    autobuf struct buf beside = buf_new(PATH_ROOM);
    TRY(full_path(folder, path, &whole));
    buf_format(&beside, "%s.new", whole.ptr);
    TRY(buf_done(&beside, "a path"));
    autoclose int file = open(beside.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make \"%s\"", beside.ptr);
    TRY(write_all(file, bytes, beside.ptr));
    return rename(beside.ptr, whole.ptr) == 0
               ? NULL
               : err_errno(ERR_STORAGE, "could not make \"%s\"", whole.ptr);
}

/* One tile, unless it is there: one of that path never changes. */
static struct err *fetch_tile(const char *folder, const struct tile_place *place)
{
    autoarena struct arena *arena = arena_new(PIECE_ARENA);
    autobuf struct buf path = buf_new(PATH_ROOM);
    autobuf struct buf whole = buf_new(PATH_ROOM);
    struct str bytes = {0};
    buf_put(&path, S("/log/"));
    tile_path_print(place, &path);
    struct str name = str_slice(buf_str(&path), sizeof "/log/" - 1, path.len);
    TRY(full_path(folder, name, &whole));
    if (access(whole.ptr, R_OK) == 0)
        return NULL;
    TRY(get(buf_str(&path), arena, &bytes));
    return save(folder, name, bytes);
}

static struct err *fetch_tiles(const char *folder, int64_t size)
{
    for (int level = 0; level < TILE_LEVELS; level++) {
        for (int64_t number = 0; tile_width(level, number, size) > 0; number++) {
            struct tile_place place = {TILE_HASHES, level, number, tile_width(level, number, size)};
            TRY(fetch_tile(folder, &place));
            if (level > 0)
                continue;
            place.kind = TILE_ENTRIES;
            TRY(fetch_tile(folder, &place));
            place.kind = TILE_IDS;
            TRY(fetch_tile(folder, &place));
        }
    }
    return NULL;
}

/* --- rows */

static struct err *get_page(int64_t from, int64_t to, struct arena *arena, struct str *out)
{
    return get(arena_format(arena, "/log/rows?from=%lld&to=%lld", (long long)from, (long long)to),
               arena, out);
}

static struct err *fetch_rows(int file, int64_t size, const char *path)
{
    for (int64_t from = 0; from < size; from += PAGE) {
        autoarena struct arena *arena = arena_new(PIECE_ARENA);
        struct str rows = {0};
        TRY(get_page(from, from + PAGE < size ? from + PAGE : size, arena, &rows));
        TRY(write_all(file, rows, path));
    }
    return NULL;
}

/* The checkpoint's size, as it says itself: the second line. Whether it is signed is verify's to
 * tell. */
static struct err *checkpoint_size(struct str note, int64_t *out)
{
    struct str line = {0};
    struct str origin = {0};
    bool two_lines = str_cut(&note, '\n', &origin) && str_cut(&note, '\n', &line);
    if (!two_lines || !str_to_i64(line, 0, TREE_SIZE_MAX - 1, out))
        return err_new(ERR_INVALID, "what the archive calls a checkpoint is none");
    return NULL;
}

/* Rows that stand behind the newest checkpoint were sealed by nobody: they are put to the extract,
 * and verify names them. */
static struct err *fetch_beyond(int file, int64_t size, const char *path)
{
    autoarena struct arena *arena = arena_new(PIECE_ARENA);
    struct str rows = {0};
    struct str note = {0};
    struct str line;
    int64_t newest = 0;
    TRY(get_page(size, size + PAGE, arena, &rows));
    TRY(get(S("/log/checkpoint"), arena, &note));
    TRY(checkpoint_size(note, &newest));
    while (str_cut(&rows, '\n', &line)) {
        struct {
            int64_t leaf;
        } told = {0};
        const struct field fields[] = {FIELD(typeof(told), leaf, OPTIONAL), FIELDS_END};
        if (line.len == 0)
            continue;
        TRY(json_read(line, fields, JSON_IGNORE_UNKNOWN, "", arena, &told));
        if (told.leaf < newest)
            continue;
        TRY(write_all(file, line, path));
        TRY(write_all(file, S("\n"), path));
    }
    return NULL;
}

static struct err *write_extract(const char *folder, struct log_extract_head *head, int64_t size)
{
    autobuf struct buf path = buf_new(PATH_ROOM);
    autobuf struct buf line = buf_new((size_t)4 * NOTE_MAX);
    TRY(full_path(folder, S("log.jsonl"), &path));
    autoclose int file = open(path.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make \"%s\"", path.ptr);
    json_write(log_extract_head_fields, head, &line);
    buf_byte(&line, '\n');
    TRY(buf_done(&line, "the first line"));
    TRY(write_all(file, buf_str(&line), path.ptr));
    TRY(fetch_rows(file, size, path.ptr));
    return fetch_beyond(file, size, path.ptr);
}

/* "NAME/REGION+hash+key": the region. */
static struct str region_of(struct str key)
{
    struct str name = str_slice(key, 0, str_find(key, '+'));
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '/')
        at--;
    return str_slice(name, at, name.len);
}

struct err *log_fetch(int argc, char **argv)
{
    const char *folder = NULL;
    const struct cli_option options[] = {{"--to", &folder, true}, CLI_OPTIONS_END};
    struct str key = {0};
    struct str changes = {0};
    struct str checkpoint = {0};
    int64_t size = 0;
    TRY(cli_arguments(argc, argv, options, 0, NULL));
    autoarena struct arena *arena = arena_new(PIECE_ARENA);
    TRY(get(S("/log/key"), arena, &key));
    TRY(get(S("/log/key/changes"), arena, &changes));
    TRY(get(S("/log/checkpoint"), arena, &checkpoint));
    TRY(checkpoint_size(checkpoint, &size));
    TRY(fetch_tiles(folder, size));
    struct log_extract_head head = {.format = S(LOG_EXTRACT_FORMAT),
                                    .tenant = region_of(str_trim(key)),
                                    .key = str_trim(key),
                                    .checkpoint = checkpoint};
    TRY(write_extract(folder, &head, size));
    TRY(save(folder, S("key"), key));
    TRY(save(folder, S("changes"), changes));
    TRY(save(folder, S("checkpoint"), checkpoint));
    printf("%lld rows, checkpoint and tiles in %s\n", (long long)size, folder);
    return NULL;
}
