/* r7-demo: what the archive is shown, tested and measured with. */
#include "demo.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: r7-demo story OUT\n"
    "       r7-demo volume [--patients N] [--records N] [--pdfs N] [--packages N] [--seed N] OUT\n"
    "       r7-demo many [--files N] OUT\n"
    "Makes packages in OUT/TENANT/ and lists them in OUT/deliveries.tsv: tenant, system, "
    "agreement, package.\n"
    "story: two regions, two patients' lives and a case. volume: one retired journal system. many: "
    "one package\n"
    "of many small files.\n";

struct number_option {
    const char *name;
    int64_t *value;
    int64_t max;
};

/* Reads "--name N" pairs; what is left must be the folder. */
static bool read_options(int argc, char **argv, const struct number_option *options,
                         const char **out_folder)
{
    int i = 2;
    for (; i + 1 < argc; i += 2) {
        const struct number_option *o = options;
        while (o->name != NULL && !str_equal(str_from(o->name), str_from(argv[i])))
            o++;
        if (o->name == NULL || !str_to_i64(str_from(argv[i + 1]), 1, o->max, o->value))
            return false;
    }
    *out_folder = argv[argc - 1];
    return i == argc - 1;
}

/* The list is of one run. */
static struct err *forget_list(const char *out)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/deliveries.tsv", out);
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return NULL;
    return err_errno(ERR_STORAGE, "could not remove \"%s\"", path);
}

int main(int argc, char **argv)
{
    struct volume volume = {
        .seed = 1, .patients = 20000, .records = 400000, .pdfs = 40000, .packages = 40};
    int64_t files = 100000;
    const char *out = NULL;
    const struct number_option options[] = {{"--patients", &volume.patients, VOLUME_PATIENTS_MAX},
                                            {"--records", &volume.records, 1000000000},
                                            {"--pdfs", &volume.pdfs, 1000000000},
                                            {"--packages", &volume.packages, 100000},
                                            {"--seed", &volume.seed, 999999},
                                            {"--files", &files, 100000000},
                                            {NULL, NULL, 0}};
    const struct str command = argc > 1 ? str_from(argv[1]) : S("");
    bool known = str_equal(command, S("story")) || str_equal(command, S("volume")) ||
                 str_equal(command, S("many"));
    if (!known || !read_options(argc, argv, options, &out)) {
        fputs(USAGE, stderr);
        return 2;
    }
    struct err *e = forget_list(out);
    if (e == NULL)
        e = str_equal(command, S("story"))    ? story_make(out)
            : str_equal(command, S("volume")) ? volume_make(&volume, out)
                                              : many_make(files, out);
    if (e != NULL)
        fprintf(stderr, "r7-demo: %s\n", e->detail);
    return e != NULL;
}
