/* References by path: fixed rows sorted by a hash of the path, their texts behind each other in one
 * buffer. */
#include "services/validation/expect.h"

#include "base/base.h"
#include "base/digest.h"

struct row {
    uint8_t hash[12]; /* of the path: 96 bits of SHA-256 */
    uint32_t line;
    uint64_t text; /* where its texts begin */
    uint8_t element;
};

struct expectations {
    struct row *rows;
    size_t count;
    size_t capacity;
    struct buf texts;
};

/* In this order, each with a 32-bit length in front; absent is UINT32_MAX. */
enum { TEXT_METS, TEXT_PATH, TEXT_ID, TEXT_HREF, TEXT_SIZE, TEXT_CHECKSUM, TEXT_TYPE, TEXTS };

struct expectations *expectations_new(void)
{
    struct expectations *e = must_calloc(1, sizeof *e);
    e->texts = buf_new(EXPECTATION_BYTES_MAX);
    return e;
}

void expectations_free(struct expectations *e)
{
    if (e == NULL)
        return;
    free(e->rows);
    buf_free(&e->texts);
    free(e);
}

static void hash_path(struct str path, uint8_t out[12])
{
    struct sha256 digest = sha256_of(path);
    memcpy(out, digest.bytes, 12);
}

static void put_text(struct buf *texts, struct str text)
{
    uint32_t length = text.ptr != NULL ? (uint32_t)text.len : UINT32_MAX;
    buf_put(texts, (struct str){(const char *)&length, sizeof length});
    buf_put(texts, text.ptr != NULL ? text : S(""));
}

struct err *expectations_add(struct expectations *e, struct str path,
                             const struct mets_reference *r, struct str mets)
{
    if (e->count == EXPECTATIONS_MAX)
        return err_rule(ERR_TOO_LARGE, "mets_references", "METS lists more than %d files",
                        EXPECTATIONS_MAX);
    if (e->count == e->capacity) {
        e->capacity = e->capacity == 0 ? 1024 : 2 * e->capacity;
        e->rows = must_realloc(e->rows, e->capacity * sizeof *e->rows);
    }
    struct row *row = &e->rows[e->count++];
    *row = (struct row){
        .line = (uint32_t)r->line, .text = e->texts.len, .element = (uint8_t)r->element};
    hash_path(path, row->hash);
    const struct str texts[TEXTS] = {[TEXT_METS] = mets,
                                     [TEXT_PATH] = path,
                                     [TEXT_ID] = r->id,
                                     [TEXT_HREF] = r->href,
                                     [TEXT_SIZE] = r->size,
                                     [TEXT_CHECKSUM] = r->checksum,
                                     [TEXT_TYPE] = r->checksum_type};
    for (size_t i = 0; i < TEXTS; i++)
        put_text(&e->texts, texts[i]);
    return buf_done(&e->texts, "what METS says of the files");
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a;
    const struct row *right = b;
    int order = memcmp(left->hash, right->hash, sizeof left->hash);
    return order != 0 ? order : (left->text > right->text) - (left->text < right->text);
}

void expectations_sort(struct expectations *e)
{
    if (e->count > 1)
        qsort(e->rows, e->count, sizeof *e->rows, compare_rows);
}

size_t expectations_find(const struct expectations *e, struct str path, size_t *out_first)
{
    uint8_t hash[12];
    hash_path(path, hash);
    size_t low = 0;
    size_t high = e->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(e->rows[middle].hash, hash, sizeof hash) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < e->count && memcmp(e->rows[end].hash, hash, sizeof hash) == 0)
        end++;
    *out_first = low;
    return end - low;
}

struct expectation expectations_get(const struct expectations *e, size_t number)
{
    const struct row *row = &e->rows[number];
    const char *at = e->texts.ptr + row->text;
    struct str texts[TEXTS];
    for (size_t i = 0; i < TEXTS; i++) {
        uint32_t length = 0;
        memcpy(&length, at, sizeof length);
        at += sizeof length;
        texts[i] = length == UINT32_MAX ? (struct str){0} : (struct str){at, length};
        at += texts[i].len;
    }
    return (struct expectation){.listed = {(enum mets_element)row->element, texts[TEXT_METS],
                                           row->line, texts[TEXT_ID], texts[TEXT_PATH]},
                                .href = texts[TEXT_HREF],
                                .size = texts[TEXT_SIZE],
                                .checksum = texts[TEXT_CHECKSUM],
                                .checksum_type = texts[TEXT_TYPE]};
}
