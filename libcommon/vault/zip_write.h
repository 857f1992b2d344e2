/* The records of a ZIP file (PKWARE APPNOTE.TXT 6.3.10) that we make ourselves: names in UTF-8
 * (flag bit 11), sizes and CRC in the local header and no data descriptors, ZIP64 wherever a number
 * needs it. The same entries give the same bytes. What is made is appended to `out`, whose limit is
 * the caller's. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"

struct zip_entry {
    struct str name; /* at most 65,535 bytes */
    uint64_t size;
    uint64_t compressed;     /* bytes of the body; the size when it is stored */
    uint32_t crc;            /* zip_crc of the whole file */
    bool deflated;           /* or stored */
    struct instant modified; /* kept to two seconds, from 1980 to 2107 */
    uint64_t header_at;      /* where its local header begins */
};

/* Local header, name and extra field: as long before the body is known (crc and compressed 0) as
 * after. */
void zip_local_header(const struct zip_entry *entry, struct buf *out);
void zip_central_header(const struct zip_entry *entry, struct buf *out);
/* What ends the file: `length` bytes of central headers begin at `at`. */
void zip_end_record(uint64_t entries, uint64_t at, uint64_t length, struct buf *out);

/* Continues `crc`, which begins as 0. */
uint32_t zip_crc(uint32_t crc, struct str bytes);

/* Deflates one body after another: begin, any pieces, the last one marked. Holds 300 KiB. */
struct zip_deflater;
struct zip_deflater *zip_deflater_new(void);
void zip_deflater_free(struct zip_deflater *deflater); /* NULL is fine */
void zip_deflate_begin(struct zip_deflater *deflater);
void zip_deflate(struct zip_deflater *deflater, struct str bytes, bool last, struct buf *out);
