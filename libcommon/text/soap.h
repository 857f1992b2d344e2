/* SOAP 1.1 as RIV-TA Basic Profile 2.1 uses it: document/literal, one element in the Body, the
 * logical address in the Header. What the national platform does with answers decides the shape of
 * ours: only HTTP 500 with a SOAP 1.1 fault reaches the consumer, in ASCII, because aggregation
 * breaks other characters. SOAP 1.1: W3C Note 2000-05-08. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/field.h"
#include "base/str.h"
#include "base/uuid.h"
#include "text/xml.h"
#include "text/xml_write.h"

#define SOAP_ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_REGISTRY "urn:riv:itintegration:registry:1"
#define SOAP_TYPE     "text/xml; charset=UTF-8"

enum { SOAP_MESSAGE_MAX = 256 * 1024, SOAP_TEXT_MAX = 256, SOAP_DEPTH_MAX = 32 };

struct soap_request {
    struct str logical_address; /* trimmed, never empty */
    struct str namespace;       /* of the element in the Body: what a gateway dispatches on */
    struct str name;
    struct xml *body; /* its start tag was read last */
};

/* Reads a message up to the element in its Body. Strings live in the arena, the reader reads
 * `message`. Comments, prefixes and header blocks of others do not matter. Refused, with a text fit
 * for a fault: over SOAP_MESSAGE_MAX, another encoding than UTF-8, a DOCTYPE, SOAP 1.2 (rule
 * "soap_version"), none or several LogicalAddress, a header block that must be understood (rule
 * "soap_must_understand"). An absent content type is no mistake. */
MUST_USE struct err *soap_open(struct str content_type, struct str message, struct arena *arena,
                               struct soap_request *out);
/* The same for an answer to us: no logical address is asked for, and it is `limit` bytes at most. A
 * fault is TRANSIENT and says its code alone: its words may quote a patient. */
MUST_USE struct err *soap_open_answer(struct str content_type, struct str message, size_t limit,
                                      struct arena *arena, struct soap_request *out);
/* After the body's element was read to its end: nothing but the ends of Body and Envelope may
 * follow. */
MUST_USE struct err *soap_end(const struct soap_request *request);
void soap_drop(struct soap_request *request);
#define autosoap __attribute__((cleanup(soap_drop)))

/* For elements that hold elements: *out_found is true at the start tag of the next child, false at
 * the end of the element itself. Text between them is INVALID unless it is white space. */
MUST_USE struct err *soap_next_child(struct xml *x, bool *out_found);
/* The text of the element whose start tag was read last, trimmed; at most SOAP_TEXT_MAX bytes. */
MUST_USE struct err *soap_leaf(struct xml *x, struct arena *arena, struct str *out);

/* Reads the children of the element whose start tag was read last into a struct, up to its end:
 * text, truth and time of `namespace`, by their names in the table; a time without a zone is
 * Swedish. Others are passed over, and so is all but the first of a name. INVALID when a required
 * one is missing. */
MUST_USE struct err *soap_members(struct xml *x, const char *namespace, const struct field *fields,
                                  struct arena *arena, void *out);

/* The same of an element that is a time. `name` is for a refusal. */
MUST_USE struct err *soap_time(struct xml *x, const char *name, struct arena *arena,
                               struct instant *out);

/* A question to a service at a logical address: the caller writes one element between this and
 * soap_answer_end. */
void soap_question_begin(struct xml_writer *w, struct str logical_address);
/* An answer: the caller writes one element between the two. */
void soap_answer_begin(struct xml_writer *w);
void soap_answer_end(struct xml_writer *w);

/* A fault, always sent as HTTP 500 with SOAP_TYPE. Their mistake is a Client fault and says what it
 * was when the words are ours (INVALID); ours is a Server fault and says only the log id. Nothing
 * of the message is quoted. */
void soap_fault(const struct err *e, struct uuid log_id, struct buf *out);
