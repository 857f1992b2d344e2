/* Identity providers: what a region has set of them (provider.c), and asking them
 * (provider_ask.c). Only hosts that who runs the house has named are asked (R7_SIGN_IN_HOSTS), over
 * TLS, without redirects, so that nobody who administers a region leads this room elsewhere. */
#pragma once

#include "services/access/sign_in.h"

struct provider {
    struct str name;
    struct str title;
    struct str issuer;
    struct str client_id;
    struct str authentication;
    struct str secret; /* the file's name */
    struct strs scopes;
    struct strs algorithms;
    struct str mapping;
    int32_t level;
    struct instant valid_until;
};
extern const struct field provider_whole_fields[];

/* The region and the provider of the path. One answer, NOT_FOUND, for a region and for a provider
 * that are not there. */
MUST_USE struct err *provider_find(struct request *request, int32_t *out_tenant,
                                   struct provider *out);
/* Is it https, at a host of the list ("host" or "host:port", ',' between)? Pure. */
bool provider_may_be_asked(struct str hosts, struct str url);
/* The set of its algorithms; 0 when one is not known. */
unsigned provider_algorithms(const struct provider *provider);

/* What it says of itself (OpenID Connect Discovery 1.0), and its keys. */
struct provider_metadata {
    struct str issuer;
    struct str authorization_endpoint;
    struct str token_endpoint;
    struct str end_session_endpoint; /* absent: it announces none that the house may send to */
    bool names_itself;               /* its answers carry iss (RFC 9207) */
    struct str keys;                 /* JWKS */
    bool old;                        /* worth asking for again */
};
/* As kept, or as it says now: when nothing is kept, when that is old, and, if `again`, when nobody
 * asked again within the last minute. TRANSIENT when it does not answer, or with something else
 * than it should. */
MUST_USE struct err *provider_metadata(struct request *request, int32_t tenant,
                                       const struct provider *provider, bool again,
                                       struct provider_metadata *out);

struct provider_tokens {
    struct str id_token;
    struct str access_token;
};
/* A code for tokens. UNAUTHENTICATED when the provider does not take it. */
MUST_USE struct err *provider_exchange(struct request *request, const struct provider *provider,
                                       const struct provider_metadata *metadata, struct str code,
                                       struct str redirect, struct str verifier,
                                       struct provider_tokens *out);
