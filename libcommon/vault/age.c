/* The header of an age file: written, found, opened. */
#include "vault/age.h"
#include "base/base.h"
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const struct str version_line = {"age-encryption.org/v1\n", 22};

enum { LINE = 64, WRAPPED = sizeof(struct file_key) + AGE_TAG, TEXT_OF_32 = 43 };

static struct str bytes_of(const void *bytes, size_t length)
{
    return (struct str){bytes, length};
}

/* --- Base64, unpadded and canonical
 * ---------------------------------------------------------------- */

static void base64_put(struct buf *out, struct str bytes)
{
    buf_base64(out, bytes);
    while (out->len > 0 && out->ptr[out->len - 1] == '=')
        out->ptr[--out->len] = '\0';
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Appends what `text` stands for; false if it is not unpadded Base64 in the one way to write it. */
static bool base64_get(struct str text, struct buf *out)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = sextet(text.ptr[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        buf_byte(out, (char)(bits >> held & 255));
    }
    return text.len % 4 != 1 && (bits & ((1U << held) - 1)) == 0 && !out->failed;
}

static bool base64_get_32(struct str text, uint8_t out[32])
{
    autobuf struct buf bytes = buf_new(32);
    if (text.len != TEXT_OF_32 || !base64_get(text, &bytes))
        return false;
    memcpy(out, bytes.ptr, 32);
    return true;
}

/* --- one recipient
 * --------------------------------------------------------------------------------- */

/* An X25519 key pair that is ours: an identity, or made for one stanza. */
struct pair {
    EVP_PKEY *key;
    struct age_recipient public;
};

static struct pair pair_of(EVP_PKEY *key)
{
    struct pair pair = {.key = key};
    size_t length = sizeof pair.public.point;
    if (key == NULL || EVP_PKEY_get_raw_public_key(key, pair.public.point, &length) != 1)
        abort();
    return pair;
}

/* False for a point of low order, whose shared secret is zero: OpenSSL refuses it (RFC 7748 §6.1).
 */
static bool shared_secret(const struct pair *own, const uint8_t other[32], uint8_t out[32])
{
    size_t length = 32;
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, other, 32);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own->key, NULL);
    if (context == NULL || theirs == NULL || EVP_PKEY_derive_init(context) != 1)
        abort();
    bool good = EVP_PKEY_derive_set_peer(context, theirs) == 1 &&
                EVP_PKEY_derive(context, out, &length) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(theirs);
    return good;
}

/* The key that wraps the file key between `own` and `other`; the stanza's share is one of the two.
 */
static bool wrap_key(const struct pair *own, const uint8_t other[32], const uint8_t share[32],
                     const uint8_t recipient[32], struct sha256 *out_key)
{
    uint8_t secret[32];
    if (!shared_secret(own, other, secret))
        return false;
    char salt[64];
    memcpy(salt, share, 32);
    memcpy(salt + 32, recipient, 32);
    *out_key = age_hkdf(bytes_of(secret, 32), bytes_of(salt, sizeof salt),
                        S("age-encryption.org/v1/X25519"));
    OPENSSL_cleanse(secret, sizeof secret);
    return true;
}

/* The file key sealed under a key that is used once, so the nonce is zero. */
static void wrap(const struct sha256 *key, const struct file_key *file_key, uint8_t out[WRAPPED])
{
    static const uint8_t nonce[12];
    int length;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL ||
        EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), NULL, key->bytes, nonce) != 1 ||
        EVP_EncryptUpdate(context, out, &length, file_key->bytes, sizeof file_key->bytes) != 1 ||
        EVP_EncryptFinal_ex(context, out + length, &length) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AGE_TAG,
                            out + sizeof file_key->bytes) != 1)
        abort();
    EVP_CIPHER_CTX_free(context);
}

static bool unwrap(const struct sha256 *key, uint8_t wrapped[WRAPPED], struct file_key *out_key)
{
    static const uint8_t nonce[12];
    int length;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context == NULL ||
        EVP_DecryptInit_ex(context, EVP_chacha20_poly1305(), NULL, key->bytes, nonce) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AGE_TAG,
                            wrapped + sizeof out_key->bytes) != 1 ||
        EVP_DecryptUpdate(context, out_key->bytes, &length, wrapped, sizeof out_key->bytes) != 1)
        abort();
    uint8_t nothing[AGE_TAG];
    bool good = EVP_DecryptFinal_ex(context, nothing, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!good)
        file_key_wipe(out_key);
    return good;
}

/* --- writing
 * --------------------------------------------------------------------------------------- */

