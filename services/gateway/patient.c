/* The number that a record was stored under. The index keeps a pseudonym only, and that is enough
 * to know the number again when it is seen: no mapping of the delivery is needed to find it. */
#include "services/gateway/room.h"

#include "base/base.h"

enum { NUMBER_MIN = 4, NUMBER_MAX = 32 };

/* What may stand between the cells of a row, and around the text and attributes of an element. */
static bool is_border(char c)
{
    return c != '\0' && strchr(";,|\t\r\n<>\"'=&", c) != NULL;
}

static bool is_it(struct str number, struct str type, const struct record *record, struct str key,
                  struct arena *arena, struct ii *out)
{
    const struct identity_told told = {.number = number,
                                       .type = type,
                                       .system = record->source_system,
                                       .year = record_year(record)};
    const struct identity identity = identity_read(&told, arena);
    if (!uuid_equal(person_pseudonym(key, &identity), record->person))
        return false;
    *out = (struct ii){identity.type, identity.normalised.digits};
    return true;
}

bool patient_in_text(struct str text, const struct record *record, struct str asked_type,
                     struct str pseudonym_key, struct arena *arena, struct ii *out)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && !is_border(text.ptr[end]))
            end++;
        struct str number = str_trim(str_slice(text, at, end));
        at = end + 1;
        if (number.len < NUMBER_MIN || number.len > NUMBER_MAX)
            continue;
        if (is_it(number, (struct str){0}, record, pseudonym_key, arena, out)) {
            if (str_starts(out->root, S("local:"))) /* no OID: the contract has no place for it */
                return false;
            return true;
        }
        if (is_it(number, asked_type, record, pseudonym_key, arena, out))
            return true;
    }
    return false;
}
