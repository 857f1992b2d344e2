/* A document for people: a title, headings and paragraphs on A4 pages, as a PDF that is read aloud
 * in the right order and searched, for its text is text and its structure is told (tagged PDF,
 * title and language as PDF/UA asks for them). What it looks like is decided here, once.
 *
 * cairo lives behind this header and nowhere else. Fonts are the machine's (DejaVu); what is used
 * of them goes into the file. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct print;

struct print_facts {
    struct str title;
    struct str author;
    struct str language;   /* BCP 47: "sv", "en" */
    const char *page_word; /* before the number at a page's foot: "Sida" */
};

enum print_style {
    PRINT_TITLE,   /* once, at the top */
    PRINT_HEADING, /* of a part */
    PRINT_STRONG,  /* the first line of an item; stays with what follows it */
    PRINT_TEXT,
    PRINT_CODE, /* to be compared sign by sign: a fixed width, and broken anywhere */
    PRINT_STYLES
};

/* Writes into `out`, which outlives it; end with print_end. */
struct print *print_new(const struct print_facts *facts, struct buf *out);
/* A paragraph of UTF-8; lines are broken between words. */
void print_put(struct print *print, enum print_style style, struct str text);
/* Ends the document and frees it. TOO_LARGE over the buffer's limit; TRANSIENT when there is no
 * font or memory. */
MUST_USE struct err *print_end(struct print *print);
