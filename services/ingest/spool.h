/* The spool of a gathering: sealed files in staging, one for each extent (the records of one poll),
 * each a complete age file under a key of its own: "<key id>", its header beside it.
 *
 * The plaintext is frames, one for each record: length of the content (4 bytes, little end first),
 * length of the supplier's id (2 bytes), form (1 byte), 0; the id; the content. */
#pragma once

#include "base/field.h"
#include "vault/age.h"
#include "vault/segment.h"

enum record_form { RECORD_XML, RECORD_JSON, RECORD_FORMS };

struct spool_record {
    struct str identity; /* at most 65,535 bytes */
    enum record_form form;
    struct str content;
};

/* Headers of keys that are taken into use one after another: they lie there before the first byte
 * that needs them. */
MUST_USE struct err *spool_put_headers(int folder, const struct segment_key *keys, size_t count);

/* Seals records into `folder`, one after another; flushing is the caller's. */
struct spool_size {
    uint64_t bytes;  /* plaintext */
    uint64_t stored; /* ciphertext */
};
struct spool_writer;
#define autospool_writer __attribute__((cleanup(spool_writer_drop)))
MUST_USE struct err *spool_writer_new(int folder, struct uuid key_id, const struct file_key *key,
                                      struct spool_writer **out);
MUST_USE struct err *spool_writer_add(struct spool_writer *writer,
                                      const struct spool_record *record);
MUST_USE struct err *spool_writer_end(struct spool_writer *writer, struct spool_size *out);
void spool_writer_drop(struct spool_writer **writer);

/* Reads an extent record by record. */
struct spool_reader;
#define autospool_reader __attribute__((cleanup(spool_reader_drop)))
MUST_USE struct err *spool_open(int folder, struct uuid key_id, const struct file_key *key,
                                struct spool_size size, struct spool_reader **out);
/* The next one; false at the end. Its strings live until the next call. CORRUPT when the file is
 * not what was written. */
MUST_USE struct err *spool_next(struct spool_reader *reader, struct spool_record *out,
                                bool *out_more);
void spool_reader_drop(struct spool_reader **reader);
