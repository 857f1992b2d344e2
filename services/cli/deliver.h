/* What deliver, import and follow share: which source system speaks, how it reaches the archive,
 * and how one package gets there. */
#pragma once

#include "bus/bus.h"
#include "cli.h"
#include "http/http.h"
#include "parcel.h"
#include "progress.h"
#include "vault/age.h"

struct source_system {
    const char *tenant;
    const char *system;
    struct bus_config kafka;
};

/* Fills what was not given from R7_TENANT and R7_SYSTEM, and Kafka's address and files from
 * R7_KAFKA_BOOTSTRAP, R7_CA, R7_CERT and R7_KEY (a source system's own certificate). Where the
 * brokers trust another authority than the rooms, R7_BROKER_CA, R7_BROKER_CERT and R7_BROKER_KEY go
 * before these three. */
MUST_USE struct err *source_system_read(struct source_system *system);

/* An age file of `plain` in `out`, as `age -r RECIPIENT` writes it. */
MUST_USE struct err *deliver_seal(const struct age_recipient *recipient, struct str plain,
                                  struct buf *out);

/* deliver_records.c: a folder of records, or a file of one or many; each encrypted to `recipient`,
 * unless that is NULL. */
MUST_USE struct err *deliver_records(const struct source_system *system, const char *agreement,
                                     const struct age_recipient *recipient, const char *path);

/* --- packages (deliver_package.c)
 * ------------------------------------------------------------------------------- */

/* Sends packages, one after another, as one system under one agreement. */
struct sender {
    struct source_system system;
    const char *agreement;
    const char *patience;                  /* --patience, as given */
    const char *state_folder;              /* --state, as given */
    bool uploads;                          /* --upload: never as a message */
    const char *uri;                       /* --uri: it lies in the object store; NULL: nowhere */
    const struct age_recipient *recipient; /* messages are encrypted to it; NULL: they are not */
    struct progress progress;
    /* Of an open one: */
    int64_t patience_s;
    struct bus_producer *producer;
    struct http_client *http; /* to room ingest; NULL until the first upload */
    struct str ingest;        /* its address; absent when R7_INGEST_URL is not set */
    int state;                /* folder, where uploads are remembered; -1 until the first */
};

/* Reads what the environment gives, checks what was given; asks nobody. */
MUST_USE struct err *sender_open(struct sender *s);
void sender_close(struct sender *s);

/* A package that a message can hold (BUS_MESSAGE_MAX) goes as one, unless `uploads`; another by the
 * upload door, and then its announcement as a message. Delivered when the brokers have the message.
 * One that lies in the agreement's object store (`uri`) is only read here, and announced there.
 * `identity` absent: it is named by its bytes, so that sent again it is the same delivery.
 *
 * While the archive is away it is tried again (patience.h): TRANSIENT or BROKER_LOST at the end.
 * An error of class REJECT is about this package, and the next may go. */
MUST_USE struct err *sender_deliver(struct sender *s, struct parcel *parcel, struct str identity,
                                    struct uuid *out_delivery);

/* deliver_upload.c: brings all its bytes to the upload door, from where an earlier run stood, and
 * checks them (parcel_end). What was uploaded and is not as wanted is destroyed there. */
MUST_USE struct err *deliver_upload(struct sender *s, struct parcel *parcel,
                                    struct uuid *out_upload, struct sha256 *out_sha256);
/* It is announced, and need not be remembered any more. */
MUST_USE struct err *deliver_upload_forget(struct sender *s, const struct parcel *parcel);
