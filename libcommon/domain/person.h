/* Swedish identities as they come. A retired system holds personal numbers with ten or twelve
 * digits, with and without sign, coordination numbers, reserve numbers of its own making, and wrong
 * ones. All are accepted as delivered; what we can be sure of is made equal, so that the same
 * identity gets the same pseudonym whichever system wrote it.
 *
 * Personnummer: Folkbokföringslagen (1991:481) 18 §; samordningsnummer 18 a §: the day plus 60. The
 * sign is
 * '-', from the year a person turns 100 '+'. The check digit is Luhn over the nine digits from the
 * year's tens. Identifier types are OIDs as RIV-TA uses them. */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/uuid.h"

#define PERSON_TYPE_PERSONNUMMER      S("1.2.752.129.2.1.3.1")
#define PERSON_TYPE_SAMORDNINGSNUMMER S("1.2.752.129.2.1.3.3")

/* Text that names a person. Deliberately not a struct str: nothing prints, logs or serialises one.
 */
struct personnummer {
    struct str digits;
};

struct identity {
    struct str type; /* OID; which of the two national ones is told by a valid number itself */
    struct personnummer delivered; /* exactly as it came */
    struct personnummer
        normalised; /* 12 digits where the century is certain, else as delivered, trimmed */
    bool valid;     /* a national number with a real date and a right check digit */
};

/* What a delivery tells of an identity. */
struct identity_told {
    struct str number;
    struct str type;   /* OID, or absent */
    struct str system; /* the source system: numbers of its own making are its own */
    int year; /* when the number was written (the record's own time), 0 if not known: ten digits
                 have a century only at a time */
};

/* Reads an identity; never refuses. A number without type that is no valid national number gets the
 * type "local:" and the system's name, so that two systems' "4711" stay two identities. An empty
 * number gives the absent identity. Strings live in the arena. */
struct identity identity_read(const struct identity_told *told, struct arena *arena);
bool identity_is_absent(const struct identity *identity);

/* The pseudonym is of an identity, never of a person: first 16 bytes of HMAC-SHA256(tenant's
 * pseudonym key, type, 0x00, normalised number). Links between a person's identities join
 * pseudonyms at reading. */
struct uuid person_pseudonym(struct str key, const struct identity *identity);
enum { PERSON_SHARDS = 1024 };
/* The first ten bits of a pseudonym, or of the package id that stands for "no person". */
int32_t person_shard(struct uuid pseudonym);

/* Is there a personal or coordination number in the text (ten or twelve digits, with or without
 * sign, a real date and a right check digit)? UUIDs and digests are passed over: their digits mean
 * nothing. For texts that must not carry one: an id in a URL, an event, a log line, an OBJID. */
bool looks_like_personal_number(struct str text);
