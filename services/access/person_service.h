/* What the national person service (Personuppgiftstjänsten) says of identities: RIV-TA
 * strategicresourcemanagement.persons.person, contract GetPersonsForProfile 5, profile P1: all that
 * is asked for is in it, and a protected person has no other. */
#pragma once

#include "domain/person.h"
#include "http/soap_client.h"

struct request;
struct stated_person;

enum {
    PERSONS_ASKED_MAX = 32, /* in one question; the contract's own limit is 500 */
    PERSON_LINKS_MAX = 64,  /* of one identity */
};

/* An identity as the service has it. Never printed. */
struct person_number {
    struct str root; /* OID of what kind it is */
    struct personnummer extension;
};

struct person_linked {
    struct person_number number;
    struct str assurance; /* as told; "referred" for a number that the person has had or got */
};

struct person_told {
    bool known; /* it has a record of the identity; nothing else is told without */
    bool is_test;
    bool is_protected; /* sekretessmarkering or skyddad folkbokföring */
    bool deceased;
    struct str deregistered;    /* deregistrationReasonCode; absent: registered */
    struct str deregistered_on; /* YYYY, YYYY-MM or YYYY-MM-DD; absent: not told */
    const struct person_linked *links;
    size_t link_count;
};

/* The identity that somebody states (persons.c). INVALID when there is none. */
MUST_USE struct err *person_identity(struct request *request, const struct stated_person *stated,
                                     struct identity *out);
/* Can the service be asked about it? Not for numbers of a system's own making. INVALID: a national
 * number without its century could be two people's. */
MUST_USE struct err *person_number_of(const struct identity *identity, struct person_number *out,
                                      bool *out_askable);
/* One question about `count` identities, at most PERSONS_ASKED_MAX; `out` has room for as many, in
 * the order of `asked`. Errors as soap_ask; the number of nobody stands in one. */
MUST_USE struct err *person_service_ask(const struct soap_service *service,
                                        const struct person_number *asked, size_t count,
                                        struct arena *arena, struct person_told *out);
/* The answer, at its element. Each identity that was asked for must be answered once, by itself,
 * and nothing else. Pure. */
MUST_USE struct err *person_service_read(struct xml *x, const struct person_number *asked,
                                         size_t count, struct arena *arena,
                                         struct person_told *out);
