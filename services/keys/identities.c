/* A tenant's folder of identities and recipients. Small files, read when needed: a secret is in
 * memory only while it is used. */
#include "services/keys/room.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <unistd.h>

enum { FILE_LIMIT = 4096 };

/* The first line that is no comment, as age-keygen writes identities. */
static struct str first_line(struct str text)
{
    for (struct str line = {0}; str_cut(&text, '\n', &line);)
        if (line.len > 0 && line.ptr[0] != '#')
            return str_trim(line);
    return S("");
}

static struct err *read_line(struct str folder, struct str tenant, const char *name,
                             char out[FILE_LIMIT], struct str *out_line)
{
    char path[1024];
    snprintf(path, sizeof path, "%.*s/tenants/%.*s/%s", STR_ARG(folder), STR_ARG(tenant), name);
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return err_private(err_new(ERR_TRANSIENT, "the tenant's keys are not there: r7 keys init"),
                           "%s", path);
    ssize_t length = read(file, out, FILE_LIMIT);
    if (length < 0)
        return err_errno(ERR_STORAGE, "could not read a key file");
    *out_line = first_line((struct str){out, (size_t)length});
    return NULL;
}

static struct err *read_recipient(struct str folder, struct str tenant, const char *name,
                                  struct age_recipient *out)
{
    char text[FILE_LIMIT];
    struct str line = {0};
    TRY(read_line(folder, tenant, name, text, &line));
    return err_wrap(age_recipient_parse(line, out), "%s", name);
}

struct err *identities_open(struct str folder, struct str tenant, enum identity_kind kind,
                            struct age_identity *out)
{
    char text[FILE_LIMIT];
    struct str line = {0};
    TRY(read_line(folder, tenant,
                  kind == IDENTITY_SERVICE ? "service.identity" : "delivery.identity", text,
                  &line));
    struct err *e = age_identity_parse(line, out);
    OPENSSL_cleanse(text, sizeof text);
    return e;
}

struct err *identities_recipients(struct str folder, struct str tenant, struct age_recipient out[3])
{
    struct age_identity service;
    TRY(identities_open(folder, tenant, IDENTITY_SERVICE, &service));
    out[2] = age_identity_recipient(&service);
    age_identity_wipe(&service);
    TRY(read_recipient(folder, tenant, "region.recipient", &out[0]));
    return read_recipient(folder, tenant, "escrow.recipient", &out[1]);
}

struct err *identities_pseudonym_key(struct str folder, struct str tenant, struct sha256 *out)
{
    char text[FILE_LIMIT];
    struct str line = {0};
    TRY(read_line(folder, tenant, "pseudonym.key", text, &line));
    bool good = hex_decode(line, out->bytes, sizeof out->bytes);
    OPENSSL_cleanse(text, sizeof text);
    return good ? NULL : err_new(ERR_INVALID, "pseudonym.key is not 64 hexadecimal digits");
}
