/* Any bytes as a question to the gateway, and as the content of a record that it answers with:
 * whatever comes in, what goes out is well-formed and complete. */
#include "fuzz.h"
#include "services/gateway/gcd3.h"

static void as_question(struct str bytes)
{
    autoarena struct arena *arena = arena_new(16 * 1024 * 1024);
    autosoap struct soap_request request = {0};
    struct gcd3_question question;
    struct err *e = soap_open(S("text/xml"), bytes, arena, &request);
    if (e == NULL)
        e = gcd3_read(&request, arena, &question);
    if (e == NULL)
        gcd3_refusal(&question, request.logical_address);
}

static void must(struct err *e)
{
    if (e != NULL)
        abort();
}

/* `before` bytes stand in front of the range. */
static void as_content(struct str bytes, size_t before)
{
    struct gcd3_question question = {.period_start = S("20180101"), .period_end = S("20181231")};
    struct record record = {.source_id = S("N-1"),
                            .dissent = true,
                            .documented_at = {.us = 1500000000000000, .known = true}};
    struct gcd3_content content = {.bytes = str_slice(bytes, before, bytes.len),
                                   .before = str_slice(bytes, 0, before)};
    struct gcd3_item item = {
        .record = &record, .patient_id = {S("1"), S("2")}, .contents = &content, .count = 1};
    autobuf struct buf out = buf_new(64 * 1024);
    struct gcd3_answer answer = gcd3_begin(&question, S("SE0000000001-3001"), &out);
    bool full;
    must(gcd3_add(&answer, &item, &full));
    must(gcd3_end(&answer, NULL, 0));
    autoxml struct xml *x = xml_open_str(buf_str(&out), NULL);
    enum xml_event event;
    do
        must(xml_next(x, &event));
    while (event != XML_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    as_question(bytes);
    as_content(bytes, 0);
    as_content(bytes, size > 0 ? data[0] * size / 256 : 0);
    err_reset();
    return 0;
}
