/* r7 import: a folder or a disk of packages with its list. Each file is checked against the list
 * while it is sent and delivered only when it is as listed; what was delivered is remembered, so
 * that an import that was cut short goes on. Named by their bytes, the same packages are the same
 * deliveries however often they are sent. */
#include "import.h"
#include "remote.h"
#include "state.h"
#include "vault/vault.h"
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The names under which a list is looked for in the folder. */
static const char *const list_names[] = {"consignment.csv",     "consignment.tsv",
                                         "SHA256SUMS",          "SHA512SUMS",
                                         "manifest-sha256.txt", "manifest-sha512.txt"};

enum { WAIT_MAX = 30 * 86400 };

struct import {
    struct sender sender;
    int folder;
    int state_file;
    struct stat list_file;
    struct import_list list;
    struct import_fate *fates;
    size_t before; /* delivered by earlier runs */
    size_t now;
    size_t refused;
    size_t unlisted;
};

/* --- the list
 * -------------------------------------------------------------------------------------- */

static struct err *open_list_in(int folder, int *out)
{
    const char *found = NULL;
    for (size_t i = 0; i < COUNT(list_names); i++) {
        if (faccessat(folder, list_names[i], F_OK, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (found != NULL)
            return err_new(ERR_INVALID, "the folder has both %s and %s: which, --list?", found,
                           list_names[i]);
        found = list_names[i];
    }
    if (found == NULL)
        return err_new(ERR_NOT_FOUND, "the folder has no list under a name that is known: --list");
    return vault_file(folder, found, out);
}

static struct err *read_list(struct import *m, const char *given, struct arena *arena)
{
    autobuf struct buf text = buf_new(IMPORT_LIST_BYTES_MAX);
    autoclose int file = -1;
    if (given == NULL)
        TRY(open_list_in(m->folder, &file));
    else if ((file = open(given, O_RDONLY | O_CLOEXEC)) < 0)
        return err_errno(ERR_INVALID, "could not open \"%s\"", given);
    if (fstat(file, &m->list_file) != 0)
        return err_errno(ERR_INVALID, "could not look at the list");
    TRY(cli_read(file, &text));
    return import_list_read(buf_str(&text), arena, &m->list);
}

/* What the files that are there have together, for who watches; what is wrong is told later. */
static uint64_t all_bytes(const struct import *m)
{
    uint64_t sum = 0;
    struct stat about;
    for (size_t i = 0; i < m->list.count; i++)
        if (fstatat(m->folder, m->list.files[i].path, &about, AT_SYMLINK_NOFOLLOW) == 0)
            sum += (uint64_t)about.st_size;
    return sum;
}

/* --- files
 * ------------------------------------------------------------------------------------------ */

static struct err *deliver_listed(struct import *m, const struct listed *file,
                                  struct uuid *out_delivery, uint64_t *out_bytes)
{
    autoparcel struct parcel parcel = {0};
    TRY(parcel_below(m->folder, file->path, &parcel));
    *out_bytes = parcel.bytes;
    parcel.wanted = &file->sum;
    if (file->bytes >= 0 && (uint64_t)file->bytes != parcel.bytes)
        return err_new(ERR_CORRUPT, "it has %llu bytes, and the list says %lld",
                       (unsigned long long)parcel.bytes, (long long)file->bytes);
    return sender_deliver(&m->sender, &parcel, (struct str){0}, out_delivery);
}

/* Would the next file fare better? */
static bool is_about_file(const struct err *e)
{
    return err_class(e) == ERR_CLASS_REJECT && e->code != ERR_UNAUTHENTICATED &&
           e->code != ERR_FORBIDDEN;
}

static struct err *import_one(struct import *m, size_t i)
{
    const struct listed *file = &m->list.files[i];
    struct import_fate *fate = &m->fates[i];
    struct uuid delivery = {0};
    uint64_t bytes = 0;
    struct err *e = deliver_listed(m, file, &delivery, &bytes);
    progress_clear(&m->sender.progress);
    if (e != NULL && !is_about_file(e))
        return e;
    if (e != NULL) {
        m->refused++;
        *fate = (struct import_fate){0};
        printf("refused    line %zu  %s: %s\n", file->line, file->path, e->detail);
    } else {
        m->now++;
        *fate =
            (struct import_fate){.outcome = OUTCOME_SENT, .delivery = delivery, .sent_now = true};
        TRY(import_state_add(m->state_file, file, fate));
        printf("delivered  %s  %s\n", uuid_text(delivery).text, file->path);
    }
    fflush(stdout);
    progress_file(&m->sender.progress, bytes);
    return NULL;
}

/* One that was rejected is sent again: what was wrong may be right now. */
static struct err *import_all(struct import *m)
{
    for (size_t i = 0; i < m->list.count; i++) {
        struct stat about = {0};
        const struct err *mark = err_mark();
        if (m->fates[i].outcome == OUTCOME_SENT || m->fates[i].outcome == OUTCOME_ARCHIVED) {
            m->before++;
            (void)fstatat(m->folder, m->list.files[i].path, &about, AT_SYMLINK_NOFOLLOW);
            progress_file(&m->sender.progress, (uint64_t)about.st_size);
            continue;
        }
        TRY(import_one(m, i));
        err_forget(mark);
    }
    return NULL;
}

static struct err *tell_unlisted(void *state, int descriptor, struct str path)
{
    struct import *m = state;
    struct stat about;
    uint64_t place = 0;
    path = str_slice(path, 1, path.len);
    if (path_map_find(m->list.paths, path, &place))
        return NULL;
    if (fstat(descriptor, &about) == 0 && about.st_ino == m->list_file.st_ino &&
        about.st_dev == m->list_file.st_dev)
        return NULL;
    m->unlisted++;
    printf("not listed %.*s\n", STR_ARG(path));
    return NULL;
}

/* --- the end
 * --------------------------------------------------------------------------------------- */

static size_t count(const struct import *m, enum import_outcome outcome)
{
    size_t n = 0;
    for (size_t i = 0; i < m->list.count; i++)
        n += m->fates[i].outcome == outcome;
    return n;
}

static void tell_ends(const struct import *m)
{
    for (size_t i = 0; i < m->list.count; i++)
        if (m->fates[i].outcome == OUTCOME_REJECTED)
            printf("rejected   %s  %s: %.*s\n", uuid_text(m->fates[i].delivery).text,
                   m->list.files[i].path, STR_ARG(m->fates[i].rule));
    printf("%zu archived, %zu rejected, %zu not heard of yet\n", count(m, OUTCOME_ARCHIVED),
           count(m, OUTCOME_REJECTED), count(m, OUTCOME_SENT));
}

static struct err *verdict(const struct import *m, bool waited)
{
    size_t missing = m->list.count - m->before - m->now;
    if (missing > 0)
        return err_new(ERR_INVALID, "%zu of %zu listed files were not delivered", missing,
                       m->list.count);
    size_t not_archived = m->list.count - count(m, OUTCOME_ARCHIVED);
    return waited && not_archived > 0
               ? err_new(ERR_INVALID, "%zu of %zu deliveries are not archived", not_archived,
                         m->list.count)
               : NULL;
}

static struct err *import_listed(struct import *m, const char *folder)
{
    m->sender.progress = progress_begin(m->list.count, all_bytes(m));
    struct err *e = import_all(m);
    progress_clear(&m->sender.progress);
    if (e == NULL) {
        const struct err *unread = walk_files(folder, "", tell_unlisted, m);
        if (unread != NULL)
            printf("not listed what lies from here on: %s: %s\n", unread->field, unread->detail);
    }
    printf("%zu listed: %zu delivered now, %zu before, %zu refused; %zu files are not listed\n",
           m->list.count, m->now, m->before, m->refused, m->unlisted);
    fflush(stdout);
    return e;
}

static struct err *import_and_wait(struct import *m, const char *folder, int64_t wait,
                                   struct arena *arena)
{
    struct receipts_mark mark;
    struct bus_consumer *consumer = NULL;
    TRY(import_receipts_open(&m->sender.system, &mark, &consumer));
    struct err *e = import_listed(m, folder);
    if (e == NULL)
        e = import_receipts_await(consumer, &mark, &m->list, m->fates, wait, m->state_file, arena);
    bus_consumer_close(consumer);
    if (e == NULL)
        tell_ends(m);
    return e;
}

static struct err *open_and_import(struct import *m, const char *folder, const char *list,
                                   int64_t wait)
{
    autoarena struct arena *arena = arena_new(IMPORT_ARENA);
    autoclose int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autoclose int state = -1;
    autoclose int state_file = -1;
    if (directory < 0)
        return err_errno(ERR_INVALID, "could not open the folder \"%s\"", folder);
    m->folder = directory;
    TRY(read_list(m, list, arena));
    m->fates = ARENA_ARRAY(arena, struct import_fate, m->list.count);
    TRY(sender_open(&m->sender));
    TRY(state_open(m->sender.state_folder, &state));
    TRY(import_state_open(state, &m->sender, &m->list, m->fates, &state_file));
    m->state_file = state_file;
    TRY(wait > 0 ? import_and_wait(m, folder, wait, arena) : import_listed(m, folder));
    return verdict(m, wait > 0);
}

struct err *import_command(int argc, char **argv)
{
    struct import m = {.sender = {.uploads = cli_take_flag(&argc, argv, "--upload"), .state = -1}};
    const char *folder = NULL;
    const char *list = NULL;
    const char *seconds = NULL;
    int64_t wait = 0;
    const struct cli_option options[] = {{"--tenant", &m.sender.system.tenant, false},
                                         {"--system", &m.sender.system.system, false},
                                         {"--agreement", &m.sender.agreement, true},
                                         {"--list", &list, false},
                                         {"--patience", &m.sender.patience, false},
                                         {"--state", &m.sender.state_folder, false},
                                         {"--wait", &seconds, false},
                                         CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 1, &folder));
    if (seconds != NULL && !str_to_i64(str_from(seconds), 1, WAIT_MAX, &wait))
        return cli_usage_error("--wait takes seconds, 1 to %d", WAIT_MAX);
    struct err *e = open_and_import(&m, folder, list, wait);
    sender_close(&m.sender);
    import_list_free(&m.list);
    return e;
}