static struct sha256 header_mac(const struct file_key *key, struct str covered)
{
    struct sha256 mac_key = age_hkdf(bytes_of(key->bytes, sizeof key->bytes), S(""), S("header"));
    struct sha256 mac = hmac_sha256(bytes_of(mac_key.bytes, sizeof mac_key.bytes), &covered, 1);
    OPENSSL_cleanse(&mac_key, sizeof mac_key);
    return mac;
}

static struct err *put_stanza(struct age_recipient recipient, const struct file_key *key,
                              struct buf *out)
{
    struct pair ephemeral = pair_of(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"));
    const uint8_t *share = ephemeral.public.point;
    struct sha256 wrapping;
    uint8_t wrapped[WRAPPED];
    bool good = wrap_key(&ephemeral, recipient.point, share, recipient.point, &wrapping);
    EVP_PKEY_free(ephemeral.key);
    if (!good)
        return err_new(ERR_INVALID,
                       "an age recipient is a point of low order, which protects nothing");
    wrap(&wrapping, key, wrapped);
    OPENSSL_cleanse(&wrapping, sizeof wrapping);
    buf_put(out, S("-> X25519 "));
    base64_put(out, bytes_of(share, 32));
    buf_byte(out, '\n');
    base64_put(out, bytes_of(wrapped, sizeof wrapped));
    buf_byte(out, '\n');
    return NULL;
}

struct err *age_header_write(const struct age_recipient *recipients, size_t count,
                             const struct file_key *key, struct buf *out)
{
    assert(count > 0 && count <= AGE_STANZAS_MAX);
    size_t start = out->len;
    buf_put(out, version_line);
    for (size_t i = 0; i < count; i++)
        TRY(put_stanza(recipients[i], key, out));
    buf_put(out, S("---"));
    TRY(buf_done(out, "the age header"));
    struct sha256 mac = header_mac(key, bytes_of(out->ptr + start, out->len - start));
    buf_byte(out, ' ');
    base64_put(out, bytes_of(mac.bytes, sizeof mac.bytes));
    buf_byte(out, '\n');
    return buf_done(out, "the age header");
}

/* --- reading
 * --------------------------------------------------------------------------------------- */

struct stanza {
    struct str type;
    struct str arguments;  /* all of them, one space between; absent when there is none */
    size_t body_length;    /* bytes, after Base64 */
    uint8_t body[WRAPPED]; /* its first bytes */
};

struct parser {
    struct str text; /* may go on behind the header */
    size_t at;
    size_t stanzas;
};

#define MALFORMED(...) err_new(ERR_CORRUPT, "the age header is malformed: " __VA_ARGS__)

/* The line at the parser, without its newline. */
static struct err *take_line(struct parser *p, struct str *out_line)
{
    struct str rest = str_slice(p->text, p->at, p->text.len);
    size_t length = str_find(rest, '\n');
    if (length == rest.len && p->text.len >= AGE_HEADER_MAX)
        return err_new(ERR_TOO_LARGE, "the age header is over %d bytes", AGE_HEADER_MAX);
    if (length == rest.len)
        return MALFORMED("it ends in the middle");
    *out_line = str_slice(rest, 0, length);
    p->at += length + 1;
    return NULL;
}

/* Words of visible ASCII with one space between. */
static bool are_words(struct str words)
{
    struct str word;
    while (str_cut(&words, ' ', &word)) {
        if (word.len == 0)
            return false;
        for (size_t i = 0; i < word.len; i++)
            if (word.ptr[i] < 33 || word.ptr[i] > 126)
                return false;
    }
    return true;
}

/* Full lines of 64 letters and one shorter line, which may be empty. */
static struct err *take_body(struct parser *p, struct stanza *s)
{
    struct str line;
    do {
        autobuf struct buf bytes = buf_new(LINE);
        TRY(take_line(p, &line));
        if (line.len > LINE || !base64_get(line, &bytes))
            return MALFORMED("the body of stanza %zu is not canonical Base64", p->stanzas);
        for (size_t i = 0; i < bytes.len && s->body_length + i < sizeof s->body; i++)
            s->body[s->body_length + i] = (uint8_t)bytes.ptr[i];
        s->body_length += bytes.len;
    } while (line.len == LINE);
    return NULL;
}

static struct err *take_stanza(struct parser *p, struct stanza *out)
{
    struct str line;
    *out = (struct stanza){0};
    TRY(take_line(p, &line));
    struct str words = str_slice(line, 3, line.len);
    if (!str_starts(line, S("-> ")) || !are_words(words))
        return MALFORMED("neither a stanza nor the end stands after stanza %zu", p->stanzas);
    if (++p->stanzas > AGE_STANZAS_MAX)
        return err_new(ERR_TOO_LARGE, "the age header has over %d recipients", AGE_STANZAS_MAX);
    str_cut(&words, ' ', &out->type);
    out->arguments = words;
    return take_body(p, out);
}

static struct err *take_version(struct parser *p)
{
    if (str_starts(p->text, S("-----BEGIN AGE ENCRYPTED FILE-----")))
        return err_rule(ERR_UNSUPPORTED, "age_armor",
                        "the age file is in its text form; send the binary form");
    if (!str_starts(p->text, version_line))
        return err_new(ERR_CORRUPT, "the bytes are not an age file of version 1");
    p->at = version_line.len;
    return NULL;
}

static bool at_end(const struct parser *p)
{
    return str_starts(str_slice(p->text, p->at, p->text.len), S("---"));
}

/* The last line; what the MAC covers ends with its three dashes. */
static struct err *take_mac(struct parser *p, struct str *out_covered, uint8_t out_mac[32])
{
    struct str line;
    *out_covered = str_slice(p->text, 0, p->at + 3);
    TRY(take_line(p, &line));
    if (!str_starts(line, S("--- ")) || !base64_get_32(str_slice(line, 4, line.len), out_mac))
        return MALFORMED("its last line is no MAC");
    return p->stanzas > 0 ? NULL : MALFORMED("it has no recipients");
}

/* Tries one stanza; out_found tells whether it gave the key. */
static struct err *try_stanza(struct stanza *s, const struct pair *identity, bool *out_found,
                              struct file_key *out_key)
{
    uint8_t share[32];
    struct sha256 wrapping;
    if (str_equal(s->type, S("scrypt")))
        return err_rule(
            ERR_UNSUPPORTED, "age_passphrase",
            "the age file is encrypted with a passphrase; encrypt it to the archive's recipient");
    if (!str_equal(s->type, S("X25519")))
        return NULL;
    if (!base64_get_32(s->arguments, share) || s->body_length != WRAPPED)
        return MALFORMED("an X25519 stanza has other parts than a share and a wrapped key");
    if (!wrap_key(identity, share, share, identity->public.point, &wrapping))
        return MALFORMED("an X25519 share is a point of low order");
    *out_found = unwrap(&wrapping, s->body, out_key);
    OPENSSL_cleanse(&wrapping, sizeof wrapping);
    return NULL;
}

/* The whole header; `key` is the caller's to wipe, whatever happens. */
static struct err *open_header(struct str header, const struct pair *identity, struct file_key *key)
{
    struct parser p = {.text = header};
    struct stanza s;
    bool found = false;
    TRY(take_version(&p));
    while (!at_end(&p)) {
        TRY(take_stanza(&p, &s));
        if (!found)
            TRY(try_stanza(&s, identity, &found, key));
    }
    struct str covered;
    uint8_t stated[32];
    TRY(take_mac(&p, &covered, stated));
    if (p.at != header.len)
        return MALFORMED("something follows it");
    if (!found)
        return err_rule(ERR_INVALID, "age_recipient",
                        "the age file is encrypted to other recipients");
    struct sha256 mac = header_mac(key, covered);
    if (CRYPTO_memcmp(mac.bytes, stated, sizeof stated) != 0)
        return err_new(ERR_CORRUPT, "the age header was changed: its MAC is wrong");
    return NULL;
}

struct err *age_header_open(struct str header, const struct age_identity *identity,
                            struct file_key *out_key)
{
    struct file_key key = {0};
    if (header.len > AGE_HEADER_MAX)
        return err_new(ERR_TOO_LARGE, "the age header is over %d bytes", AGE_HEADER_MAX);
    struct pair pair = pair_of(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, identity->secret,
                                                            sizeof identity->secret));
    struct err *e = open_header(header, &pair, &key);
    EVP_PKEY_free(pair.key);
    if (e == NULL)
        *out_key = key;
    file_key_wipe(&key);
    return e;
}

struct err *age_header_read(const struct source *file, struct buf *out)
{
    autobuf struct buf start = buf_new(AGE_HEADER_MAX);
    size_t length = file->size < AGE_HEADER_MAX ? (size_t)file->size : AGE_HEADER_MAX;
    char *room = buf_reserve(&start, length);
    TRY(source_read(file, 0, room, length));
    start.len = length;
    struct parser p = {.text = buf_str(&start)};
    struct stanza s;
    struct str covered;
    uint8_t mac[32];
    TRY(take_version(&p));
    while (!at_end(&p))
        TRY(take_stanza(&p, &s));
    TRY(take_mac(&p, &covered, mac));
    buf_put(out, str_slice(p.text, 0, p.at));
    return buf_done(out, "the age header");
}
