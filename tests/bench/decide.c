/* How many decisions a second: the cases of tests/unit/data/permission.tsv, one after the other.
 *
 *   decide ROUNDS       prints decisions a second, and nanoseconds for one */
#include "tests/unit/permission_cases.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    int64_t rounds = 0;
    uint64_t all = 0;
    if (argc != 2 || !str_to_i64(str_from(argv[1]), 1, 1000000, &rounds) || read_table(NULL) != 0)
        return 2;
    int64_t start = clock_monotonic_us();
    for (int64_t r = 0; r < rounds; r++)
        for (size_t i = 0; i < row_count; i++) {
            struct inputs *in = &rows[i].inputs;
            in->facts.blocks = in->blocks;
            in->facts.lifts = in->lifts;
            in->facts.predecessors = in->predecessors;
            in->facts.agreements = in->agreements;
            all |= permission_decide(&in->subject, &in->resource, &in->intent, &in->facts).reasons;
        }
    double seconds = (double)(clock_monotonic_us() - start) / 1e6;
    double decisions = (double)rounds * (double)row_count;
    printf("decisions a second %.0f, nanoseconds each %.0f, reasons seen %d\n", decisions / seconds,
           seconds / decisions * 1e9, __builtin_popcountll(all));
    return drop_table(NULL);
}
