/* Folders become packages by r7 pack, as anybody's would. */
#include "demo.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

struct err *demo_make_folder(const char *path)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return NULL;
    return err_errno(ERR_STORAGE, "could not make the folder \"%s\"", path);
}

struct err *demo_write_file(const char *path, struct str content)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return err_errno(ERR_STORAGE, "could not create \"%s\"", path);
    bool good = fwrite(content.ptr, 1, content.len, file) == content.len;
    good = fclose(file) == 0 && good;
    return good ? NULL : err_errno(ERR_STORAGE, "could not write \"%s\"", path);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

static struct err *remove_folder(const char *path)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return NULL;
    return err_errno(ERR_STORAGE, "could not remove \"%s\"", path);
}

struct err *delivery_folder(const char *out, const char **out_folder)
{
    static char path[PATH_ROOM];
    TRY(demo_make_folder(out));
    snprintf(path, sizeof path, "%s/work", out);
    TRY(remove_folder(path));
    TRY(demo_make_folder(path));
    *out_folder = path;
    return NULL;
}

/* Values are ours and need no escaping. */
static struct err *write_description(const struct delivery *d, const char *path)
{
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return err_errno(ERR_STORAGE, "could not create \"%s\"", path);
    bool own_type = str_equal(str_from(d->content_type), S("care"));
    fprintf(out, "{\"objid\":\"%s\",\"title\":\"%s\",\"created\":\"2026-01-15T09:00:00Z\",\n",
            d->objid, d->title);
    fprintf(out, "\"from\":\"%s\",\"to\":\"%s\",\"agreement\":\"%s\",\n", d->from, d->to,
            d->agreement);
    fputs(own_type ? "\"content_category\":\"Other\",\"other_content_category\":\"Patient Medical "
                     "Records\",\n"
                   : "\"content_category\":\"Mixed\",\n",
          out);
    fprintf(
        out,
        own_type
            ? "\"content_information_type\":\"OTHER\",\"other_content_information_type\":\"%s\",\n"
            : "\"content_information_type\":\"%s\",\n",
        d->content_type);
    fprintf(
        out,
        "\"archive_creator\":{\"name\":\"%s\"},\"submitting_organisation\":{\"name\":\"%s\"},\n",
        d->creator, d->creator);
    fprintf(out, "\"source_system\":{\"name\":\"%s\",\"identification_code\":\"HSA:%s\"}",
            d->system_name, d->system_hsa_id);
    if (d->mappings != NULL) {
        fputs(",\n\"mappings\":", out);
        d->mappings(d, out);
    }
    fputs("}\n", out);
    bool good = ferror(out) == 0;
    good = fclose(out) == 0 && good;
    return good ? NULL : err_errno(ERR_STORAGE, "could not write \"%s\"", path);
}

/* r7 lies beside this program. */
static struct err *run_pack(char *description, char *package, char *folder)
{
    char program[PATH_ROOM];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash = length > 0 ? memrchr(program, '/', (size_t)length) : NULL;
    if (slash == NULL)
        return err_errno(ERR_NOT_FOUND, "could not find where this program lies");
    snprintf(slash, sizeof program - (size_t)(slash - program), "/r7");
    char *arguments[] = {program,
                         (char[]){"pack"},
                         (char[]){"--description"},
                         description,
                         (char[]){"--out"},
                         package,
                         folder,
                         NULL};
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, program, NULL, NULL, arguments, environ) != 0)
        return err_new(ERR_NOT_FOUND, "could not start \"%s\"", program);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return err_errno(ERR_STORAGE, "could not wait for r7 pack");
    return status == 0 ? NULL : err_new(ERR_INVALID, "r7 pack made no package \"%s\"", package);
}

static struct err *list_delivery(const struct delivery *d, const char *out)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/deliveries.tsv", out);
    FILE *list = fopen(path, "ae");
    if (list == NULL)
        return err_errno(ERR_STORAGE, "could not open \"%s\"", path);
    fprintf(list, "%s\t%s\t%s\t%s/%s.zip\n", d->tenant, d->system, d->agreement, d->tenant,
            d->objid);
    return fclose(list) == 0 ? NULL : err_errno(ERR_STORAGE, "could not write \"%s\"", path);
}

struct err *delivery_pack(const struct delivery *d, const char *out)
{
    char tenant[PATH_ROOM];
    char package[2 * PATH_ROOM];
    char description[PATH_ROOM];
    char folder[PATH_ROOM];
    snprintf(tenant, sizeof tenant, "%s/%s", out, d->tenant);
    snprintf(package, sizeof package, "%s/%s.zip", tenant, d->objid);
    snprintf(description, sizeof description, "%s/work.json", out);
    snprintf(folder, sizeof folder, "%s/work", out);
    TRY(demo_make_folder(tenant));
    TRY(write_description(d, description));
    TRY(run_pack(description, package, folder));
    TRY(list_delivery(d, out));
    TRY(remove_folder(description));
    return remove_folder(folder);
}
