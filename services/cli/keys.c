/* r7 keys: a region's keys are made on the host, by those who will hold them, and never travel.
 *
 *   KEYS/tenants/NAME/     service.identity delivery.identity pseudonym.key    room keys, online
 *                          region.recipient escrow.recipient
 *   OFFLINE/NAME/          region.identity region.recipient escrow.recipient
 *                          holder-1.identity holder-2.identity holder-3.identity
 *                          escrow-1-2.age escrow-1-3.age escrow-2-3.age
 *
 * Escrow, two of three: the escrow identity sealed for one holder and that again for another, so
 *   age -d -i holder-1.identity escrow-1-2.age | age -d -i holder-2.identity
 * prints it. Each holder takes the own identity away. */
#include "keys.h"

#include "cli.h"
#include "vault/age.h"
#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOLDERS = 3, PAIRS = 3, FILE_LIMIT = 16 * 1024, PSEUDONYM_KEY = 32 };
static const int pairs[PAIRS][2] = {{0, 1}, {0, 2}, {1, 2}};

void keys_drop_secret(struct buf *text)
{
    if (text->ptr != NULL)
        OPENSSL_cleanse(text->ptr, text->capacity);
    buf_free(text);
}

/* --- folders
 * ---------------------------------------------------------------------------------------- */

/* FOLDER/NAME, made now and by nobody before; `above` is made when missing. */
static struct err *new_folder(const char *above, const char *between, const char *name, int *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s", above, between);
    if ((mkdir(above, 0700) != 0 && errno != EEXIST) || (mkdir(path, 0700) != 0 && errno != EEXIST))
        return err_errno(ERR_STORAGE, "could not make \"%s\"", path);
    autoclose int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    if (mkdirat(folder, name, 0700) != 0)
        return errno == EEXIST
                   ? err_new(ERR_CONFLICT, "\"%s/%s\" is there already: nothing was changed", path,
                             name)
                   : err_errno(ERR_STORAGE, "could not make \"%s/%s\"", path, name);
    return vault_folder(folder, name, false, out);
}

static struct err *open_folder(const char *above, const char *name, int *out)
{
    autoclose int folder = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", above);
    return vault_folder(folder, name, false, out);
}

/* --- small files
 * ------------------------------------------------------------------------------------ */

static void print_identity(const struct age_identity *identity, struct buf *out)
{
    buf_put(out, S("# public key: "));
    age_recipient_print(age_identity_recipient(identity), out);
    buf_byte(out, '\n');
    age_identity_print(identity, out);
    buf_byte(out, '\n');
}

static struct err *put_identity(int folder, const char *name, const struct age_identity *identity)
{
    secretbuf struct buf text = buf_new(FILE_LIMIT);
    print_identity(identity, &text);
    return vault_put(folder, name, buf_str(&text));
}

static struct err *put_recipient(int folder, const char *name, const struct age_identity *identity)
{
    autobuf struct buf text = buf_new(FILE_LIMIT);
    age_recipient_print(age_identity_recipient(identity), &text);
    buf_byte(&text, '\n');
    return vault_put(folder, name, buf_str(&text));
}

/* The line that is no comment, as age-keygen writes identities. */
static struct str key_line(struct str text)
{
    for (struct str line = {0}; str_cut(&text, '\n', &line);)
        if (line.len > 0 && line.ptr[0] != '#')
            return str_trim(line);
    return S("");
}

static struct err *get_identity(int folder, const char *name, struct age_identity *out)
{
    secretbuf struct buf text = buf_new(FILE_LIMIT);
    TRY(vault_get(folder, name, &text));
    return err_wrap(age_identity_parse(key_line(buf_str(&text)), out), "%s", name);
}

/* --- escrow
 * ----------------------------------------------------------------------------------------- */

static void seal_payload(const struct file_key *key, struct str plain, struct buf *out)
{
    struct age_stream *stream = age_stream_new();
    age_stream_begin(stream, key, NULL, out);
    age_stream_add(stream, plain, out);
    age_stream_end(stream, out);
    age_stream_free(stream);
}

static struct err *seal(const struct age_identity *holder, struct str plain, struct buf *out)
{
    struct file_key key;
    struct age_recipient recipient = age_identity_recipient(holder);
    file_key_random(&key);
    struct err *e = age_header_write(&recipient, 1, &key, out);
    if (e == NULL)
        seal_payload(&key, plain, out);
    file_key_wipe(&key);
    return e != NULL ? e : buf_done(out, "an escrow file");
}

