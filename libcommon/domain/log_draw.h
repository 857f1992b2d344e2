/* Which rows of the disclosure log a sample draws: a pure function of a published seed and the
 * rows' ids, so that anybody can draw again (services/access/REVIEW.md; sql_review.def says the
 * same in SQL). */
#pragma once

#include "base/digest.h"
#include "base/uuid.h"

enum { LOG_DRAW_SEED = 32 };

/* SHA-256("r7e-draw-v1" ‖ seed ‖ id's 16 bytes). Of each stratum the rows of least rank are drawn,
 * compared byte by byte. */
struct sha256 log_draw_rank(const uint8_t seed[LOG_DRAW_SEED], struct uuid id);

/* A row that may be drawn. */
struct log_draw_row {
    struct uuid id;
    struct str stratum; /* the unit or care provider; empty for none */
    struct sha256 rank; /* filled in by log_draw */
};
/* Puts the drawn rows first, by stratum and rank, and tells how many they are: `each` of every
 * stratum, or all it has. A row that is there twice counts once. */
size_t log_draw(const uint8_t seed[LOG_DRAW_SEED], struct log_draw_row *rows, size_t count,
                size_t each);
