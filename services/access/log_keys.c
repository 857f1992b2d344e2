/* What signs a region's log: the seed of an Ed25519 key, in hex, FOLDER/REGION.key. Every replica
 * reads the same file; who comes first makes it. A second line is the key before, which signs the
 * one checkpoint more by which it hands over (r7 keys rotate-log). */
#include "services/access/log.h"
#include "services/access/secret_file.h"

#include <errno.h>
#include <openssl/rand.h>
#include <sys/stat.h>

enum { SEED_TEXT = 2 * NOTE_SEED, KEY_FILE_MAX = 256 };

static struct str folder_of(const struct access_settings *own, struct arena *arena)
{
    if (own->log_keys.len > 0)
        return own->log_keys;
    size_t cut = own->issuer_key.len;
    while (cut > 0 && own->issuer_key.ptr[cut - 1] != '/')
        cut--;
    return arena_format(arena, "%.*slog", (int)cut, own->issuer_key.ptr);
}

static struct err *make_key(const char *folder, const char *path)
{
    secretbuf struct buf text = buf_new(KEY_FILE_MAX);
    uint8_t seed[NOTE_SEED];
    if (RAND_bytes(seed, sizeof seed) != 1)
        abort();
    if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
        return err_errno(ERR_STORAGE, "could not make \"%s\"", folder);
    buf_hex(&text, seed, sizeof seed);
    buf_byte(&text, '\n');
    return secret_file_write(path, buf_str(&text), false);
}

static const char *path_of(const struct house *house, struct str tenant, struct arena *arena)
{
    struct str folder = folder_of(house->settings, arena);
    return arena_format(arena, "%.*s/%.*s.key", STR_ARG(folder), STR_ARG(tenant)).ptr;
}

static struct err *read_seeds(struct str text, struct str name, const char *path,
                              struct log_signers *out)
{
    struct str line;
    out->count = 0;
    while (str_cut(&text, '\n', &line)) {
        if (line.len == 0)
            continue;
        if (out->count == COUNT(out->at) ||
            !hex_decode(str_trim(line), out->at[out->count].seed, sizeof out->at->seed))
            return err_new(ERR_INVALID, "\"%s\" is not one or two lines of %d hexadecimal digits",
                           path, SEED_TEXT);
        out->at[out->count++].name = name;
    }
    return out->count > 0 ? NULL : err_new(ERR_INVALID, "\"%s\" is empty", path);
}

struct err *log_signers(const struct house *house, struct str tenant, struct arena *arena,
                        struct log_signers *out)
{
    const struct access_settings *own = house->settings;
    const char *path = path_of(house, tenant, arena);
    secretbuf struct buf text = buf_new(KEY_FILE_MAX);
    bool there = false;
    TRY(secret_file_read(path, &text, &there));
    if (!there) {
        TRY(make_key(arena_cstr(arena, folder_of(own, arena)), path));
        TRY(secret_file_read(path, &text, &there));
    }
    struct str name = arena_format(arena, "%.*s/%.*s", STR_ARG(own->log_name), STR_ARG(tenant));
    if (!note_name_is_good(name))
        return err_field(ERR_INVALID, "R7_LOG_NAME", "has what no log's name may have");
    return read_seeds(buf_str(&text), name, path, out);
}

struct err *log_signers_settle(const struct house *house, struct str tenant, struct arena *arena)
{
    const char *path = path_of(house, tenant, arena);
    secretbuf struct buf text = buf_new(KEY_FILE_MAX);
    bool there = false;
    struct str rest;
    struct str first;
    TRY(secret_file_read(path, &text, &there));
    rest = buf_str(&text);
    if (!there || !str_cut(&rest, '\n', &first))
        return NULL;
    return secret_file_write(path, str_slice(buf_str(&text), 0, first.len + 1), true);
}
