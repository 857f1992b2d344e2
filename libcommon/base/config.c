/* Settings. */
#include "base/config.h"
#include "base/base.h"

struct err *config_read(const struct setting *settings, struct arena *arena, void *out)
{
    for (const struct setting *s = settings; s->env != NULL; s++) {
        const char *given =
            getenv(s->env); /* NOLINT(concurrency-mt-unsafe): read before threads are made */
        const char *text = given != NULL && given[0] != '\0' ? given : s->fallback;
        if (text == NULL && s->field.presence == REQUIRED)
            return err_field(ERR_INVALID, s->env, "not set: %s", s->doc);
        if (text != NULL)
            TRY(field_from_text(&s->field, arena_str(arena, str_from(text)), out, s->env, arena));
    }
    return NULL;
}

void config_document(const struct setting *settings, struct buf *out)
{
    for (const struct setting *s = settings; s->env != NULL; s++)
        buf_format(out, "%-24s %s%s%s%s\n", s->env, s->doc, s->fallback != NULL ? " [" : "",
                   s->fallback != NULL             ? s->fallback
                   : s->field.presence == REQUIRED ? " (required)"
                                                   : "",
                   s->fallback != NULL ? "]" : "");
}
