/* Archival descriptions: what EAD3 and EAC-CPF must have at least. */
#include "content/grammar.h"

#include "base/base.h"

enum {
    EAD = FIRST_CONTEXT,
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
#include "content/description_elements.def"
};

static const char *const namespaces[] = {EAD3_NAMESPACE, CPF_NAMESPACE, EAC_NAMESPACE, NULL};

static const struct grammar grammar = {
    .rows = rows, .count = COUNT(rows), .namespaces = namespaces, GRAMMAR_OF_LEAST(description)};

struct err *description_check(const struct source *file, const struct content_report *report)
{
    struct grammar_walk *walk = grammar_open(&grammar, file, report);
    struct grammar_event event;
    while (grammar_next(walk, &event)) {
    }
    return grammar_close(walk);
}
