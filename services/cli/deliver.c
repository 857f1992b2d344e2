/* r7 deliver: a package, or with --records many single records (deliver_records.c), goes to the
 * archive, as its source system would send it. */
#include "deliver.h"
#include "remote.h"

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

/* The region's, as GET /agreements/{agreement} tells it. */
static struct err *delivery_recipient(struct age_recipient *out)
{
    struct str text = cli_environment("R7_DELIVERY_RECIPIENT");
    if (text.ptr == NULL)
        return err_field(ERR_INVALID, "R7_DELIVERY_RECIPIENT",
                         "not set: what to encrypt to (age1...)");
    return err_wrap(age_recipient_parse(text, out), "R7_DELIVERY_RECIPIENT");
}

struct err *deliver_seal(const struct age_recipient *recipient, struct str plain, struct buf *out)
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
        e = buf_done(out, "what is encrypted");
    }
    file_keys_free(key, 1);
    return e;
}

static struct err *deliver(struct sender *s, const char *path, struct str identity)
{
    autoparcel struct parcel parcel = {0};
    struct uuid delivery;
    TRY(parcel_open(path, &parcel));
    s->progress = progress_begin(1, parcel.bytes);
    struct err *e = sender_deliver(s, &parcel, identity, &delivery);
    progress_clear(&s->progress);
    if (e != NULL)
        return err_class(e) == ERR_CLASS_REJECT ? err_wrap(e, "package \"%s\"", path) : e;
    printf("%s\n", uuid_text(delivery).text);
    return NULL;
}

struct err *deliver_command(int argc, char **argv)
{
    struct sender sender = {.uploads = cli_take_flag(&argc, argv, "--upload")};
    const char *identity = NULL;
    const char *path = NULL;
    bool encrypted = cli_take_flag(&argc, argv, "--encrypt");
    struct age_recipient recipient;
    const struct cli_option options[] = {{"--tenant", &sender.system.tenant, false},
                                         {"--system", &sender.system.system, false},
                                         {"--agreement", &sender.agreement, true},
                                         {"--id", &identity, false},
                                         {"--uri", &sender.uri, false},
                                         {"--patience", &sender.patience, false},
                                         {"--state", &sender.state_folder, false},
                                         CLI_OPTIONS_END};
    bool records = cli_take_flag(&argc, argv, "--records");
    TRY(cli_arguments(argc, argv, options, 1, &path));
    if (encrypted && sender.uploads)
        return cli_usage_error("--encrypt is for messages: an upload goes over TLS of its own");
    if (sender.uri != NULL && (encrypted || records || sender.uploads))
        return cli_usage_error("--uri announces a package that lies in the object store: without "
                               "--encrypt, --records and --upload");
    if (records && (identity != NULL || sender.uploads))
        return cli_usage_error("--id and --upload are for a package: records are messages, named "
                               "by their bytes");
    if (encrypted) {
        TRY(delivery_recipient(&recipient));
        sender.recipient = &recipient;
    }
    if (records) {
        TRY(source_system_read(&sender.system));
        return deliver_records(&sender.system, sender.agreement, sender.recipient, path);
    }
    struct err *e = sender_open(&sender);
    if (e == NULL)
        e = deliver(&sender, path, str_from(identity));
    sender_close(&sender);
    return e;
}
