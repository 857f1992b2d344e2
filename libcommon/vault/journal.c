/* The journal: one lock, equal files, whole lines. */
#include "vault/journal.h"
#include "base/base.h"
#include "base/fault.h"
#include "vault/flush.h"
#include "vault/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* As much of a line as tells its id. */
static const struct str line_start = {"{\"id\":\"", 7};
static const struct str line_middle = {"\",\"entry\":", 10};

enum { COPY_PIECE = 64 * 1024, JOIN = 4096, SHORT_LINE = 1024 };

struct file_name {
    char text[16];
};

static struct file_name file_name(uint32_t number)
{
    struct file_name name;
    snprintf(name.text, sizeof name.text, "%08" PRIu32 ".jsonl", number);
    return name;
}

static struct err *file_size(int file, uint64_t *out_size)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return err_errno(ERR_STORAGE, "could not look at the journal");
    *out_size = (uint64_t)status.st_size;
    return NULL;
}

/* --- one file in every location
 * -------------------------------------------------------------------- */

struct copies {
    size_t count;
    int folders[VAULT_LOCATIONS_MAX];
    int files[VAULT_LOCATIONS_MAX];
    uint64_t sizes[VAULT_LOCATIONS_MAX]; /* whole lines */
};

#define autocopies __attribute__((cleanup(close_copies)))

static void close_copies(const struct copies *copies)
{
    for (size_t i = 0; i < copies->count; i++) {
        cleanup_close(&copies->folders[i]);
        cleanup_close(&copies->files[i]);
    }
}

/* Opens the folders, and waits for the other writers: the lock is on the first folder and goes with
 * it. */
static struct err *lock(const struct vault *vault, struct str tenant, struct copies *copies)
{
    for (; copies->count < vault->count; copies->count++) {
        int folder;
        TRY(vault_area(vault->locations[copies->count], "journal", tenant, &folder));
        copies->folders[copies->count] = folder;
        copies->files[copies->count] = -1;
    }
    while (flock(copies->folders[0], LOCK_EX) != 0)
        if (errno != EINTR)
            return err_errno(ERR_STORAGE, "could not lock the journal");
    return NULL;
}

/* The newest file's number: the highest that any location has. */
static uint32_t newest(const struct copies *copies, uint32_t from)
{
    for (size_t i = 0; i < copies->count; i++)
        while (faccessat(copies->folders[i], file_name(from + 1).text, F_OK, 0) == 0)
            from++;
    return from;
}

/* Cuts off a last line that has no newline. */
static struct err *cut_torn(int file, uint64_t *out_size)
{
    char tail[COPY_PIECE];
    uint64_t size;
    TRY(file_size(file, &size));
    uint64_t whole = size;
    struct source source = source_from_file(&file, size);
    while (whole > 0) {
        size_t length = whole < sizeof tail ? (size_t)whole : sizeof tail;
        TRY(source_read(&source, whole - length, tail, length));
        const char *newline = memrchr(tail, '\n', length);
        whole -= length;
        if (newline == NULL)
            continue;
        whole += (uint64_t)(newline - tail) + 1;
        break;
    }
    if (whole < size && ftruncate(file, (off_t)whole) != 0)
        return err_errno(ERR_STORAGE, "could not cut a torn line off the journal");
    *out_size = whole;
    return NULL;
}

static struct err *append(int file, struct str bytes)
{
    FAULT("vault.before_append");
    TRY(err_wrap(vault_write(file, bytes), "the journal"));
    FAULT("vault.after_append");
    return NULL;
}

static struct err *make_durable(int file)
{
    return fdatasync(file) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush the journal");
}

static struct err *flush(int file)
{
    FAULT("vault.before_journal_flush");
    TRY(make_durable(file));
    FAULT("vault.after_journal_flush");
    return NULL;
}

/* Gives `to` the lines it lacks, if its last bytes are what `from` has at that place. */
static struct err *catch_up(int from, uint64_t from_size, int to, uint64_t to_size)
{
    char ours[JOIN];
    char theirs[JOIN];
    size_t join = to_size < JOIN ? (size_t)to_size : JOIN;
    struct source source = source_from_file(&from, from_size);
    struct source shorter = source_from_file(&to, to_size);
    TRY(source_read(&source, to_size - join, theirs, join));
    TRY(source_read(&shorter, to_size - join, ours, join));
    if (memcmp(ours, theirs, join) != 0)
        return err_rule(ERR_CORRUPT, "journal_differs",
                        "the journal's copies contradict each other");
    if (to_size == from_size)
        return NULL;
    while (to_size < from_size) {
        char piece[COPY_PIECE];
        size_t length =
            from_size - to_size < sizeof piece ? (size_t)(from_size - to_size) : sizeof piece;
        TRY(source_read(&source, to_size, piece, length));
        TRY(append(to, (struct str){piece, length}));
        to_size += length;
    }
    return flush(to);
}

