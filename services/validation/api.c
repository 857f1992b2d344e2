/* The report of a delivery, to the source system that delivered it, and to no one else. It lies in
 * staging until the package is stored, then in the package's AIP part. */
#include "services/validation/room.h"
#include "vault/ocfl.h"
#include "vault/staging.h"

#include <unistd.h>

struct report_row {
    struct uuid place; /* the staged folder, or the package */
    int32_t number;
    struct uuid key;
    int64_t bytes;
    int64_t stored_bytes;
    struct bytes sha512;
};
static const struct field report_fields[] = {FIELD(struct report_row, place, REQUIRED),
                                             FIELD(struct report_row, number, REQUIRED),
                                             FIELD(struct report_row, key, REQUIRED),
                                             FIELD(struct report_row, bytes, REQUIRED),
                                             FIELD(struct report_row, stored_bytes, REQUIRED),
                                             FIELD(struct report_row, sha512, REQUIRED),
                                             FIELDS_END};

/* One sealed file, wherever it is open, as the body of the answer. */
static struct err *read_sealed(struct request *request, const struct segment *segment,
                               int descriptor, const struct file_key *key)
{
    struct segment_reader *reader = NULL;
    const struct segment_file file = {0, segment->plain_bytes, segment->stored_bytes, descriptor,
                                      key};
    TRY(segment_reader_new(&file, 1, segment->plain_bytes, &reader));
    struct source source = segment_reader_source(reader);
    char *at = buf_reserve(request->out, source.size);
    struct err *e = at != NULL ? source_read(&source, 0, at, source.size)
                               : buf_done(request->out, "the report");
    request->out->len += e == NULL ? source.size : 0;
    segment_reader_free(reader);
    return e;
}

static struct err *open_report(struct request *request, const struct report_row *row, bool stored,
                               const struct segment *segment, int *out_descriptor)
{
    const struct vault *vault = worker_vault(request->worker);
    struct str tenant = {0};
    TRY(worker_tenant(request->worker, request->tenant, &tenant));
    if (stored)
        return ocfl_open(vault->locations[0], tenant, row->place, OCFL_AIP, segment, 1,
                         out_descriptor);
    autoclose int folder = -1;
    TRY(staging_open(vault->locations[0], tenant, row->place, false, &folder));
    return segment_open_staged(folder, segment, 1, out_descriptor);
}

static struct err *answer_report(struct request *request, const struct report_row *row, bool stored)
{
    struct segment *segment = NULL;
    struct file_key *key = NULL;
    autoclose int descriptor = -1;
    const struct segment_row as_row = {row->number, row->key, row->bytes, row->stored_bytes,
                                       row->sha512};
    TRY(segment_rows_read(&as_row, 1, request->arena, &segment));
    TRY(worker_unwrap(request->worker, request->tenant, "validate", &row->key, 1, request->arena,
                      &key));
    TRY(open_report(request, row, stored, segment, &descriptor));
    return read_sealed(request, segment, descriptor, key);
}

struct err *validation_report(struct request *request, struct http_reply *reply)
{
    (void)reply;
    struct uuid delivery;
    struct rows staged = {0};
    struct rows stored = {0};
    if (!uuid_parse(http_param(&request->match, "delivery"), &delivery))
        return err_new(ERR_NOT_FOUND, "there is no such delivery");
    struct load *load = load_new(request->db, request->tenant, request->arena);
    LOAD(load, &validation_select_staged_report, report_fields, struct report_row, &staged,
         V(delivery), V(request->system));
    LOAD(load, &validation_select_stored_report, report_fields, struct report_row, &stored,
         V(delivery), V(request->system));
    TRY(load_run(load));
    if (staged.count > 0)
        return answer_report(request, ROW(struct report_row, staged, 0), false);
    if (stored.count > 0)
        return answer_report(request, ROW(struct report_row, stored, 0), true);
    return err_new(ERR_NOT_FOUND, "there is no report of such a delivery");
}
