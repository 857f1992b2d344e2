/* r7 validate: a package judged as room validation would, without a server. */
#include "validate.h"
#include "cli.h"
#include "folder.h"
#include "text/json.h"
#include "text/xml.h"
#include "validate/judge.h"
#include "validate/report.h"
#include "validate/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHUNK = 256 * 1024,
    PATH_SIZE = 4096,
    PATH_QUOTED = 8 * PATH_SIZE, /* as JSON; a path of a package has 4096 bytes */
    ARENA = 256 * 1024 * 1024,

    REPORT_BYTES = 256 * 1024 * 1024 /* as JSON */
};
/* What standard input may hold when nothing else is said: 8 GiB. */
#define STDIN_BYTES "8589934592"
/* What a clamd takes at most; one that takes less says so itself. */
#define SCAN_STREAM_MAX (UINT64_C(1) << 31)

/* --- writing */

static struct err *write_json(const struct report_about *about, const struct findings *findings,
                              FILE *out)
{
    autobuf struct buf json = buf_new(REPORT_BYTES);
    TRY(report_write(about, findings, &json));
    fwrite(json.ptr, 1, json.len, out);
    fputc('\n', out);
    if (fflush(out) != 0 || ferror(out) != 0)
        return err_errno(ERR_STORAGE, "could not write the report");
    return NULL;
}

static const struct form {
    const char *name;
    struct err *(*write)(const struct report_about *about, const struct findings *findings,
                         FILE *out);
} forms[] = {
    {"text", report_text}, {"json", write_json}, {"html", report_html}, {"junit", report_junit}};
static const struct form errors_form = {"errors", report_text_errors};

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; i < COUNT(forms); i++)
        if (str_equal(str_from(forms[i].name), str_from(name)))
            return &forms[i];
    return NULL;
}

/* What the command was asked for. */
struct request {
    const char *package;
    const char *schemas;
    const struct form *form;
    uint64_t stdin_bytes; /* at most */
    struct scan_server scan;
    const char *files; /* where each file is told of; NULL: nowhere */
};

/* --- each file: a line of JSON, written as it is checked, so that a million cost no memory */

static void put_member(FILE *out, const char *name, struct str value)
{
    autobuf struct buf quoted = buf_new(PATH_QUOTED);
    if (value.len == 0)
        return;
    json_quote(value, &quoted);
    fprintf(out, ",\"%s\":%.*s", name, STR_ARG(buf_str(&quoted)));
}

static void put_file(void *state, const struct inspected_file *file)
{
    FILE *out = state;
    fprintf(out, "{\"bytes\":%llu,\"sha256\":\"%s\"", (unsigned long long)file->length,
            sha256_text(file->sha256).text);
    if (file->format != NULL) {
        put_member(out, "puid", file->format->puid);
        put_member(out, "name", file->format->name);
        put_member(out, "version", file->format->version);
    }
    put_member(out, "path", file->path);
    fputs("}\n", out);
}

static struct err *open_files(const char *path, FILE **out)
{
    if (path == NULL)
        return NULL;
    *out = fopen(path, "we");
    return *out != NULL ? NULL : err_errno(ERR_STORAGE, "could not write \"%s\"", path);
}

static struct err *close_files(const char *path, FILE *out)
{
    if (out == NULL)
        return NULL;
    bool bad = ferror(out) != 0;
    bad |= fclose(out) != 0;
    return bad ? err_errno(ERR_STORAGE, "could not write \"%s\"", path) : NULL;
}

/* --- what is judged */

/* Sealed like all else that does not fit in memory: what comes by a pipe may not be meant for this
 * machine's disk. */
