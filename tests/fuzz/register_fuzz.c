/* Any bytes as a question to the register of blocks and consents: whatever comes in, what goes out
 * is well-formed and complete. */
#include "fuzz.h"
#include "services/access/register.h"

static void must(struct err *e)
{
    if (e != NULL)
        abort();
}

static void answer(const struct register_question *question)
{
    static const struct str kinds[] = {{"lak", 3}};
    const struct permission_span always = {.from = {1, true}};
    const struct permission_block block = {.care_provider = S("SE1-CP"),
                                           .valid = always,
                                           .records_until = {2, true},
                                           .excluded = {kinds, 1}};
    const struct permission_lift lift = {.care_provider = S("SE1-CP"), .valid = always};
    const struct register_row row = {.source = S("register"), .for_unit = S("SE1-CU")};
    const struct register_facts facts = {.permission = {.now = {3, true},
                                                        .blocks = &block,
                                                        .block_count = 1,
                                                        .lifts = &lift,
                                                        .lift_count = 1,
                                                        .consent = {&always, 1}},
                                         .blocks = &row,
                                         .lifts = &row};
    autobuf struct buf out = buf_new(4 * 1024 * 1024);
    size_t count = 0;
    register_answer(question, &facts, &out, &count);
    must(buf_done(&out, "the answer"));
    autoxml struct xml *x = xml_open_str(buf_str(&out), NULL);
    enum xml_event event;
    do
        must(xml_next(x, &event));
    while (event != XML_END);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new(16 * 1024 * 1024);
    autosoap struct soap_request request = {0};
    struct register_question question;
    struct err *e =
        soap_open(S("text/xml"), (struct str){(const char *)data, size}, arena, &request);
    if (e == NULL)
        e = register_read(&request, arena, &question);
    if (e == NULL)
        answer(&question);
    err_reset();
    return 0;
}
