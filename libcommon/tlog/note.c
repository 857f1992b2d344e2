/* Ed25519 through OpenSSL, and the few lines around it. */
#include "tlog/note.h"
#include "base/base.h"
#include "base/base64.h"
#include "tlog/tree.h"

#include <openssl/evp.h>

enum {
    ED25519 = 1, /* the algorithm's byte in keys of signed notes */
    PUBLIC_KEY = 32,
    SIGNATURE = 64,
    KEY_HASH = 4,
    SMALL_ARENA = 64 * 1024
};
#define NEXT_KEY "r7e-next-key "
#define DASH     "\xe2\x80\x94 " /* an em dash and a blank begin a signature's line */

struct public_key {
    uint8_t bytes[PUBLIC_KEY];
};

bool note_name_is_good(struct str name)
{
    if (name.len == 0 || name.len > NOTE_NAME_MAX || !str_is_utf8(name))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((uint8_t)name.ptr[i] <= ' ' || name.ptr[i] == '+' || (uint8_t)name.ptr[i] >= 0x7f)
            return false;
    return true;
}

static EVP_PKEY *private_key(const struct note_signer *signer)
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, signer->seed, sizeof signer->seed);
    if (key == NULL)
        abort();
    return key;
}

static struct public_key public_of(const struct note_signer *signer)
{
    struct public_key out;
    size_t length = sizeof out.bytes;
    EVP_PKEY *key = private_key(signer);
    if (EVP_PKEY_get_raw_public_key(key, out.bytes, &length) != 1)
        abort();
    EVP_PKEY_free(key);
    return out;
}

/* The first bytes of SHA-256(name ‖ newline ‖ algorithm ‖ public key). */
static void key_hash(struct str name, struct public_key key, uint8_t out[KEY_HASH])
{
    autobuf struct buf text = buf_new(NOTE_NAME_MAX + PUBLIC_KEY + 8);
    buf_put(&text, name);
    buf_byte(&text, '\n');
    buf_byte(&text, ED25519);
    buf_put(&text, (struct str){(const char *)key.bytes, sizeof key.bytes});
    struct sha256 digest = sha256_of(buf_str(&text));
    memcpy(out, digest.bytes, KEY_HASH);
}

void note_key_print(const struct note_signer *signer, struct buf *out)
{
    struct public_key key = public_of(signer);
    uint8_t hash[KEY_HASH];
    char bytes[1 + PUBLIC_KEY] = {ED25519};
    key_hash(signer->name, key, hash);
    memcpy(bytes + 1, key.bytes, sizeof key.bytes);
    buf_put(out, signer->name);
    buf_byte(out, '+');
    buf_hex(out, hash, sizeof hash);
    buf_byte(out, '+');
    buf_base64(out, (struct str){bytes, sizeof bytes});
}

/* --- signing */

static void put_signature(struct str text, const struct note_signer *signer, struct buf *out)
{
    uint8_t signature[KEY_HASH + SIGNATURE];
    size_t length = SIGNATURE;
    EVP_PKEY *key = private_key(signer);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    key_hash(signer->name, public_of(signer), signature);
    if (context == NULL || EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
        EVP_DigestSign(context, signature + KEY_HASH, &length, (const uint8_t *)text.ptr,
                       text.len) != 1)
        abort();
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    buf_format(out, DASH "%.*s ", STR_ARG(signer->name));
    buf_base64(out, (struct str){(const char *)signature, sizeof signature});
    buf_byte(out, '\n');
}

void checkpoint_sign(const struct checkpoint *checkpoint, const struct note_signer *signers,
                     size_t count, struct buf *out)
{
    autobuf struct buf text = buf_new(NOTE_MAX);
    assert(count > 0 && note_name_is_good(signers[0].name));
    buf_format(&text, "%.*s\n%lld\n", STR_ARG(signers[0].name), (long long)checkpoint->size);
    buf_base64(&text,
               (struct str){(const char *)checkpoint->root.bytes, sizeof checkpoint->root.bytes});
    buf_byte(&text, '\n');
    if (checkpoint->next_key.len > 0)
        buf_format(&text, NEXT_KEY "%.*s\n", STR_ARG(checkpoint->next_key));
    buf_put(out, buf_str(&text));
    buf_byte(out, '\n');
    for (size_t i = 0; i < count; i++)
        put_signature(buf_str(&text), &signers[i], out);
}

/* --- opening */

/* "<name>+<hash>+<base64>" */
static bool read_key(struct str text, struct arena *arena, struct str *out_name,
                     struct public_key *out)
{
    struct str rest = text;
    struct str hash;
    struct str bytes;
    uint8_t told[KEY_HASH];
    uint8_t made[KEY_HASH];
    if (!str_cut(&rest, '+', out_name) || !note_name_is_good(*out_name) ||
        !str_cut(&rest, '+', &hash) || !hex_decode(hash, told, sizeof told) || rest.ptr == NULL ||
        !base64_decode(rest, arena, &bytes) || bytes.len != 1 + PUBLIC_KEY ||
        bytes.ptr[0] != ED25519)
        return false;
    memcpy(out->bytes, bytes.ptr + 1, PUBLIC_KEY);
    key_hash(*out_name, *out, made);
    return memcmp(told, made, sizeof made) == 0;
}

