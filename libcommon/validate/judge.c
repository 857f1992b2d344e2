/* List, survey and check, one behind the other. */
#include "validate/judge.h"

#include "base/base.h"
#include "validate/check.h"
#include "validate/spool.h"
#include "validate/survey.h"
#include "vault/read_ahead.h"

struct err *judge_refused(struct judging *j, struct err *e)
{
    if (!is_refusal(e))
        return e;
    j->refusal = e;
    return NULL;
}

static struct err *survey_all(struct judging *j, struct survey *s)
{
    struct err *e = survey(s);
    j->objid = s->objid;
    j->files = s->files;
    j->bytes = s->bytes;
    return e;
}

static struct err *check_all(struct judging *j, const struct survey *s)
{
    struct source manifest;
    TRY(spool_end(s->manifest, &manifest));
    struct manifest_check all = {.source = s->source,
                                 .container = s->container,
                                 .manifest = &manifest,
                                 .end_row = manifest.size,
                                 .inspection = j->inspection,
                                 .findings = j->findings,
                                 .folder = j->folder};
    return manifest_check(&all);
}

struct err *judge_listed(struct judging *j, const struct source *source, enum container container,
                         const struct source *listing)
{
    autolisting struct listing *entries = NULL;
    TRY(listing_open(listing, 1, &entries));
    struct survey s = {.source = source,
                       .container = container,
                       .listing = entries,
                       .schema = j->schema,
                       .now = j->now,
                       .inspection = j->inspection,
                       .limits = {INT64_MAX, INT64_MAX}, /* one part */
                       .folder = j->folder,
                       .arena = j->arena,
                       .findings = j->findings,
                       .manifest = spool_new(j->folder)};
    inspection_note(j->inspection, j->findings);
    struct err *e = survey_all(j, &s);
    if (e == NULL)
        e = check_all(j, &s);
    spool_free(s.manifest);
    return judge_refused(j, e);
}

static struct err *list(struct listing_step *step, struct spool *piece, struct source *out)
{
    TRY(listing_recognise(step->source, &step->container));
    TRY(listing_step(step, piece));
    return spool_end(piece, out);
}

struct err *judge_container(struct judging *j, const struct source *source)
{
    struct source listing;
    struct read_ahead *ahead = read_ahead_new(source);
    struct source near = read_ahead_source(ahead);
    struct listing_step step = {.source = &near, .bytes = UINT64_MAX}; /* one step */
    struct spool *piece = spool_new(j->folder);
    struct err *e = list(&step, piece, &listing);
    e = e == NULL ? judge_listed(j, &near, step.container, &listing) : judge_refused(j, e);
    spool_free(piece);
    read_ahead_free(ahead);
    return e;
}
