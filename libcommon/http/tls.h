/* Client certificates. libmicrohttpd speaks TLS through GnuTLS, which only asks for a certificate;
 * what it is worth is decided here, with OpenSSL, once for each connection. */
#pragma once

#include "http/http.h"

struct tls_trust;
/* PEM texts of the authorities and, optionally, of their revocation lists. */
MUST_USE struct err *tls_trust_new(struct str authorities, struct str revoked,
                                   struct tls_trust **out);
void tls_trust_free(struct tls_trust *trust);
/* Other texts from now on; any thread may be judging. With an error what was trusted still is. */
MUST_USE struct err *tls_trust_change(struct tls_trust *trust, struct str authorities,
                                      struct str revoked);
/* Which texts are in force: 1, and one more with each change. */
unsigned tls_trust_edition(const struct tls_trust *trust);
/* Chain, validity in time, purpose (client authentication) and revocation of the DER certificates,
 * the peer's own first. A peer that is not good is left unverified. */
void tls_judge(struct tls_trust *trust, const struct str *chain, size_t count,
               struct http_peer *out);
