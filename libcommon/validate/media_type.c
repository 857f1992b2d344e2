/* The list of media types. */
#include "validate/media_type.h"
#include "base/base.h"

static const char *const registered[] = {
#define MEDIA_TYPE_ROW(name) name,
#include "validate/media_types.def"
#undef MEDIA_TYPE_ROW
};

enum { LONGEST = 127 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int compare_nocase(struct str a, const char *b)
{
    size_t i = 0;
    while (i < a.len && b[i] != '\0' && lower(a.ptr[i]) == b[i])
        i++;
    int left = i < a.len ? (uint8_t)lower(a.ptr[i]) : 0;
    return left - (uint8_t)b[i];
}

bool media_type_is_registered(struct str type)
{
    struct str name = str_trim(str_slice(type, 0, str_find(type, ';')));
    size_t low = 0;
    size_t high = COUNT(registered);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_nocase(name, registered[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool is_restricted_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = lower(name.ptr[i]);
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (i == 0 || c == '\0' || strchr("!#$&-^_.+", c) == NULL))
            return false;
    }
    return name.len > 0 && name.len <= LONGEST;
}

bool media_type_is_wellformed(struct str type)
{
    struct str rest = str_trim(str_slice(type, 0, str_find(type, ';')));
    struct str top;
    return str_cut(&rest, '/', &top) && is_restricted_name(top) && is_restricted_name(rest);
}
