/* r7 deliver: a package, or with --records many single records (deliver_records.c), goes to the
 * topic, as its source system would send it. */
#include "deliver.h"
#include "base/digest.h"
#include "remote.h"
#include "vault/age.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Set but empty, R7_BROKER_CA says that the brokers speak without TLS. */
static struct bus_config brokers(void)
{
    bool other = getenv("R7_BROKER_CA") != NULL; /* NOLINT(concurrency-mt-unsafe): one thread */
    return (struct bus_config){cli_environment("R7_KAFKA_BOOTSTRAP"),
                               cli_environment(other ? "R7_BROKER_CA" : "R7_CA"),
                               cli_environment(other ? "R7_BROKER_CERT" : "R7_CERT"),
                               cli_environment(other ? "R7_BROKER_KEY" : "R7_KEY")};
}

struct err *source_system_read(struct source_system *s)
{
    s->tenant = s->tenant != NULL ? s->tenant : cli_environment("R7_TENANT").ptr;
    s->system = s->system != NULL ? s->system : cli_environment("R7_SYSTEM").ptr;
    s->kafka = brokers();
    if (s->tenant == NULL)
        return cli_usage_error("--tenant is missing, and R7_TENANT is not set");
    if (s->system == NULL)
        return cli_usage_error("--system is missing, and R7_SYSTEM is not set");
    if (s->kafka.bootstrap.ptr == NULL)
        return err_field(ERR_INVALID, "R7_KAFKA_BOOTSTRAP", "not set: where Kafka is (host:port)");
    return NULL;
}

static struct err *read_package(const char *path, struct buf *out)
{
    struct stat about;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(ERR_INVALID, "could not open package \"%s\"", path);
    if (about.st_size > BUS_MESSAGE_MAX)
        return err_new(ERR_TOO_LARGE,
                       "package \"%s\" is over %d bytes, the most a message may hold", path,
                       BUS_MESSAGE_MAX);
    char *at = buf_reserve(out, (size_t)about.st_size);
    while (at != NULL && out->len < (size_t)about.st_size) {
        ssize_t got = read(file, at + out->len, (size_t)about.st_size - out->len);
        if (got <= 0)
            return err_errno(ERR_INVALID, "could not read package \"%s\"", path);
        out->len += (size_t)got;
    }
    return buf_done(out, "the package");
}

/* An age file of `plain` in `out`, as `age -r RECIPIENT` writes it. */
static struct err *seal(const struct age_recipient *recipient, struct str plain, struct buf *out)
{
    struct file_key *key = NULL;
    TRY(file_keys_new(1, &key));
    file_key_random(key);
    struct err *e = age_header_write(recipient, 1, key, out);
    if (e == NULL) {
        struct age_stream *stream = age_stream_new();
        age_stream_begin(stream, key, NULL, out);
        age_stream_add(stream, plain, out);
        age_stream_end(stream, out);
        age_stream_free(stream);
        e = buf_done(out, "the encrypted package");
    }
    file_keys_free(key, 1);
    return e;
}

/* The region's, as GET /agreements/{agreement} tells it. */
static struct err *delivery_recipient(struct age_recipient *out)
{
    struct str text = cli_environment("R7_DELIVERY_RECIPIENT");
    if (text.ptr == NULL)
        return err_field(ERR_INVALID, "R7_DELIVERY_RECIPIENT",
                         "not set: what to encrypt to (age1...)");
    return err_wrap(age_recipient_parse(text, out), "R7_DELIVERY_RECIPIENT");
}

static struct err *send(const struct source_system *s, const char *agreement, struct str identity,
                        struct str package)
{
    char topic[128];
    snprintf(topic, sizeof topic, "deliveries.%s.%s", s->tenant, s->system);
    const struct bus_message message = {.topic = str_from(topic),
                                        .key = str_from(agreement),
                                        .value = package,
                                        .headers = {{S("ce_specversion"), S("1.0")},
                                                    {S("ce_id"), identity},
                                                    {S("ce_source"), S("urn:r7e:r7-deliver")},
                                                    {S("ce_type"), S("se.r7e.delivery.package.v1")},
                                                    {S("ce_agreement"), str_from(agreement)}},
                                        .header_count = 5};
    struct bus_producer *producer = NULL;
    bool acknowledged = false;
    TRY(bus_producer_open(&s->kafka, &producer));
    struct err *e = bus_produce(producer, &message, &acknowledged);
    if (e == NULL)
        e = bus_flush(producer, 30000, NULL);
    bus_producer_close(producer);
    if (e != NULL)
        return e;
    return acknowledged
               ? NULL
               : err_new(ERR_BROKER_LOST,
                         "topic %s did not take the package: is it this certificate's?", topic);
}

struct err *deliver_command(int argc, char **argv)
{
    struct source_system system = {0};
    const char *agreement = NULL;
    const char *identity = NULL;
    const char *path = NULL;
    bool encrypted = cli_take_flag(&argc, argv, "--encrypt");
    struct age_recipient recipient;
    const struct cli_option options[] = {{"--tenant", &system.tenant, false},
                                         {"--system", &system.system, false},
                                         {"--agreement", &agreement, true},
                                         {"--id", &identity, false},
                                         CLI_OPTIONS_END};
    bool records = cli_take_flag(&argc, argv, "--records");
    TRY(cli_arguments(argc, argv, options, 1, &path));
    TRY(source_system_read(&system));
    if (records && identity != NULL)
        return cli_usage_error("--id is for a package: records are named by their bytes");
    if (records)
        return deliver_records(&system, agreement, path);
    autobuf struct buf package = buf_new(BUS_MESSAGE_MAX);
    autobuf struct buf sealed = buf_new(BUS_MESSAGE_MAX);
    if (encrypted)
        TRY(delivery_recipient(&recipient));
    TRY(read_package(path, &package));
    if (encrypted)
        TRY(seal(&recipient, buf_str(&package), &sealed));
    /* Without an id of its own a delivery is named by its bytes, encrypted or not: sent again it
     * is the same delivery. */
    struct sha256_text digest = sha256_text(sha256_of(buf_str(&package)));
    struct str id = str_from(identity != NULL ? identity : digest.text);
    TRY(send(&system, agreement, id, buf_str(encrypted ? &sealed : &package)));
    struct uuid delivery =
        UUID_FROM(S("delivery"), str_from(system.tenant), str_from(system.system), id);
    printf("%s\n", uuid_text(delivery).text);
    return NULL;
}
