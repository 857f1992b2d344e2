/* TAR (POSIX.1-2001, "pax"): a ustar header, before it a pax header when name or size do not fit.
 */
#include "container_write.h"

enum { BLOCK = 512, USTAR_NAME = 100 };
static const uint64_t USTAR_SIZE_MAX = 077777777777;

/* A ustar header, field by field; every number is octal text. */
struct header {
    char name[USTAR_NAME];
    char mode[8];
    char owner[8];
    char group[8];
    char size[12];
    char modified[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[8];
    char owner_name[32];
    char group_name[32];
    char device[16];
    char prefix[155];
    char unused[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static struct err *pad(struct container *c, uint64_t length)
{
    static const char zeros[BLOCK];
    return container_write(c, zeros, (BLOCK - length % BLOCK) % BLOCK);
}

static void octal(char *field, size_t width, uint64_t value)
{
    for (size_t i = width - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
}

static struct err *write_header(struct container *c, struct str name, char type, uint64_t size)
{
    struct header h = {.type = type,
                       .magic = "ustar\0"
                                "0"};
    h.magic[7] = '0';
    memcpy(h.name, name.ptr, name.len < USTAR_NAME ? name.len : USTAR_NAME);
    octal(h.mode, sizeof h.mode, 0644);
    octal(h.owner, sizeof h.owner, 0);
    octal(h.group, sizeof h.group, 0);
    octal(h.size, sizeof h.size, size <= USTAR_SIZE_MAX ? size : 0);
    octal(h.modified, sizeof h.modified,
          c->modified.us > 0 ? (uint64_t)c->modified.us / 1000000 : 0);
    memset(h.checksum, ' ', sizeof h.checksum);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof h; i++)
        sum += ((const uint8_t *)&h)[i];
    octal(h.checksum, sizeof h.checksum - 1, sum);
    h.checksum[6] = '\0';
    return container_write(c, &h, sizeof h);
}

static size_t digits(size_t number)
{
    size_t count = 1;
    for (; number >= 10; number /= 10)
        count++;
    return count;
}

/* "LENGTH key=value\n", where the length counts its own digits too. */
static void pax_line(struct buf *b, const char *key, struct str value)
{
    size_t rest = strlen(key) + value.len + 3;
    size_t length = rest;
    while (length != rest + digits(length))
        length = rest + digits(length);
    buf_format(b, "%zu %s=", length, key);
    buf_put(b, value);
    buf_byte(b, '\n');
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    return true;
}

struct err *tar_begin(struct container *c)
{
    const struct str name = {c->name, c->name_length};
    autobuf struct buf pax = buf_new(CONTAINER_NAME_MAX + 100);
    char size[24];
    snprintf(size, sizeof size, "%llu", (unsigned long long)c->size);
    if (name.len > USTAR_NAME || !is_ascii(name))
        pax_line(&pax, "path", name);
    if (c->size > USTAR_SIZE_MAX)
        pax_line(&pax, "size", str_from(size));
    if (pax.len > 0) {
        TRY(write_header(c, S("pax"), 'x', pax.len));
        TRY(container_write(c, pax.ptr, pax.len));
        TRY(pad(c, pax.len));
    }
    return write_header(c, name, '0', c->size);
}

struct err *tar_end(struct container *c)
{
    return pad(c, c->size);
}

struct err *tar_finish(struct container *c)
{
    static const char zeros[2 * BLOCK];
    return container_write(c, zeros, sizeof zeros);
}