/* Opens file `number` everywhere, made if missing, and mends what a crash left of it. */
static struct err *open_file(struct copies *copies, uint32_t number)
{
    size_t longest = 0;
    for (size_t i = 0; i < copies->count; i++) {
        cleanup_close(&copies->files[i]);
        copies->files[i] = openat(copies->folders[i], file_name(number).text,
                                  O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (copies->files[i] < 0)
            return err_errno(ERR_STORAGE, "could not open the journal");
        TRY(cut_torn(copies->files[i], &copies->sizes[i]));
        if (copies->sizes[i] == 0)
            TRY(flush_filesystem(copies->folders[i])); /* it may be new, and the folders too */
        if (copies->sizes[i] > copies->sizes[longest])
            longest = i;
    }
    for (size_t i = 0; i < copies->count; i++)
        if (i != longest)
            TRY(catch_up(copies->files[longest], copies->sizes[longest], copies->files[i],
                         copies->sizes[i]));
    for (size_t i = 0; i < copies->count; i++)
        copies->sizes[i] = copies->sizes[longest];
    return NULL;
}

static struct err *flush_copies(const struct copies *copies)
{
    for (size_t i = 0; i < copies->count; i++)
        TRY(flush(copies->files[i]));
    return NULL;
}

static struct err *print_line(const struct journal_entry *line, struct buf *out)
{
    assert(str_starts(line->entry, S("{")) && str_ends(line->entry, S("}")) &&
           str_find(line->entry, '\n') == line->entry.len);
    buf_clear(out);
    buf_put(out, line_start);
    buf_put(out, str_from(uuid_text(line->id).text));
    buf_put(out, line_middle);
    buf_put(out, line->entry);
    buf_put(out, S("}\n"));
    return buf_done(out, "a line of the journal");
}

/* Writes it to every location, into the next file when this one has no room for it: what stands in
 * a file is flushed before there is a later one. */
static struct err *append_line(struct copies *copies, uint32_t *number, struct str text,
                               struct journal_place *out_place)
{
    if (copies->sizes[0] + text.len > JOURNAL_FILE_MAX) {
        TRY(flush_copies(copies));
        TRY(open_file(copies, ++*number));
    }
    *out_place = (struct journal_place){*number, copies->sizes[0]};
    for (size_t i = 0; i < copies->count; i++) {
        TRY(append(copies->files[i], text));
        copies->sizes[i] += text.len;
    }
    return NULL;
}

struct err *journal_append_all(const struct vault *vault, struct str tenant,
                               struct journal_entry *lines, size_t count)
{
    autocopies struct copies copies = {.count = 0};
    autobuf struct buf text = buf_new(JOURNAL_LINE_MAX);
    TRY(lock(vault, tenant, &copies));
    uint32_t number = newest(&copies, 0);
    TRY(open_file(&copies, number));
    for (size_t i = 0; i < count; i++) {
        TRY(print_line(&lines[i], &text));
        TRY(append_line(&copies, &number, buf_str(&text), &lines[i].place));
    }
    return flush_copies(&copies);
}

struct err *journal_append(const struct vault *vault, struct str tenant, struct uuid id,
                           struct str entry)
{
    struct journal_entry line = {.id = id, .entry = entry};
    return journal_append_all(vault, tenant, &line, 1);
}

struct err *journal_end(const struct vault *vault, struct str tenant,
                        struct journal_place *out_place)
{
    autocopies struct copies copies = {.count = 0};
    TRY(lock(vault, tenant, &copies));
    uint32_t number = newest(&copies, 0);
    TRY(open_file(&copies, number));
    for (size_t i = 0; i < copies.count; i++)
        TRY(make_durable(copies.files[i]));
    *out_place = (struct journal_place){number, copies.sizes[0]};
    return NULL;
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

/* The id of a line, if it is one of ours. */
static bool parse_line(struct str line, struct uuid *out_id)
{
    struct str id = str_slice(line, line_start.len, line_start.len + UUID_TEXT);
    struct str rest = str_slice(line, line_start.len + UUID_TEXT, line.len);
    return str_starts(line, line_start) && uuid_parse(id, out_id) &&
           str_starts(rest, line_middle) && str_ends(rest, S("}}")) && str_is_utf8(line);
}

/* The line at the place; absent at the end of whole lines. `room` holds it. */
static struct err *line_at(int file, uint64_t offset, struct buf *room, struct str *out_line)
{
    uint64_t size;
    TRY(file_size(file, &size));
    uint64_t left = size > offset ? size - offset : 0;
    struct source source = source_from_file(&file, size);
    *out_line = (struct str){0};
    for (size_t most = SHORT_LINE; left > 0; most = JOURNAL_LINE_MAX) {
        size_t length = left < most ? (size_t)left : most;
        char *at = buf_reserve(room, length);
        TRY(source_read(&source, offset, at, length));
        struct str line = {at, str_find((struct str){at, length}, '\n')};
        if (line.len < length)
            *out_line = line;
        else if (length == JOURNAL_LINE_MAX)
            return err_new(ERR_CORRUPT, "a line of the journal is over %d bytes", JOURNAL_LINE_MAX);
        if (line.len < length || length < most)
            return NULL;
    }
    return NULL;
}

struct err *journal_next(int location, struct str tenant, struct journal_place *place,
                         struct uuid *out_id, struct buf *out_line, bool *out_more)
{
    autoclose int folder = -1;
    autobuf struct buf room = buf_new(JOURNAL_LINE_MAX);
    TRY(vault_area(location, "journal", tenant, &folder));
    for (;;) {
        autoclose int file = -1;
        struct str line;
        struct err *e = vault_file(folder, file_name(place->file).text, &file);
        *out_more = false;
        if (e != NULL)
            return e->code == ERR_NOT_FOUND ? NULL : e;
        TRY(line_at(file, place->offset, &room, &line));
        if (line.ptr != NULL) {
            if (!parse_line(line, out_id))
                return err_new(ERR_CORRUPT,
                               "the journal's file %" PRIu32 " has no line of ours at %" PRIu64,
                               place->file, place->offset);
            place->offset += line.len + 1;
            *out_more = true;
            buf_put(out_line, line);
            return buf_done(out_line, "a line of the journal");
        }
        if (faccessat(folder, file_name(place->file + 1).text, F_OK, 0) != 0)
            return NULL;
        *place = (struct journal_place){place->file + 1, 0};
    }
}
