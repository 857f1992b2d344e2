/* The keys that a log's checkpoints are believed by: those that one was given, and each that one of
 * them has handed over to. */
#include "log_sealed.h"
#include "text/json.h"

struct change {
    struct str checkpoint;
};
static const struct field change_fields[] = {
    FIELD(struct change, checkpoint, REQUIRED, .max = NOTE_MAX), FIELDS_END};

static bool has(const struct log_keys *keys, struct str key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (str_equal(keys->at[i], key))
            return true;
    return false;
}

struct err *log_keys_add(struct log_keys *keys, struct str key)
{
    if (has(keys, key))
        return NULL;
    if (keys->count == LOG_KEYS_MAX)
        return err_new(ERR_TOO_LARGE, "a log has more than %d keys", LOG_KEYS_MAX);
    keys->at[keys->count++] = key;
    return NULL;
}

struct err *log_keys_open(struct log_keys *keys, struct str note, struct arena *arena,
                          struct checkpoint *out)
{
    for (size_t i = keys->count; i-- > 0;) {
        const struct err *before = err_mark();
        struct checkpoint next;
        struct err *e = checkpoint_open(note, keys->at[i], out);
        if (e != NULL && (i == 0 || e->code != ERR_CORRUPT))
            return e;
        if (e == NULL && out->next_key.len > 0 && !has(keys, out->next_key)) {
            TRY(checkpoint_hand_over(note, keys->at[i], &next));
            return log_keys_add(keys, arena_str(arena, out->next_key));
        }
        if (e == NULL)
            return NULL;
        err_forget(before);
    }
    return err_new(ERR_INVALID, "no key is given");
}

struct err *log_keys_follow(struct log_keys *keys, struct str changes, struct arena *arena,
                            struct checkpoint **out, size_t *out_count)
{
    struct str list = {0};
    void *items = NULL;
    TRY(json_member(changes, "changes", arena, &list));
    TRY(json_read_list(list, change_fields, sizeof(struct change), LOG_KEYS_MAX,
                       JSON_IGNORE_UNKNOWN, "changes", arena, &items, out_count));
    const struct change *at = items;
    *out = ARENA_ARRAY(arena, struct checkpoint, *out_count + 1);
    for (size_t i = 0; i < *out_count; i++)
        TRY(log_keys_open(keys, at[i].checkpoint, arena, &(*out)[i]));
    return NULL;
}
