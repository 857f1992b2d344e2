/* What an import remembers. */
#include "import.h"
#include "text/json.h"
#include "vault/vault.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { STATE_MAX = 1024 * 1024 * 1024, LINE_MAX_BYTES = 16 * 1024 };

static const char *const outcome_names[] = {"none", "sent", "archived", "rejected", NULL};

struct line {
    struct str name;
    struct str algorithm;
    struct str checksum;
    struct uuid delivery;
    struct str outcome;
    struct str rule;
    struct instant at;
};
static const struct field line_fields[] = {
    FIELD(struct line, name, REQUIRED),
    FIELD(struct line, algorithm, REQUIRED),
    FIELD(struct line, checksum, REQUIRED),
    FIELD(struct line, delivery, REQUIRED),
    FIELD(struct line, outcome, REQUIRED, .one_of = outcome_names),
    FIELD(struct line, rule, OPTIONAL),
    FIELD(struct line, at, REQUIRED),
    FIELDS_END};

struct hex_text {
    char text[2 * DIGEST_LARGEST + 1];
};

static struct hex_text hex_of(const struct checksum *sum)
{
    struct hex_text out = {0};
    hex_encode((const uint8_t *)sum->digest.ptr, sum->digest.len, out.text);
    return out;
}

static void apply(const struct line *line, const struct import_list *list,
                  struct import_fate *fates)
{
    uint64_t place = 0;
    if (!path_map_find(list->paths, line->name, &place))
        return;
    const struct checksum *sum = &list->files[place].sum;
    struct hex_text hex = hex_of(sum);
    if (!str_equal(line->algorithm, str_from(digest_name(sum->algorithm))) ||
        !str_equal(line->checksum, str_from(hex.text)))
        return;
    fates[place] = (struct import_fate){.delivery = line->delivery};
    while (!str_equal(line->outcome, str_from(outcome_names[fates[place].outcome])))
        fates[place].outcome++;
}

static void read_lines(struct str text, const struct import_list *list, struct import_fate *fates)
{
    autoarena struct arena *arena = arena_new((size_t)16 << 20);
    for (struct str one = {0}; str_cut(&text, '\n', &one);) {
        struct line line = {0};
        const struct err *mark = err_mark();
        if (json_read(one, line_fields, JSON_IGNORE_UNKNOWN, "", arena, &line) == NULL)
            apply(&line, list, fates);
        err_forget(mark);
        arena_reset(arena);
    }
}

struct err *import_state_open(int folder, const struct sender *sender,
                              const struct import_list *list, struct import_fate *fates,
                              int *out_file)
{
    char name[64];
    autobuf struct buf text = buf_new(STATE_MAX);
    struct uuid id =
        UUID_FROM(S("import"), sender->system.kafka.bootstrap, str_from(sender->system.tenant),
                  str_from(sender->system.system), str_from(sender->agreement));
    snprintf(name, sizeof name, "import-%s.jsonl", uuid_text(id).text);
    autoclose int file = vault_open_below(folder, name, O_WRONLY | O_CREAT | O_APPEND);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not open \"%s\" in the state folder", name);
    if (flock(file, LOCK_EX | LOCK_NB) != 0)
        return err_new(ERR_CONFLICT, "another import of this system and agreement is running");
    TRY(vault_get(folder, name, &text));
    read_lines(buf_str(&text), list, fates);
    /* The line of one who died must not swallow the next. */
    if (text.len > 0 && text.ptr[text.len - 1] != '\n')
        TRY(vault_write(file, S("\n")));
    *out_file = TAKE_FD(file);
    return NULL;
}

struct err *import_state_add(int file, const struct listed *listed, const struct import_fate *fate)
{
    autobuf struct buf text = buf_new(LINE_MAX_BYTES);
    struct hex_text hex = hex_of(&listed->sum);
    const struct line line = {.name = str_from(listed->path),
                              .algorithm = str_from(digest_name(listed->sum.algorithm)),
                              .checksum = str_from(hex.text),
                              .delivery = fate->delivery,
                              .outcome = str_from(outcome_names[fate->outcome]),
                              .rule = fate->rule,
                              .at = clock_now()};
    json_write(line_fields, &line, &text);
    buf_byte(&text, '\n');
    TRY(buf_done(&text, "a line of the state"));
    TRY(vault_write(file, buf_str(&text)));
    return fdatasync(file) == 0 ? NULL : err_errno(ERR_STORAGE, "could not flush the state");
}