static struct err *take_in(struct spool *spool, uint64_t limit, char *chunk)
{
    for (uint64_t taken = 0;;) {
        ssize_t got = read(STDIN_FILENO, chunk, CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read standard input");
        if (got == 0)
            return NULL;
        taken += (uint64_t)got;
        if (taken > limit)
            return err_new(ERR_TOO_LARGE, "standard input has more than %llu bytes",
                           (unsigned long long)limit);
        TRY(spool_add(spool, (struct str){chunk, (size_t)got}));
    }
}

static struct err *take_stdin(struct spool *spool, uint64_t limit, struct source *out)
{
    char *chunk = must_calloc(CHUNK, 1);
    struct err *e = take_in(spool, limit, chunk);
    free(chunk);
    TRY(e);
    return spool_end(spool, out);
}

static struct err *judge_stdin(struct judging *j, const struct request *r)
{
    struct source source;
    struct spool *spool = spool_new(j->folder);
    struct err *e = take_stdin(spool, r->stdin_bytes, &source);
    if (e == NULL)
        e = judge_container(j, &source);
    spool_free(spool);
    return e;
}

static struct err *judge_folder(struct judging *j, const char *path)
{
    autofolder struct folder *folder = NULL;
    struct err *e = folder_open(path, j->folder, &folder);
    return e != NULL
               ? judge_refused(j, e)
               : judge_listed(j, folder_source(folder), CONTAINER_TAR, folder_listing(folder));
}

static struct err *judge_path(struct judging *j, const char *path)
{
    struct stat about;
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &about) != 0)
        return err_errno(ERR_NOT_FOUND, "could not open \"%s\"", path);
    if (S_ISDIR(about.st_mode))
        return judge_folder(j, path);
    if (!S_ISREG(about.st_mode))
        return err_new(ERR_INVALID, "\"%s\" is neither a file nor a folder", path);
    const struct source source = source_from_file(&file, (uint64_t)about.st_size);
    return judge_container(j, &source);
}

static struct err *judge_any(struct judging *j, const struct request *r)
{
    const char *folder = cli_environment("TMPDIR").ptr;
    if (folder == NULL)
        folder = "/tmp";
    autoclose int scratch = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (scratch < 0)
        return err_errno(ERR_STORAGE, "could not open the folder \"%s\" (TMPDIR)", folder);
    j->folder = scratch;
    return str_equal(str_from(r->package), S("-")) ? judge_stdin(j, r) : judge_path(j, r->package);
}

/* --- schemas */