static struct err *unseal_payload(const struct source *file, const struct file_key *key,
                                  struct buf *out)
{
    struct age_reader *reader = age_reader_new();
    struct err *e = age_reader_open_file(reader, file, key);
    struct source plain = age_reader_source(reader);
    char *at = e == NULL ? buf_reserve(out, plain.size) : NULL;
    if (at != NULL)
        e = source_read(&plain, 0, at, plain.size);
    if (e == NULL && at != NULL)
        out->len += plain.size;
    age_reader_free(reader);
    return e != NULL ? e : buf_done(out, "an escrow file");
}

static struct err *unseal(const struct age_identity *holder, struct str sealed, struct buf *out)
{
    struct file_key key;
    struct source file = source_from_str(&sealed);
    autobuf struct buf header = buf_new(AGE_HEADER_MAX);
    TRY(age_header_read(&file, &header));
    TRY(age_header_open(buf_str(&header), holder, &key));
    struct err *e = unseal_payload(&file, &key, out);
    file_key_wipe(&key);
    return e;
}

static const char *pair_name(int pair, char out[32])
{
    snprintf(out, 32, "escrow-%d-%d.age", pairs[pair][0] + 1, pairs[pair][1] + 1);
    return out;
}

static struct err *put_pair(int folder, int pair, const struct age_identity holders[HOLDERS],
                            const struct age_identity *escrow)
{
    char name[32];
    secretbuf struct buf secret = buf_new(FILE_LIMIT);
    autobuf struct buf inner = buf_new(FILE_LIMIT);
    autobuf struct buf outer = buf_new(FILE_LIMIT);
    print_identity(escrow, &secret);
    TRY(seal(&holders[pairs[pair][1]], buf_str(&secret), &inner));
    TRY(seal(&holders[pairs[pair][0]], buf_str(&inner), &outer));
    return vault_put(folder, pair_name(pair, name), buf_str(&outer));
}

static struct err *put_escrow(int offline, int online)
{
    struct age_identity holders[HOLDERS];
    struct age_identity escrow;
    struct err *e = NULL;
    char name[32];
    age_identity_random(&escrow);
    for (int i = 0; i < HOLDERS && e == NULL; i++) {
        age_identity_random(&holders[i]);
        snprintf(name, sizeof name, "holder-%d.identity", i + 1);
        e = put_identity(offline, name, &holders[i]);
    }
    for (int pair = 0; pair < PAIRS && e == NULL; pair++)
        e = put_pair(offline, pair, holders, &escrow);
    if (e == NULL)
        e = put_recipient(offline, "escrow.recipient", &escrow);
    if (e == NULL)
        e = put_recipient(online, "escrow.recipient", &escrow);
    OPENSSL_cleanse(holders, sizeof holders);
    age_identity_wipe(&escrow);
    return e;
}

/* --- init
 * ------------------------------------------------------------------------------------------- */

static struct err *put_new_identity(int folder, const char *name)
{
    struct age_identity identity;
    age_identity_random(&identity);
    struct err *e = put_identity(folder, name, &identity);
    age_identity_wipe(&identity);
    return e;
}

static struct err *put_region(int offline, int online)
{
    struct age_identity region;
    age_identity_random(&region);
    struct err *e = put_identity(offline, "region.identity", &region);
    if (e == NULL)
        e = put_recipient(offline, "region.recipient", &region);
    if (e == NULL)
        e = put_recipient(online, "region.recipient", &region);
    age_identity_wipe(&region);
    return e;
}

static struct err *put_pseudonym_key(int online)
{
    uint8_t key[PSEUDONYM_KEY];
    secretbuf struct buf text = buf_new(FILE_LIMIT);
    if (RAND_bytes(key, sizeof key) != 1)
        abort();
    buf_hex(&text, key, sizeof key);
    buf_byte(&text, '\n');
    OPENSSL_cleanse(key, sizeof key);
    return vault_put(online, "pseudonym.key", buf_str(&text));
}

struct err *keys_check_tenant(const char *tenant)
{
    return vault_tenant_ok(str_from(tenant)) ? NULL
                                             : cli_usage_error("a region is a-z, 0-9 and hyphens");
}

