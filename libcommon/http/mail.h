/* One mail by SMTP over TLS, to a relay that the house trusts. */
#pragma once

#include "base/base.h"

struct mail_relay {
    struct str url;  /* smtps://HOST:PORT, or smtp://HOST:PORT, which must offer STARTTLS */
    struct str ca;   /* PEM file; absent: those that the system trusts */
    struct str from; /* who sends */
    int timeout_ms;
};

/* A mailbox NAME@HOST, nothing else: 3 to 254 of the letters that need no quoting, one @. Pure. */
bool mail_is_address(struct str address);
/* Sends a plain text; `id` is the mail's own (Message-ID), so that one sent twice is known. Lines
 * of `text` end with "\n". TRANSIENT when the relay does not take it. */
MUST_USE struct err *mail_send(const struct mail_relay *relay, struct str to, struct str id,
                               struct str subject, struct str text, struct arena *arena);
