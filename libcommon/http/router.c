/* Paths and their patterns. */
#include "base/base.h"
#include "http/http.h"

static const char *const method_names[HTTP_METHODS] = {"GET",   "HEAD",   "POST",   "PUT",
                                                       "PATCH", "DELETE", "OPTIONS"};

const char *http_method_name(enum http_method method)
{
    return method_names[method];
}

bool http_path_match(const char *pattern, struct str path, struct http_match *out)
{
    struct http_match match = {.pattern = pattern};
    if (strcmp(pattern, "*") == 0) {
        *out = match;
        return true;
    }
    struct str pattern_rest = str_from(pattern);
    struct str path_rest = path;
    for (;;) {
        struct str wanted = {0};
        struct str given = {0};
        bool more_wanted = str_cut(&pattern_rest, '/', &wanted);
        bool more_given = str_cut(&path_rest, '/', &given);
        if (!more_wanted || !more_given) {
            if (more_wanted != more_given)
                return false;
            *out = match;
            return true;
        }
        if (!str_starts(wanted, S("{"))) {
            if (!str_equal(wanted, given))
                return false;
            continue;
        }
        if (given.len == 0 || match.count == HTTP_PARAMS)
            return false;
        match.names[match.count] = str_slice(wanted, 1, wanted.len - 1);
        match.values[match.count++] = given;
    }
}

struct str http_param(const struct http_match *match, const char *name)
{
    for (size_t i = 0; i < match->count; i++)
        if (str_equal(match->names[i], str_from(name)))
            return match->values[i];
    return (struct str){0};
}
