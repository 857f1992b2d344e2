/* What signs a region's log: the seed of an Ed25519 key, in hex, FOLDER/REGION.key. Every replica
 * reads the same file; who comes first makes it. */
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

struct err *log_signer(const struct house *house, struct str tenant, struct arena *arena,
                       struct note_signer *out)
{
    const struct access_settings *own = house->settings;
    struct str folder = folder_of(own, arena);
    const char *path = arena_format(arena, "%.*s/%.*s.key", STR_ARG(folder), STR_ARG(tenant)).ptr;
    secretbuf struct buf text = buf_new(KEY_FILE_MAX);
    bool there = false;
    TRY(secret_file_read(path, &text, &there));
    if (!there) {
        TRY(make_key(arena_cstr(arena, folder), path));
        TRY(secret_file_read(path, &text, &there));
    }
    out->name = arena_format(arena, "%.*s/%.*s", STR_ARG(own->log_name), STR_ARG(tenant));
    if (!note_name_is_good(out->name))
        return err_field(ERR_INVALID, "R7_LOG_NAME", "has what no log's name may have");
    if (!hex_decode(str_trim(buf_str(&text)), out->seed, sizeof out->seed))
        return err_new(ERR_INVALID, "\"%s\" is not %d hexadecimal digits", path, SEED_TEXT);
    return NULL;
}
