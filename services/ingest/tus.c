/* Reading and writing the headers of tus. */
#include "services/ingest/tus.h"
#include "base/base.h"
#include "base/base64.h"

#include <time.h>

struct err *tus_version_check(struct str header)
{
    if (str_equal(header, S(TUS_VERSION)))
        return NULL;
    return err_field(ERR_PRECONDITION, "Tus-Resumable", "not %s, the one version spoken here",
                     TUS_VERSION);
}

struct err *tus_number_read(struct str header, const char *name, int64_t *out)
{
    if (header.ptr == NULL)
        return err_field(ERR_INVALID, name, "missing");
    /* str_to_i64 would let a sign pass. */
    if (header.len == 0 || header.ptr[0] < '0' || header.ptr[0] > '9' ||
        !str_to_i64(header, 0, INT64_MAX, out))
        return err_field(ERR_INVALID, name, "not a number of bytes");
    return NULL;
}

struct err *tus_metadata_get(struct str header, struct str key, struct arena *arena,
                             struct str *out)
{
    *out = (struct str){0};
    if (header.len > TUS_METADATA_MAX)
        return err_field(ERR_TOO_LARGE, "Upload-Metadata", "over %d bytes", TUS_METADATA_MAX);
    for (struct str pair = {0}; str_cut(&header, ',', &pair);) {
        struct str name = {0};
        pair = str_trim(pair);
        if (!str_cut(&pair, ' ', &name) || !str_equal(name, key))
            continue;
        if (!base64_decode(pair, arena, out))
            return err_field(ERR_INVALID, "Upload-Metadata", "a value is not base64");
        return NULL;
    }
    return NULL;
}

/* What digest_algorithm_parse knows and tus has names for. */
static bool is_offered(struct str name)
{
    struct str rest = S(TUS_ALGORITHMS);
    for (struct str one = {0}; str_cut(&rest, ',', &one);)
        if (str_equal(one, name))
            return true;
    return false;
}

struct err *tus_checksum_read(struct str header, struct arena *arena, struct tus_checksum *out)
{
    struct tus_checksum checksum = {0};
    struct str name = {0};
    if (!str_cut(&header, ' ', &name) || !is_offered(name) ||
        !digest_algorithm_parse(name, &checksum.algorithm))
        return err_field(ERR_INVALID, "Upload-Checksum", "not one of %s, and its digest",
                         TUS_ALGORITHMS);
    if (!base64_decode(header, arena, &checksum.digest) ||
        checksum.digest.len != digest_size(checksum.algorithm))
        return err_field(ERR_INVALID, "Upload-Checksum", "the digest is not %zu bytes in base64",
                         digest_size(checksum.algorithm));
    *out = checksum;
    return NULL;
}

void tus_date_print(struct instant at, char out[TUS_DATE])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm parts = {0};
    time_t seconds = at.us / 1000000;
    gmtime_r(&seconds, &parts);
    snprintf(out, TUS_DATE, "%s, %02u %s %04u %02u:%02u:%02u GMT", days[parts.tm_wday],
             (unsigned)parts.tm_mday % 100, months[parts.tm_mon],
             (unsigned)(parts.tm_year + 1900) % 10000, (unsigned)parts.tm_hour % 100,
             (unsigned)parts.tm_min % 100, (unsigned)parts.tm_sec % 100);
}