static struct err *init(int argc, char **argv)
{
    const char *keys_dir = NULL;
    const char *offline_dir = NULL;
    const char *tenant = NULL;
    const struct cli_option options[] = {
        {.name = "--keys-dir", .value = &keys_dir, .required = true},
        {.name = "--offline-dir", .value = &offline_dir, .required = true},
        CLI_OPTIONS_END};
    autoclose int online = -1;
    autoclose int offline = -1;
    TRY(cli_arguments(argc, argv, options, 1, &tenant));
    TRY(keys_check_tenant(tenant));
    umask(077);
    TRY(new_folder(offline_dir, "", tenant, &offline));
    TRY(new_folder(keys_dir, "/tenants", tenant, &online));
    TRY(put_region(offline, online));
    TRY(put_escrow(offline, online));
    TRY(put_new_identity(online, "service.identity"));
    TRY(put_new_identity(online, "delivery.identity"));
    TRY(put_pseudonym_key(online));
    sync(); /* a key that is lost with the power is lost with all it opened */
    printf("keys of %s: %s/tenants/%s for room keys; take %s/%s away from this host\n", tenant,
           keys_dir, tenant, offline_dir, tenant);
    return NULL;
}

/* --- prove-escrow
 * ----------------------------------------------------------------------------------- */

/* Opens the pair's file with both holders and compares what is in it with the escrow recipient. */
static struct err *prove_pair(int folder, int pair, struct str recipient)
{
    char name[32];
    char holder[2][32];
    struct age_identity identities[2];
    struct age_identity escrow;
    autobuf struct buf outer = buf_new(FILE_LIMIT);
    autobuf struct buf inner = buf_new(FILE_LIMIT);
    secretbuf struct buf secret = buf_new(FILE_LIMIT);
    autobuf struct buf found = buf_new(FILE_LIMIT);
    for (int i = 0; i < 2; i++) {
        snprintf(holder[i], sizeof holder[i], "holder-%d.identity", pairs[pair][i] + 1);
        TRY(get_identity(folder, holder[i], &identities[i]));
    }
    TRY(vault_get(folder, pair_name(pair, name), &outer));
    TRY(unseal(&identities[0], buf_str(&outer), &inner));
    TRY(unseal(&identities[1], buf_str(&inner), &secret));
    TRY(age_identity_parse(key_line(buf_str(&secret)), &escrow));
    age_recipient_print(age_identity_recipient(&escrow), &found);
    age_identity_wipe(&escrow);
    OPENSSL_cleanse(identities, sizeof identities);
    return str_equal(buf_str(&found), recipient)
               ? NULL
               : err_new(ERR_CORRUPT, "it is not the identity that escrow.recipient is of");
}

static struct err *prove_escrow(int argc, char **argv)
{
    const char *offline_dir = NULL;
    const char *tenant = NULL;
    const struct cli_option options[] = {
        {.name = "--offline-dir", .value = &offline_dir, .required = true}, CLI_OPTIONS_END};
    autoclose int folder = -1;
    autobuf struct buf recipient = buf_new(FILE_LIMIT);
    TRY(cli_arguments(argc, argv, options, 1, &tenant));
    TRY(keys_check_tenant(tenant));
    TRY(open_folder(offline_dir, tenant, &folder));
    TRY(vault_get(folder, "escrow.recipient", &recipient));
    for (int pair = 0; pair < PAIRS; pair++) {
        TRY(err_wrap(prove_pair(folder, pair, str_trim(buf_str(&recipient))),
                     "holders %d and %d do not open escrow", pairs[pair][0] + 1,
                     pairs[pair][1] + 1));
        printf("holders %d and %d open escrow\n", pairs[pair][0] + 1, pairs[pair][1] + 1);
    }
    return NULL;
}

struct err *keys_command(int argc, char **argv)
{
    struct str what = argc > 1 ? str_from(argv[1]) : S("");
    if (str_equal(what, S("init")))
        return init(argc - 1, argv + 1);
    if (str_equal(what, S("prove-escrow")))
        return prove_escrow(argc - 1, argv + 1);
    if (str_equal(what, S("rotate-log")))
        return keys_rotate_log(argc - 1, argv + 1);
    return cli_usage_error("init, prove-escrow or rotate-log?");
}
