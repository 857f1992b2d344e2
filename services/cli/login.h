/* Signing in through an identity provider, as a program without a browser of its own does it (RFC
 * 8252): the person opens the printed address in any browser on this machine, and the answer comes
 * to a port of 127.0.0.1 that r7 listens at meanwhile. */
#pragma once

#include "services/cli/cli.h"

struct loopback; /* a listening port */
MUST_USE struct err *loopback_open(struct loopback **out, int *out_port);
void loopback_close(struct loopback *loopback);

/* What the provider's answer carries (RFC 6749 section 4.1.2, RFC 9207). */
struct provider_answer {
    struct str state;
    struct str code;
    struct str issuer;
    struct str error;
};
/* Reads the first line of a request: GET /callback?…; false for any other. Values are decoded into
 * the arena. Pure. */
bool loopback_read(struct str line, struct arena *arena, struct provider_answer *out);
/* Waits for the answer with this state, and tells the browser so; what else comes is refused and
 * passed over. UNAUTHENTICATED when none comes within five minutes. */
MUST_USE struct err *loopback_wait(struct loopback *loopback, struct str state, struct arena *arena,
                                   struct provider_answer *out);

/* Through the region's provider of that name, or its only one when NULL; `assignment` may be NULL.
 * *out_body is room access's answer, as to a password. */
MUST_USE struct err *login_oidc(const char *tenant, const char *provider, const char *assignment,
                                struct arena *arena, struct str *out_body);
