/* Any bytes as a METS file: read against its schema, judged by every rule, each href resolved and
 * guessed at. */
#include "base/base.h"
#include "text/href.h"
#include "validate/mets_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* make fuzz runs in build/fuzz/fuzz. */
static const struct xml_schema *the_schema(void)
{
    static struct xml_schema *schema;
    if (schema == NULL && xml_schema_open("../../../schemas/xsd/eark/package.xsd", &schema) != NULL)
        abort();
    return schema;
}

static void follow(const struct mets_reference *r, struct arena *arena)
{
    struct str path = {0};
    struct href_guess guesses[HREF_GUESSES];
    if (href_resolve(r->href, S("representations/r/METS.xml"), arena, &path) == HREF_OK)
        assert(path.len > 0 && path.ptr[0] != '/' && !str_starts(path, S("../")));
    size_t count = href_guess(r->href, S("representations/r/METS.xml"), arena, guesses);
    for (size_t i = 0; i < count; i++)
        assert(guesses[i].path.len > 0 && guesses[i].path.ptr[0] != '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoarena struct arena *arena = arena_new(256 << 20);
    autofindings struct findings *findings = findings_new();
    automets struct mets *document =
        mets_open_str((struct str){(const char *)data, size}, the_schema());
    struct shape *shape = shape_new();
    shape_see(shape, S("p/representations/r/METS.xml"), false);
    struct mets_rules_about about = {.mets = S("METS.xml"),
                                     .folder = S("p"),
                                     .representation = size % 2 == 1,
                                     .shape = shape,
                                     .now = clock_now()};
    struct mets_rules *judging = mets_rules_new(&about, findings);
    struct mets_event event = {0};
    struct err *refusal = NULL;
    do {
        refusal = mets_next(document, &event);
        struct mets_reference r = {0};
        if (refusal != NULL)
            break;
        mets_rules_see(judging, &event);
        if (mets_reference(&event, &r))
            follow(&r, arena);
    } while (event.node != NULL);
    assert(refusal == NULL || findings_add_refusal(findings, about.mets, refusal));
    findings_add_problems(findings, about.mets, document);
    mets_rules_free(judging);
    shape_free(shape);
    err_reset();
    return 0;
}
