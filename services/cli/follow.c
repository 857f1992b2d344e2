/* r7 follow: the receipts of a delivery, until it has come to its end; between them what is being
 * done with it. */
#include "receipts.h"
#include "watch.h"

static void show(const struct receipt *r)
{
    char at[INSTANT_TEXT];
    instant_print(r->at, at);
    printf("%-20.*s %s", STR_ARG(r->receipt), at);
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {{"files", r->files},
                  {"records", r->records},
                  {"unreadable", r->unreadable},
                  {"errors", r->errors},
                  {"warnings", r->warnings}};
    for (size_t i = 0; i < COUNT(counts); i++)
        if (counts[i].count > 0)
            printf(" %s %lld", counts[i].name, (long long)counts[i].count);
    if (r->rule.len > 0)
        printf(" rule %.*s", STR_ARG(r->rule));
    if (r->detail.len > 0)
        printf(" (%.*s)", STR_ARG(r->detail));
    printf("\n");
    fflush(stdout);
}

/* The end of a delivery, or the receipt that is waited for. */
static bool is_last(struct str receipt, struct str awaited)
{
    return str_equal(receipt, awaited) || str_equal(receipt, S("searchable")) ||
           str_equal(receipt, S("tested")) || str_equal(receipt, S("rejected")) ||
           str_equal(receipt, S("returned"));
}

/* Shows what of the batch is about the delivery; receipts that were told again are shown once. */
static struct err *take(const struct bus_message *messages, size_t count, struct uuid delivery,
                        struct str awaited, struct arena *arena, struct watch *watch,
                        struct buf *seen, struct receipt *out_last)
{
    for (size_t i = 0; i < count; i++) {
        struct receipt r = {0};
        TRY(receipt_read(&messages[i], arena, &r));
        if (!uuid_equal(r.delivery, delivery))
            continue;
        autobuf struct buf word = buf_new(128);
        buf_format(&word, " %.*s ", STR_ARG(r.receipt));
        if (seen->len > 0 && strstr(seen->ptr, word.ptr) != NULL)
            continue;
        buf_put(seen, buf_str(&word));
        watch_clear(watch);
        show(&r);
        if (is_last(r.receipt, awaited))
            *out_last = r;
    }
    return NULL;
}

static struct err *follow(struct bus_consumer *consumer, struct uuid delivery, struct str awaited,
                          int64_t until, struct watch *watch)
{
    const struct bus_limits limits = {100, (size_t)16 << 20, 500, 20};
    autobuf struct buf seen = buf_new(4096);
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    struct receipt last = {0};
    for (;;) {
        struct bus_message *messages = NULL;
        size_t count = 0;
        if (clock_monotonic_us() > until)
            return err_new(ERR_TRANSIENT, "the delivery has not come to its end yet");
        TRY(bus_poll(consumer, &limits, arena, &messages, &count));
        struct err *e = take(messages, count, delivery, awaited, arena, watch, &seen, &last);
        bus_release(consumer);
        TRY(e);
        if (last.receipt.ptr != NULL)
            break;
        arena_reset(arena);
        watch_look(watch);
    }
    if (str_equal(last.receipt, awaited))
        return NULL;
    return err_new(ERR_INVALID, "the delivery was %.*s", STR_ARG(last.receipt));
}

struct err *follow_command(int argc, char **argv)
{
    struct source_system system = {0};
    const char *text = NULL;
    const char *seconds = "600";
    const char *awaited = "searchable";
    int64_t wait = 0;
    struct uuid delivery;
    const struct cli_option options[] = {{"--tenant", &system.tenant, false},
                                         {"--system", &system.system, false},
                                         {"--wait", &seconds, false},
                                         {"--until", &awaited, false},
                                         CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 1, &text));
    TRY(source_system_read(&system));
    if (!uuid_parse(str_from(text), &delivery))
        return cli_usage_error("\"%s\" is no delivery: r7 deliver prints one", text);
    if (!str_to_i64(str_from(seconds), 1, 86400, &wait))
        return cli_usage_error("--wait takes seconds, 1 to 86400");
    struct bus_consumer *consumer = NULL;
    TRY(receipts_open(&system, &consumer));
    autoarena struct arena *arena = arena_new((size_t)1 << 20);
    struct watch watch = watch_begin(delivery, arena);
    struct err *e = follow(consumer, delivery, str_from(awaited),
                           clock_monotonic_us() + wait * 1000000, &watch);
    watch_end(&watch);
    bus_consumer_close(consumer);
    return e;
}