/* The folder "schemas" beside the program, so that the two can be handed over together. */
static struct err *schemas_beside(struct arena *arena, const char **out)
{
    char self[PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    if (length < 0 || length == sizeof self)
        return err_errno(ERR_STORAGE, "could not tell where this program lies");
    while (length > 0 && self[length - 1] != '/')
        length--;
    *out = arena_format(arena, "%.*sschemas", (int)length, self).ptr;
    return NULL;
}

static struct err *open_schema(const char *folder, struct arena *arena, struct xml_schema **out)
{
    if (folder == NULL)
        folder = cli_environment("R7_SCHEMAS").ptr;
    if (folder == NULL)
        TRY(schemas_beside(arena, &folder));
    const char *path = arena_format(arena, "%s/xsd/eark/package.xsd", folder).ptr;
    if (access(path, R_OK) != 0)
        return err_errno(ERR_NOT_FOUND, "could not open the schema \"%s\"", path);
    return xml_schema_open(path, out);
}

/* --- formats */

/* As r7 identify, from R7_PRONOM; without, formats are not judged, and the report says so. */
static struct err *open_signatures(struct arena *arena, struct format_signatures **out)
{
    const char *folder = cli_environment("R7_PRONOM").ptr;
    const char *signatures = NULL;
    const char *containers = NULL;
    if (folder == NULL)
        return NULL;
    TRY(format_signatures_find(folder, arena, &signatures, &containers));
    return format_signatures_open(signatures, containers, out);
}

/* --- the command */

static struct str name_of(const char *package)
{
    struct str name = str_from(package);
    while (name.len > 1 && str_ends(name, S("/")))
        name = str_slice(name, 0, name.len - 1);
    const char *slash = memrchr(name.ptr, '/', name.len - 1);
    return slash == NULL ? name : str_slice(name, (size_t)(slash + 1 - name.ptr), name.len);
}

static struct err *verdict(const struct report_about *about, const struct findings *findings)
{
    uint64_t errors = report_errors(about, findings);
    switch (report_outcome(about, findings)) {
    case REPORT_VALID:
        return NULL;
    case REPORT_INVALID:
        return err_new(ERR_INVALID, "the package is not valid: %llu error%s",
                       (unsigned long long)errors, errors == 1 ? "" : "s");
    case REPORT_UNDECIDED:
        break;
    }
    return cli_undecided(err_new(ERR_UNSUPPORTED, "its profile is not known"));
}

/* `valid`: whether one that is valid has a report. */
static struct err *tell(const struct judging *j, const char *package, const struct form *form,
                        bool valid, FILE *out)
{
    struct err *const refusals[] = {j->refusal};
    const struct report_about about = {.package = name_of(package),
                                       .objid = j->objid,
                                       .files = (uint64_t)j->files,
                                       .bytes = (uint64_t)j->bytes,
                                       .refusals = refusals,
                                       .refusal_count = j->refusal != NULL};
    if (valid || report_outcome(&about, j->findings) != REPORT_VALID)
        TRY(cli_undecided(form->write(&about, j->findings, out)));
    return verdict(&about, j->findings);
}

static struct err *judge(struct judging *j, const struct request *r)
{
    struct xml_schema *schema = NULL;
    TRY(cli_undecided(open_schema(r->schemas, j->arena, &schema)));
    j->schema = schema;
    struct err *e = cli_undecided(judge_any(j, r));
    xml_schema_close(schema);
    return e;
}

struct err *validate_package(const char *path, const char *name)
{
    autoarena struct arena *arena = arena_new(ARENA);
    autofindings struct findings *findings = findings_new();
    const struct inspection nothing_more = {0};
    const struct request r = {.package = path};
    struct judging j = {
        .now = clock_now(), .inspection = &nothing_more, .arena = arena, .findings = findings};
    TRY(judge(&j, &r));
    return tell(&j, name, &errors_form, false, stderr);
}

struct err *validate_command(int argc, char **argv)
{
    struct request r = {0};
    const char *format = "text";
    const char *limit = STDIN_BYTES;
    const char *clamd = NULL;
    const struct cli_option options[] = {
        {"--format", &format, false}, {"--schemas", &r.schemas, false}, {"--limit", &limit, false},
        {"--scan", &clamd, false},    {"--files", &r.files, false},     CLI_OPTIONS_END};
    TRY(cli_arguments(argc, argv, options, 1, &r.package));
    r.form = find_form(format);
    if (r.form == NULL)
        return cli_usage_error("there is no format %s", format);
    if (!str_to_u64(str_from(limit), UINT64_MAX, &r.stdin_bytes))
        return cli_usage_error("--limit is a number of bytes");
    if (r.package[0] == '\0')
        return cli_usage_error("the package has no name");
    autoarena struct arena *arena = arena_new(ARENA);
    autofindings struct findings *findings = findings_new();
    autosignatures struct format_signatures *signatures = NULL;
    r.scan = (struct scan_server){str_from(clamd), SCAN_STREAM_MAX};
    if (clamd != NULL && scan_server_check(&r.scan) != NULL)
        return cli_usage_error("--scan is the path of clamd's socket, or IP:PORT");
    TRY(cli_undecided(open_signatures(arena, &signatures)));
    FILE *files = NULL;
    TRY(cli_undecided(open_files(r.files, &files)));
    const struct inspection inspection = {.scan = clamd != NULL ? &r.scan : NULL,
                                          .signatures = signatures,
                                          .tell = files != NULL ? put_file : NULL,
                                          .tell_state = files};
    struct judging j = {
        .now = clock_now(), .inspection = &inspection, .arena = arena, .findings = findings};
    struct err *e = judge(&j, &r);
    if (e == NULL)
        e = tell(&j, r.package, r.form, true, stdout);
    struct err *unwritten = cli_undecided(close_files(r.files, files));
    return unwritten != NULL ? unwritten : e;
}
