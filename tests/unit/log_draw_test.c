/* Samples of the log: the same seed draws the same, whoever draws and in whatever order. */
#include "base/base.h"
#include "domain/log_draw.h"
#include "unit.h"

static struct uuid id(unsigned number)
{
    struct uuid made = {{0}};
    made.bytes[14] = (uint8_t)(number >> 8);
    made.bytes[15] = (uint8_t)number;
    return made;
}

/* printf 'r7e-draw-v1' | cat - SEED ID | sha256sum, with a seed of 31 zeros and a 7. */
static void rank_is_the_digest(void **state)
{
    (void)state;
    uint8_t seed[LOG_DRAW_SEED] = {0};
    seed[31] = 7;
    struct sha256_text text = sha256_text(log_draw_rank(seed, id(1)));
    assert_string_equal(text.text,
                        "ec03c8d1678f64f9643acf24e44a0da7ff1b8bc46c6afad120668d53ce36ce1b");
}

enum { COUNT_ROWS = 300, EACH = 4 };

static void fill(struct log_draw_row *rows, bool backwards)
{
    static const char *const strata[] = {"", "U-1", "U-2"};
    for (unsigned i = 0; i < COUNT_ROWS; i++) {
        unsigned at = backwards ? COUNT_ROWS - 1 - i : i;
        /* The third has three rows only. */
        unsigned stratum = at < 3 ? 2 : at % 2;
        rows[i] = (struct log_draw_row){.id = id(at), .stratum = str_from(strata[stratum])};
    }
}

static void order_does_not_matter(void **state)
{
    (void)state;
    const uint8_t seed[LOG_DRAW_SEED] = {1};
    struct log_draw_row forwards[COUNT_ROWS];
    struct log_draw_row backwards[COUNT_ROWS];
    fill(forwards, false);
    fill(backwards, true);
    size_t count = log_draw(seed, forwards, COUNT_ROWS, EACH);
    assert_int_equal(count, 2 * EACH + 3);
    assert_int_equal(log_draw(seed, backwards, COUNT_ROWS, EACH), count);
    for (size_t i = 0; i < count; i++)
        assert_true(uuid_equal(forwards[i].id, backwards[i].id));
}

static void least_of_each(void **state)
{
    (void)state;
    const uint8_t seed[LOG_DRAW_SEED] = {2};
    struct log_draw_row all[COUNT_ROWS];
    struct log_draw_row drawn[COUNT_ROWS];
    fill(all, false);
    fill(drawn, false);
    size_t count = log_draw(seed, drawn, COUNT_ROWS, EACH);
    for (size_t i = 0; i < count; i++) {
        size_t less = 0;
        for (size_t k = 0; k < COUNT_ROWS; k++) {
            struct sha256 rank = log_draw_rank(seed, all[k].id);
            less += str_equal(all[k].stratum, drawn[i].stratum) &&
                    memcmp(rank.bytes, drawn[i].rank.bytes, sizeof rank.bytes) < 0;
        }
        assert_true(less < EACH);
    }
}

static void another_seed_draws_others(void **state)
{
    (void)state;
    const uint8_t seeds[2][LOG_DRAW_SEED] = {{3}, {4}};
    struct log_draw_row rows[2][COUNT_ROWS];
    size_t same = 0;
    for (size_t s = 0; s < 2; s++) {
        fill(rows[s], false);
        assert_int_equal(log_draw(seeds[s], rows[s], COUNT_ROWS, EACH), 2 * EACH + 3);
    }
    for (size_t i = 0; i < EACH; i++)
        same += uuid_equal(rows[0][i].id, rows[1][i].id);
    assert_true(same < EACH);
}

static void twice_is_once(void **state)
{
    (void)state;
    const uint8_t seed[LOG_DRAW_SEED] = {5};
    struct log_draw_row rows[] = {{.id = id(1), .stratum = S("")},
                                  {.id = id(2), .stratum = S("")},
                                  {.id = id(1), .stratum = S("")}};
    assert_int_equal(log_draw(seed, rows, COUNT(rows), EACH), 2);
    assert_false(uuid_equal(rows[0].id, rows[1].id));
    assert_int_equal(log_draw(seed, rows, 0, EACH), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_is_the_digest), cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(least_of_each),      cmocka_unit_test(another_seed_draws_others),
        cmocka_unit_test(twice_is_once),
    };
    return cmocka_run_group_tests_name("log_draw", tests, NULL, NULL);
}
