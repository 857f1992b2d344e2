/* The demands of an agreement. */
#include "validate/terms.h"

#include "base/base.h"

static bool holds(const struct strs *list, struct str word)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_equal(list->at[i], word))
            return true;
    return false;
}

/* "a, b, c", as far as a finding's text goes. */
static void print_list(const struct strs *list, struct buf *out)
{
    for (size_t i = 0; i < list->count && out->len < FINDING_TEXT; i++) {
        buf_put(out, i > 0 ? S(", ") : S(""));
        buf_put(out, str_slice(list->at[i], 0, FINDING_TEXT));
    }
}

static void outside(enum requirement requirement, struct str path, struct str found,
                    const struct strs *allowed, struct findings *findings)
{
    autobuf struct buf expected = buf_new(4 * FINDING_TEXT);
    print_list(allowed, &expected);
    findings_add(findings, &(struct finding){.rule = rule_find(requirement, 1),
                                             .path = path,
                                             .found = found,
                                             .expected = buf_str(&expected)});
}

static void above(enum requirement requirement, struct str path, uint64_t found, int64_t most,
                  struct findings *findings)
{
    autobuf struct buf is = buf_new(32);
    autobuf struct buf limit = buf_new(32);
    buf_format(&is, "%llu", (unsigned long long)found);
    buf_format(&limit, "%lld", (long long)most);
    findings_add(findings, &(struct finding){.rule = rule_find(requirement, 1),
                                             .path = path,
                                             .found = buf_str(&is),
                                             .expected = buf_str(&limit)});
}

void terms_judge_root(const struct terms *terms, const struct mets_node *root,
                      struct findings *findings)
{
    struct str type = root->at[METS_AT_CSIP_CONTENT];
    if (terms == NULL)
        return;
    if (str_equal(type, S("OTHER")))
        type = root->at[METS_AT_CSIP_OTHERCONTENT];
    if (type.len == 0) /* FGS 1.x has no other word */
        type = root->at[METS_AT_TYPE];
    if (terms->profiles.count > 0 && !holds(&terms->profiles, root->at[METS_AT_PROFILE]))
        outside(REQ_agreement_profile, S("METS.xml"), root->at[METS_AT_PROFILE], &terms->profiles,
                findings);
    if (terms->content_types.count > 0 && !holds(&terms->content_types, type))
        outside(REQ_agreement_type, S("METS.xml"), type, &terms->content_types, findings);
}

void terms_judge_file(const struct terms *terms, struct str path, uint64_t length,
                      struct findings *findings)
{
    if (terms != NULL && terms->file_bytes_max > 0 && length > (uint64_t)terms->file_bytes_max)
        above(REQ_agreement_file_size, path, length, terms->file_bytes_max, findings);
}

void terms_judge_count(const struct terms *terms, int64_t files, struct findings *findings)
{
    if (terms != NULL && terms->files_max > 0 && files > terms->files_max)
        above(REQ_agreement_files, (struct str){0}, (uint64_t)files, terms->files_max, findings);
}

void terms_miss(struct str path, struct findings *findings)
{
    findings_add(findings, &(struct finding){.rule = rule_find(REQ_agreement_description, 1),
                                             .expected = path});
}

void terms_judge_format(const struct terms *terms, struct str path, struct str puid,
                        struct str told, struct findings *findings)
{
    if (terms != NULL && terms->formats.count > 0 && !holds(&terms->formats, puid))
        outside(REQ_agreement_format, path, told, &terms->formats, findings);
}
