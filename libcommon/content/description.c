/* Archival descriptions: what EAD3 and EAC-CPF must have at least. */
#include "content/grammar.h"

#include "base/base.h"

enum { ONE = false, MANY = true };

enum {
    TEXT = GRAMMAR_TEXT,
    ANYTHING = GRAMMAR_ANYTHING,
    EAD = GRAMMAR_FIRST,
    EAD_CONTROL,
    EAD_FILEDESC,
    EAD_TITLE,
    EAD_STATUS,
    EAD_AGENCY,
    EAD_HISTORY,
    EAD_EVENT,
    EAD_ARCHDESC,
    CPF,
    CPF_CONTROL,
    CPF_AGENCY,
    CPF_HISTORY,
    CPF_IDENTITIES,
    CPF_DESCRIPTION,
    CPF_IDENTITY,
    CPF_NAME,
    EAC,
    EAC_CONTROL,
    EAC_AGENCY,
    EAC_IDENTITIES,
    EAC_DESCRIPTION,
    EAC_IDENTITY,
};

static const struct grammar_row rows[] = {
    {.parent = GRAMMAR_ROOT, .name = "ead", .child = EAD},
    {.parent = GRAMMAR_ROOT, .name = "eac-cpf", .child = CPF},
    {.parent = GRAMMAR_ROOT, .name = "eac", .child = EAC},
#define ROW(context, name_, child_, need_, many_, value_)                                          \
    {.parent = (context),                                                                          \
     .name = (name_),                                                                              \
     .child = (child_),                                                                            \
     .need = (need_),                                                                              \
     .many = (many_),                                                                              \
     .value = VALUE_##value_},
#include "content/description_elements.def"
#undef ROW
};

static const char *const namespaces[] = {EAD3_NAMESPACE, CPF_NAMESPACE, EAC_NAMESPACE, NULL};

static const struct grammar grammar = {.rows = rows,
                                       .count = COUNT(rows),
                                       .namespaces = namespaces,
                                       .unknown = CONTENT_description_root,
                                       .missing = CONTENT_description_missing,
                                       .repeated = CONTENT_description_repeated,
                                       .value = CONTENT_description_value};

struct err *description_check(const struct source *file, const struct content_report *report)
{
    struct content_stream stream = {file, 0};
    const struct grammar_document document = {
        .grammar = &grammar, .input = {content_stream_read, &stream}, .report = report};
    struct grammar_walk *walk = grammar_open(&document);
    struct grammar_event event = {0};
    struct err *e = NULL;
    do
        e = grammar_next(walk, &event);
    while (e == NULL && event.row != NULL);
    grammar_close(walk);
    return e;
}
