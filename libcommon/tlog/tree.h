/* The Merkle tree of a transparency log: RFC 6962 section 2.1 (RFC 9162 section 2.1), SHA-256, kept
 * as tiles of 256 hashes (c2sp.org/tlog-tiles). Everything here is a function of values: who stores
 * tiles, and where, is not its business.
 *
 * A tree is grown at its right edge (tree_growth), proofs are made of ranges of leaves
 * (tree_inclusion, tree_consistency) whose hashes are made of tiles (tree_tiles_for,
 * tree_range_hash), and are checked by who has two roots and no tiles at all. Leaves are counted
 * from 0. */
#pragma once

#include "base/arena.h"
#include "base/digest.h"
#include "base/err.h"

enum {
    TILE_HEIGHT = 8,
    TILE_WIDTH = 256, /* hashes in a whole tile */
    TILE_HASH = 32,   /* bytes */
    TILE_LEVELS = 6,  /* 2^48 leaves */
    PROOF_MAX = 64    /* hashes in a proof at most */
};
#define TREE_SIZE_MAX (INT64_C(1) << (TILE_HEIGHT * TILE_LEVELS))

struct sha256 tree_leaf(struct str record);                       /* SHA-256(0x00 ‖ record) */
struct sha256 tree_node(struct sha256 left, struct sha256 right); /* SHA-256(0x01 ‖ l ‖ r) */
struct sha256 tree_empty(void);                                   /* the root of no leaves */
/* The root of so many hashes, a power of two. */
struct sha256 tree_whole_hash(const struct sha256 *hashes, size_t count);

/* --- tiles */

/* Hashes at level L are those of whole tiles at level L-1, of leaves at level 0. The last tile of a
 * level has a width under 256 until it is full; a tile only grows. */
struct tile {
    int level;
    int64_t number; /* which of its level */
    int width;
    struct sha256 hashes[TILE_WIDTH];
};
/* How many hashes tile (level, number) has in a tree of this size; 0: it is not there. */
int tile_width(int level, int64_t number, int64_t size);
/* The hash of a whole tile, which the level above has. */
struct sha256 tile_hash(const struct tile *tile);

/* --- growing */

/* The right edge of a tree and the tiles that were touched since it was taken up. */
struct tree_growth {
    struct arena *arena;
    int64_t size;
    struct tile *edge[TILE_LEVELS]; /* NULL: the level has no tile that is not full */
    struct tile **touched;          /* in the order in which they were first touched */
    size_t count;
    size_t room;
    struct tile *spare[TILE_LEVELS]; /* full ones that were forgotten, to be filled again */
};
/* The tiles that are needed to take up a tree of this size: at most one of each level, told by
 * level and number (hashes and width are left alone). Returns how many. */
size_t tree_edge(int64_t size, struct tile out[TILE_LEVELS]);
/* Takes the tree up. `edge` are the tiles that tree_edge named, each with at least the hashes that
 * the tree has of it. CORRUPT when one is missing or too narrow. */
MUST_USE struct err *tree_growth_begin(struct tree_growth *growth, int64_t size,
                                       const struct tile *edge, size_t count, struct arena *arena);
void tree_growth_add(struct tree_growth *growth, struct sha256 leaf);
struct sha256 tree_growth_root(const struct tree_growth *growth);
/* Forgets which were touched: the next are told anew, and the full ones' memory is used again. */
void tree_growth_forget(struct tree_growth *growth);

/* --- proofs */

/* Leaves [from, to): a subtree of the tree, whose hash is the Merkle tree hash of just those. */
struct tree_range {
    int64_t from;
    int64_t to;
};
/* That leaf `leaf` is in the tree of `size` leaves (leaf < size). Returns how many hashes it has;
 * they are those of the ranges, in order. */
size_t tree_inclusion(int64_t leaf, int64_t size, struct tree_range out[PROOF_MAX]);
/* That the tree of `from` leaves is the beginning of that of `to` (0 < from <= to). */
size_t tree_consistency(int64_t from, int64_t to, struct tree_range out[PROOF_MAX]);

/* The tiles that the hashes of these ranges are made of, each once, by level, number and width, in
 * the arena; in the order of levels and numbers, as tree_range_hash wants them. `size`: of the tree
 * that the tiles are read from, at least the largest `to`. */
size_t tree_tiles_for(const struct tree_range *ranges, size_t count, int64_t size,
                      struct arena *arena, struct tile **out);
/* The hash of a range. CORRUPT when a tile that it needs is not among them, or too narrow. */
MUST_USE struct err *tree_range_hash(struct tree_range range, const struct tile *tiles,
                                     size_t count, struct sha256 *out);

/* Is the leaf in the tree with that root? */
bool tree_inclusion_holds(int64_t leaf, int64_t size, struct sha256 leaf_hash, struct sha256 root,
                          const struct sha256 *proof, size_t count);
/* Is the one tree the beginning of the other? */
bool tree_consistency_holds(int64_t from, int64_t to, struct sha256 from_root,
                            struct sha256 to_root, const struct sha256 *proof, size_t count);
