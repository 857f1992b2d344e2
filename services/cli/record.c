/* Asking room search about one record (record.h). */
#include "record.h"

#include <fcntl.h>
#include <unistd.h>

struct err *record_arguments(int argc, char **argv, const struct cli_option *own,
                             struct record_asked *out)
{
    const struct cli_option common[] = {{"--reason", &out->reason, false},
                                        {"--purpose", &out->purpose, false},
                                        {"--request-number", &out->request_number, false},
                                        CLI_OPTIONS_END};
    struct cli_option all[RECORD_OPTIONS_OWN + COUNT(common)];
    size_t count = 0;
    for (; own[count].name != NULL; count++) {
        assert(count < RECORD_OPTIONS_OWN);
        all[count] = own[count];
    }
    memcpy(all + count, common, sizeof common);
    out->other_units = cli_take_flag(&argc, argv, "--other-units");
    out->json = cli_take_flag(&argc, argv, "--json");
    return cli_arguments(argc, argv, all, 1, &out->record);
}

/* A line break would begin another header. */
struct err *record_headers(const struct record_asked *asked, struct arena *arena,
                           const char *headers[REMOTE_HEADERS])
{
    const struct {
        const char *name;
        const char *value;
    } all[] = {{"R7-Reason", asked->reason},
               {"R7-Purpose", asked->purpose},
               {"R7-Request-Number", asked->request_number},
               {"R7-Other-Units", asked->other_units ? "true" : NULL}};
    size_t count = 0;
    for (size_t i = 0; i < COUNT(all); i++) {
        if (all[i].value == NULL)
            continue;
        if (strpbrk(all[i].value, "\r\n") != NULL)
            return cli_usage_error("a reason is one line");
        headers[count++] = arena_format(arena, "%s: %s", all[i].name, all[i].value).ptr;
    }
    headers[count] = NULL;
    return NULL;
}

/* Through a file without a name. */
struct err *record_get(const struct record_asked *asked, struct str path, struct arena *arena,
                       struct str *out)
{
    enum { ANSWER_MAX = 1 << 20 };
    const char *headers[REMOTE_HEADERS];
    TRY(record_headers(asked, arena, headers));
    autoclose int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0)
        return err_errno(ERR_STORAGE, "could not make a file in /tmp");
    TRY(remote_save("SEARCH", path, headers, (struct str){0}, file, arena));
    char *text = arena_alloc(arena, ANSWER_MAX, 1);
    ssize_t got = pread(file, text, ANSWER_MAX, 0);
    if (got < 0)
        return err_errno(ERR_STORAGE, "could not read the answer");
    *out = (struct str){text, (size_t)got};
    return NULL;
}
