/* The trace that a request or a message belongs to (W3C Trace Context, level 1). */
#include "svc/internal.h"

enum { PARENT_LENGTH = 55, TRACE_FROM = 3, TRACE_UNTIL = 35 };

static bool is_lower_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.ptr[i] < '0' || text.ptr[i] > '9') && (text.ptr[i] < 'a' || text.ptr[i] > 'f'))
            return false;
    return true;
}

struct str trace_of(struct str parent)
{
    if (parent.len != PARENT_LENGTH || parent.ptr[TRACE_UNTIL] != '-')
        return (struct str){0};
    struct str trace = str_slice(parent, TRACE_FROM, TRACE_UNTIL);
    bool none = str_equal(trace, S("00000000000000000000000000000000"));
    return str_starts(parent, S("00-")) && is_lower_hex(trace) && !none ? trace : (struct str){0};
}
