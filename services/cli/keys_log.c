/* r7 keys rotate-log: another key for a region's sealed log, on the host where room access signs.
 * Its file gets the new seed before the old one; the room lets the old key hand over with the next
 * row, and then forgets it (services/access/LOG.md). */
#include "keys.h"

#include "cli.h"
#include "vault/vault.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEED = 32, FILE_MAX = 256, NAME_ROOM = 256 };

/* The one seed that signs now, as its line. */
static struct err *read_seed(int folder, const char *name, struct buf *text, struct str *out)
{
    uint8_t seed[SEED];
    TRY(vault_get(folder, name, text));
    struct str rest = buf_str(text);
    if (!str_cut(&rest, '\n', out) || !hex_decode(*out, seed, sizeof seed))
        return err_new(ERR_INVALID, "\"%s\" is no key of a log", name);
    OPENSSL_cleanse(seed, sizeof seed);
    return str_trim(rest).len == 0
               ? NULL
               : err_new(ERR_CONFLICT, "a key of this log waits to take over: it does with the "
                                       "next row that room access seals");
}

/* Flushed, and of the same owner as the file that it comes in place of: the room, that is not the
 * host's keeper, must read it. */
static struct err *fill(int folder, const char *name, int file, struct str text)
{
    struct stat was;
    if (fstatat(folder, name, &was, AT_SYMLINK_NOFOLLOW) != 0 ||
        fchown(file, was.st_uid, was.st_gid) != 0)
        return err_errno(ERR_STORAGE, "could not give the new \"%s\" to the owner of the old",
                         name);
    TRY(vault_write(file, text));
    return fsync(file) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush \"%s\"", name);
}

/* In place of what is there, whole or not at all. */
static struct err *replace(int folder, const char *name, struct str text)
{
    char beside[NAME_ROOM + 8];
    snprintf(beside, sizeof beside, "%s.new", name);
    autoclose int file =
        openat(folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make \"%s\"", beside);
    struct err *e = fill(folder, name, file, text);
    if (e == NULL && renameat(folder, beside, folder, name) != 0)
        e = err_errno(ERR_STORAGE, "could not make \"%s\"", name);
    if (e != NULL) {
        unlinkat(folder, beside, 0);
        return e;
    }
    return fsync(folder) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush the folder");
}

struct err *keys_rotate_log(int argc, char **argv)
{
    const char *tenant = NULL;
    const char *path = NULL;
    const struct cli_option options[] = {{"--log-keys", &path, true}, CLI_OPTIONS_END};
    char name[NAME_ROOM];
    uint8_t seed[SEED];
    struct str old;
    secretbuf struct buf now = buf_new(FILE_MAX);
    secretbuf struct buf text = buf_new(FILE_MAX);
    TRY(cli_arguments(argc, argv, options, 1, &tenant));
    TRY(keys_check_tenant(tenant));
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    snprintf(name, sizeof name, "%s.key", tenant);
    TRY(read_seed(folder, name, &now, &old));
    if (RAND_bytes(seed, sizeof seed) != 1)
        abort();
    buf_hex(&text, seed, sizeof seed);
    OPENSSL_cleanse(seed, sizeof seed);
    buf_format(&text, "\n%.*s\n", STR_ARG(old));
    TRY(buf_done(&text, "the keys"));
    TRY(replace(folder, name, buf_str(&text)));
    printf("the log of %s gets another key with the next row that is sealed; keep a copy of %s/%s, "
           "and tell the new key to those who verify\n",
           tenant, path, name);
    return NULL;
}
