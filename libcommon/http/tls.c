/* What a client certificate is worth. */
#include "http/tls.h"
#include "base/base.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>

struct tls_trust {
    pthread_mutex_t lock; /* of store, whose holders have a reference of their own */
    X509_STORE *store;
    atomic_uint edition;
};

static struct err *add_authorities(X509_STORE *store, struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    size_t count = 0;
    for (X509 *each = NULL; (each = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; count++) {
        X509_STORE_add_cert(store, each);
        X509_free(each);
    }
    BIO_free(bio);
    return count > 0 ? NULL : err_new(ERR_INVALID, "there is no certificate among the authorities");
}

static struct err *add_revoked(X509_STORE *store, struct str pem)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    size_t count = 0;
    for (X509_CRL *each = NULL; (each = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL;
         count++) {
        X509_STORE_add_crl(store, each);
        X509_CRL_free(each);
    }
    BIO_free(bio);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    return count > 0 ? NULL : err_new(ERR_INVALID, "there is no revocation list in its file");
}

struct err *tls_trust_new(struct str authorities, struct str revoked, struct tls_trust **out)
{
    struct tls_trust *trust = must_calloc(1, sizeof *trust);
    pthread_mutex_init(&trust->lock, NULL);
    struct err *e = tls_trust_change(trust, authorities, revoked);
    if (e != NULL) {
        tls_trust_free(trust);
        return e;
    }
    *out = trust;
    return NULL;
}

struct err *tls_trust_change(struct tls_trust *trust, struct str authorities, struct str revoked)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_set_purpose(store, X509_PURPOSE_SSL_CLIENT);
    struct err *e = add_authorities(store, authorities);
    if (e == NULL && revoked.len > 0)
        e = add_revoked(store, revoked);
    if (e != NULL) {
        X509_STORE_free(store);
        return e;
    }
    pthread_mutex_lock(&trust->lock);
    X509_STORE *before = trust->store;
    trust->store = store;
    atomic_fetch_add(&trust->edition, 1);
    pthread_mutex_unlock(&trust->lock);
    X509_STORE_free(before);
    return NULL;
}

unsigned tls_trust_edition(const struct tls_trust *trust)
{
    return atomic_load(&trust->edition);
}

static X509_STORE *store_in_force(struct tls_trust *trust)
{
    pthread_mutex_lock(&trust->lock);
    X509_STORE *store = trust->store;
    X509_STORE_up_ref(store);
    pthread_mutex_unlock(&trust->lock);
    return store;
}

void tls_trust_free(struct tls_trust *trust)
{
    if (trust == NULL)
        return;
    X509_STORE_free(trust->store);
    pthread_mutex_destroy(&trust->lock);
    free(trust);
}

static void subject_part(X509 *certificate, int nid, char *out, size_t size)
{
    int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), nid, out, (int)size);
    if (length < 0 || strlen(out) != (size_t)length) /* a NUL inside is an attack on names */
        out[0] = '\0';
}

static X509 *parse(struct str der)
{
    const uint8_t *at = (const uint8_t *)der.ptr;
    return d2i_X509(NULL, &at, (long)der.len);
}

void tls_judge(struct tls_trust *trust, const struct str *chain, size_t count,
               struct http_peer *out)
{
    *out = (struct http_peer){0};
    if (count == 0 || count > 10)
        return;
    X509 *peer = parse(chain[0]);
    if (peer == NULL)
        return;
    STACK_OF(X509) *between = sk_X509_new_null();
    for (size_t i = 1; i < count; i++) {
        X509 *each = parse(chain[i]);
        if (each != NULL)
            sk_X509_push(between, each);
    }
    X509_STORE *store = store_in_force(trust);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (X509_STORE_CTX_init(context, store, peer, between) == 1 && X509_verify_cert(context) == 1) {
        out->verified = true;
        out->print = sha256_of(chain[0]);
        subject_part(peer, NID_commonName, out->name, sizeof out->name);
        subject_part(peer, NID_serialNumber, out->serial, sizeof out->serial);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_pop_free(between, X509_free);
    X509_free(peer);
}
