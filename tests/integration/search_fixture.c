/* For search.sh: puts a package into a vault as preservation leaves it, and makes pseudonyms.
 *
 *   search_fixture package VAULT TENANT PACKAGE AGREEMENT FILE RECIPIENT…
 *       stores FILE for tenant 1, whose name is TENANT, and prints the rows of it as SQL
 *   search_fixture person KEY NUMBER [SYSTEM]
 *       prints the pseudonym under a key of 64 hexadecimal digits */
#include "domain/person.h"
#include "tests/unit/stored.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { RECIPIENTS_MAX = 8 };

static int fail(const struct err *e)
{
    fprintf(stderr, "search_fixture: %s\n", e->detail);
    return 1;
}

static void print_segments(const char *package, const char *kind, const char *what,
                           const struct stored_segment *segments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct segment *s = &segments[i].segment;
        autobuf struct buf header = buf_new(3 * AGE_HEADER_MAX);
        autobuf struct buf digest = buf_new(200);
        buf_hex(&header, (const uint8_t *)segments[i].header.ptr, segments[i].header.len);
        buf_hex(&digest, s->sha512.bytes, sizeof s->sha512.bytes);
        printf(
            "insert into keys.header (id, tenant, header, lease_until) values ('%s', 1, '\\x%s', "
            "now() + interval '1 day');\n",
            uuid_text(s->key_id).text, header.ptr);
        printf(
            "insert into preservation.segment (package, kind, number, tenant, what, key, bytes, "
            "stored_bytes, sha512) values ('%s', '%s', %u, 1, '%s', '%s', %llu, %llu, '\\x%s');\n",
            package, kind, s->index, what, uuid_text(s->key_id).text,
            (unsigned long long)s->plain_bytes, (unsigned long long)s->stored_bytes, digest.ptr);
    }
}

static void print_rows(const char *package, const char *agreement, const struct stored *stored)
{
    unsigned long long bytes = (unsigned long long)stored->bytes;
    printf(
        "insert into ingest.delivery (id, tenant, system, identity, agreement, package, kind, "
        "objid, record_status, bytes, sha256, received_at, validated_at, accepted_at, stored_at) "
        "values ('%s', 1, 'vas', '%s', '%s', '%s', 'package', '%s', 'NEW', %llu, '\\x%s', now(), "
        "now(), now(), now());\n",
        package, package, agreement, package, package, bytes, sha256_text(stored->sha256).text);
    printf(
        "insert into preservation.package (id, tenant, delivery, system, agreement, bytes, sha256, "
        "files, stored_at) values ('%s', 1, '%s', 'vas', '%s', %llu, '\\x%s', 1, now());\n",
        package, package, agreement, bytes, sha256_text(stored->sha256).text);
    print_segments(package, "delivered", "bytes", stored->delivered, stored->delivered_count);
    print_segments(package, "aip", "premis", &stored->note, 1);
    print_segments(package, "aip", "entries", stored->entries, stored->entries_count);
}

static struct err *map_file(const char *path, struct str *out)
{
    struct stat status;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        return err_errno(ERR_INVALID, "could not open %s", path);
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        return err_errno(ERR_INVALID, "could not map %s", path);
    *out = (struct str){bytes, (size_t)status.st_size};
    return NULL;
}

static struct err *store(char **arguments, struct arena *arena)
{
    static struct stored stored;
    struct age_recipient recipients[RECIPIENTS_MAX];
    size_t count = 0;
    struct vault vault;
    struct uuid package;
    struct str bytes = {0};
    const char *paths[] = {arguments[0]};
    if (!uuid_parse(str_from(arguments[2]), &package))
        return err_new(ERR_INVALID, "%s is no UUID", arguments[2]);
    for (char **text = arguments + 5; *text != NULL && count < RECIPIENTS_MAX; text++)
        TRY(age_recipient_parse(str_from(*text), &recipients[count++]));
    TRY(map_file(arguments[4], &bytes));
    TRY(vault_open(paths, 1, &vault));
    TRY(stored_make(&vault, str_from(arguments[1]), package, recipients, count, bytes, arena,
                    &stored));
    print_rows(arguments[2], arguments[3], &stored);
    return NULL;
}

static struct err *person(char **arguments, struct arena *arena)
{
    uint8_t key[32];
    const struct identity_told told = {.number = str_from(arguments[1]),
                                       .system = str_from(arguments[2])};
    struct identity identity = identity_read(&told, arena);
    if (!hex_decode(str_trim(str_from(arguments[0])), key, sizeof key))
        return err_new(ERR_INVALID, "the key is not 64 hexadecimal digits");
    puts(uuid_text(person_pseudonym((struct str){(const char *)key, sizeof key}, &identity)).text);
    return NULL;
}

int main(int argc, char **argv)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 26);
    struct err *e = NULL;
    if (argc >= 8 && strcmp(argv[1], "package") == 0)
        e = store(argv + 2, arena);
    else if (argc >= 4 && strcmp(argv[1], "person") == 0)
        e = person(argv + 2, arena);
    else
        e = err_new(ERR_INVALID, "package or person, with their arguments");
    return e != NULL ? fail(e) : 0;
}