static bool verify(struct public_key key, struct str text, const char *signature)
{
    EVP_PKEY *public =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key.bytes, sizeof key.bytes);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = public != NULL && context != NULL &&
                EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
                EVP_DigestVerify(context, (const uint8_t *)signature, SIGNATURE,
                                 (const uint8_t *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    return good;
}

/* Is one of the note's signatures this key's, and good? Others are passed over. */
static bool is_signed(struct str text, struct str signatures, struct str name,
                      struct public_key key, struct arena *arena)
{
    uint8_t hash[KEY_HASH];
    struct str line;
    key_hash(name, key, hash);
    while (str_cut(&signatures, '\n', &line)) {
        struct str rest = str_slice(line, sizeof DASH - 1, line.len);
        struct str who;
        struct str bytes;
        if (!str_starts(line, S(DASH)) || !str_cut(&rest, ' ', &who) || !str_equal(who, name) ||
            !base64_decode(rest, arena, &bytes) || bytes.len != KEY_HASH + SIGNATURE ||
            memcmp(bytes.ptr, hash, KEY_HASH) != 0)
            continue;
        return verify(key, text, bytes.ptr + KEY_HASH);
    }
    return false;
}

/* The text ends before the last empty line; absent when there is none. */
static struct str signed_text(struct str note)
{
    for (size_t i = note.len; i-- > 1;)
        if (note.ptr[i] == '\n' && note.ptr[i - 1] == '\n')
            return str_slice(note, 0, i);
    return (struct str){0};
}

/* Lines behind the root: of ours one at most. */
static bool read_next_key(struct str lines, struct str name, struct arena *arena, struct str *out)
{
    struct str line;
    struct str their_name;
    struct public_key key;
    *out = (struct str){0};
    while (str_cut(&lines, '\n', &line)) {
        if (!str_starts(line, S(NEXT_KEY)))
            continue;
        if (out->ptr != NULL)
            return false;
        *out = str_slice(line, sizeof NEXT_KEY - 1, line.len);
        if (out->len > NOTE_KEY_MAX || !read_key(*out, arena, &their_name, &key) ||
            !str_equal(their_name, name))
            return false;
    }
    return true;
}

static bool read_text(struct str text, struct str name, struct arena *arena, struct checkpoint *out)
{
    struct str rest = text;
    struct str size;
    struct str root;
    struct str bytes;
    if (!str_cut(&rest, '\n', &out->origin) || !str_equal(out->origin, name) ||
        !str_cut(&rest, '\n', &size) || !str_to_i64(size, 0, TREE_SIZE_MAX - 1, &out->size) ||
        !str_cut(&rest, '\n', &root) || !base64_decode(root, arena, &bytes) ||
        bytes.len != sizeof out->root.bytes || !read_next_key(rest, name, arena, &out->next_key))
        return false;
    memcpy(out->root.bytes, bytes.ptr, bytes.len);
    return true;
}

struct err *checkpoint_open(struct str note, struct str key, struct checkpoint *out)
{
    autoarena struct arena *arena = arena_new(SMALL_ARENA);
    struct public_key public;
    struct str name;
    struct checkpoint found;
    if (key.len > NOTE_KEY_MAX || !read_key(key, arena, &name, &public))
        return err_new(ERR_INVALID, "not a verifier key of signed notes");
    bool whole = note.len <= NOTE_MAX && str_ends(note, S("\n"));
    struct str text = whole ? signed_text(note) : (struct str){0};
    struct str signatures = str_slice(note, text.len + 1, note.len);
    if (text.ptr == NULL || !is_signed(text, signatures, name, public, arena))
        return err_rule(ERR_CORRUPT, "signature", "the checkpoint is not signed by %.*s",
                        STR_ARG(name));
    if (!read_text(text, name, arena, &found))
        return err_rule(ERR_CORRUPT, "checkpoint", "what %.*s signed is no checkpoint of its log",
                        STR_ARG(name));
    *out = found;
    return NULL;
}

struct err *checkpoint_hand_over(struct str note, struct str key, struct checkpoint *out)
{
    struct checkpoint found;
    struct checkpoint again;
    TRY(checkpoint_open(note, key, &found));
    if (found.next_key.ptr == NULL || str_equal(found.next_key, key) ||
        checkpoint_open(note, found.next_key, &again) != NULL)
        return err_rule(ERR_CORRUPT, "key_change",
                        "the checkpoint names no other key that has signed it too");
    *out = found;
    return NULL;
}
