/* Alerts: what local administrators are to know within a minute, where it is sent, and who has it
 * in hand (REVIEW.md). */
#pragma once

#include "services/access/room.h"

struct alert_receiver {
    struct str name;
    int32_t step;
    struct str address; /* https:// or mailto: */
    struct str secret;  /* the file that signs for a webhook */
    struct instant stopped_at;
};
/* INVALID for an address the house does not send to, or without what signs it. Pure but for the
 * settings. */
MUST_USE struct err *alert_receiver_check(const struct access_settings *settings,
                                          const struct alert_receiver *receiver);

/* Sends what is owed to one receiver; a duty of which there are several threads, so that a receiver
 * that is slow or dead holds up nobody else. */
struct err *alert_duty(const struct house *house, struct worker *worker, struct arena *arena,
                       bool *out_done);
/* Gauges for the operators. */
struct err *alert_measure(const struct house *house, struct worker *worker, struct arena *arena,
                          struct buf *out);

struct err *access_list_alerts(struct request *request, struct http_reply *reply);
struct err *access_acknowledge(struct request *request, struct http_reply *reply);
struct err *access_set_alert_rule(struct request *request, struct http_reply *reply);
struct err *access_set_alert_receiver(struct request *request, struct http_reply *reply);
struct err *access_stop_alert_receiver(struct request *request, struct http_reply *reply);
struct err *access_list_alert_receivers(struct request *request, struct http_reply *reply);
