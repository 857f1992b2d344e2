/* A package of a few files, judged as `r7 validate` judges it: what was found. */
#pragma once

#include "containers.h"
#include "text/xml.h"
#include "unit.h"
#include "validate/judge.h"

#include <fcntl.h>

struct judged {
    struct arena *arena;
    struct buf told; /* "requirement.number " of each finding that is more than INFO */
    struct str objid;
};

MAKER struct judged judged_new(void)
{
    return (struct judged){.arena = arena_new(1 << 24), .told = buf_new(10000)};
}

MAKER void judged_free(struct judged *j)
{
    buf_free(&j->told);
    arena_free(j->arena);
}

MAKER void tell_findings(const struct findings *findings, struct judged *out)
{
    size_t count = 0;
    const struct finding *kept = findings_kept(findings, &count);
    buf_clear(&out->told);
    for (size_t i = 0; i < count; i++) {
        if (kept[i].rule->level != LEVEL_INFO)
            buf_format(&out->told, "%s.%d ", requirement_name(kept[i].rule->requirement),
                       kept[i].rule->number);
    }
    buf_put(&out->told, S(""));
}

MAKER void judge_members(const struct tar_member *members, size_t count, struct judged *out)
{
    autobuf struct buf tar = buf_new(CONTAINER_TEST_MAX);
    autofindings struct findings *findings = findings_new();
    autoclose int scratch = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct xml_schema *schema = NULL;
    put_tar(&tar, members, count);
    struct str bytes = buf_str(&tar);
    struct source source = source_from_str(&bytes);
    assert_null(xml_schema_open("schemas/xsd/eark/package.xsd", &schema));
    struct judging j = {
        .schema = schema, .arena = out->arena, .findings = findings, .folder = scratch};
    assert_null(judge_container(&j, &source));
    assert_null(j.refusal);
    out->objid = j.objid;
    tell_findings(findings, out);
    xml_schema_close(schema);
}
