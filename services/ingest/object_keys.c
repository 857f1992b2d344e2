/* A region's keys for an object store. */
#include "services/ingest/object_keys.h"
#include "base/base.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4096 };

struct key_file {
    struct str endpoint;
    struct str access_key;
    struct str secret_key;
};
static const struct field key_file_fields[] = {
    FIELD(struct key_file, endpoint, REQUIRED),
    FIELD(struct key_file, access_key, REQUIRED, .min = 1),
    FIELD(struct key_file, secret_key, REQUIRED, .min = 1), FIELDS_END};

static struct err *unusable(const struct object_store *store, const char *why)
{
    return err_private(err_new(ERR_TRANSIENT, "could not use the object store's keys: %s", why),
                       "keys \"%.*s\"", STR_ARG(store->credentials));
}

struct err *object_keys_read(const struct ingest_settings *settings, struct str tenant,
                             const struct object_store *store, struct arena *arena,
                             struct http_signer *out)
{
    struct stat status;
    struct key_file file = {0};
    char *text = arena_alloc(arena, FILE_MAX, 1);
    struct str path = arena_format(arena, "%.*s/%.*s/%.*s", STR_ARG(settings->store_keys),
                                   STR_ARG(tenant), STR_ARG(store->credentials));
    if (settings->store_keys.len == 0)
        return unusable(store, "R7_OBJECT_STORE_KEYS is not set");
    autoclose int descriptor = open(path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        return unusable(store, strerrordesc_np(errno));
    if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return unusable(store, "the file is not its owner's alone (mode 0600)");
    ssize_t length = read(descriptor, text, FILE_MAX);
    if (length < 0 || length == FILE_MAX)
        return unusable(store, length < 0 ? strerrordesc_np(errno) : "the file is too large");
    if (json_read((struct str){text, (size_t)length}, key_file_fields, JSON_REFUSE_UNKNOWN, "",
                  arena, &file) != NULL)
        return unusable(store, "the file has not endpoint, access_key and secret_key");
    if (!str_equal(file.endpoint, store->endpoint))
        return unusable(store, "the file is for another endpoint than the agreement's");
    *out = (struct http_signer){store->region, file.access_key, file.secret_key};
    return NULL;
}
