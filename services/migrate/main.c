/* r7-migrate: applies schemas/sql in order, each file in one transaction, what is applied already
 * left out.
 *
 *   R7_DATABASE_URL   as a superuser of the cluster: it makes roles and marks a function leakproof
 *   R7_SCHEMAS        the folder of schemas (default "schemas")
 */
#include "base/base.h"
#include "base/config.h"
#include "db/db.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LIMIT = 4 * 1024 * 1024 };

struct settings {
    struct str database_url;
    struct str schemas;
};

static const struct setting settings_table[] = {
    SETTING("R7_DATABASE_URL", struct settings, database_url, NULL,
            "PostgreSQL, as a role that may create roles", REQUIRED),
    SETTING("R7_SCHEMAS", struct settings, schemas, "schemas", "the folder of schemas", OPTIONAL),
    SETTINGS_END};

struct made_row {
    bool made;
};
static const struct field made_fields[] = {FIELD(struct made_row, made, REQUIRED), FIELDS_END};
static const struct sql is_made = {"is_made",
                                   "select to_regclass('base.migration') is not null as made"};

struct number_row {
    int32_t number;
};
static const struct field number_fields[] = {FIELD(struct number_row, number, REQUIRED),
                                             FIELDS_END};
static const struct sql applied = {"applied", "select number from base.migration order by number"};

static struct err *read_file(const char *path, struct buf *out)
{
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return err_errno(ERR_INVALID, "could not open %s", path);
    for (;;) {
        char *at = buf_reserve(out, 64 * 1024);
        if (at == NULL)
            return buf_done(out, path);
        ssize_t got = read(file, at, 64 * 1024);
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read %s", path);
        if (got == 0)
            return NULL;
        out->len += (size_t)got;
        out->ptr[out->len] = '\0';
    }
}

/* One query on a connection of its own, because its statement cannot be prepared before the first
 * migration. */
static struct err *query(const struct settings *settings, const struct sql *sql,
                         const struct field *fields, size_t size, struct arena *arena,
                         struct rows *out)
{
    const struct sql *const statements[] = {sql, NULL};
    struct db *db = NULL;
    TRY(db_open(settings->database_url.ptr, NULL, statements, &db));
    struct load *load = load_new(db, 0, arena);
    load_rows(load, sql, fields, size, out, NO_VALUES);
    struct err *e = load_run(load);
    db_close(db);
    return e;
}

static bool is_applied(const struct rows *rows, int64_t number)
{
    for (size_t i = 0; i < rows->count; i++)
        if (ROW(struct number_row, *rows, i)->number == number)
            return true;
    return false;
}

static struct err *apply(struct db *db, struct str folder, const char *name, struct arena *arena)
{
    const char *path = arena_format(arena, "%.*s/%s", STR_ARG(folder), name).ptr;
    autobuf struct buf text = buf_new(FILE_LIMIT);
    TRY(read_file(path, &text));
    TRY(db_script(db, "begin"));
    struct err *e = err_wrap(db_script(db, text.ptr), "%s", name);
    if (e == NULL)
        e = db_commit(db);
    db_rollback(db);
    if (e == NULL)
        printf("migrated %s\n", name);
    return e;
}

static int only_sql(const struct dirent *entry)
{
    struct str name = str_from(entry->d_name);
    int64_t number = 0;
    return str_ends(name, S(".sql")) && name.len > 9 &&
           str_to_i64(str_slice(name, 0, 4), 1, 9999, &number);
}

static struct err *apply_all(const struct settings *settings, struct db *db,
                             const struct rows *before, struct arena *arena)
{
    struct str folder = arena_format(arena, "%s/sql", settings->schemas.ptr);
    struct dirent **names = NULL;
    int count = scandir(folder.ptr, &names, only_sql, alphasort);
    if (count <= 0)
        return err_errno(ERR_INVALID, "no migrations in %s", folder.ptr);
    struct err *e = NULL;
    for (int i = 0; i < count; i++) {
        int64_t number = 0;
        bool good = str_to_i64(str_slice(str_from(names[i]->d_name), 0, 4), 1, 9999, &number);
        if (e == NULL && good && !is_applied(before, number))
            e = apply(db, folder, names[i]->d_name, arena);
        free(names[i]);
    }
    free(names);
    return e;
}

static struct err *migrate(struct arena *arena)
{
    struct settings settings = {0};
    TRY(config_read(settings_table, arena, &settings));
    struct rows made = {0};
    struct rows before = {0};
    TRY(query(&settings, &is_made, made_fields, sizeof(struct made_row), arena, &made));
    if (ROW(struct made_row, made, 0)->made)
        TRY(query(&settings, &applied, number_fields, sizeof(struct number_row), arena, &before));
    struct db *db = NULL;
    TRY(db_open(settings.database_url.ptr, NULL, NULL, &db));
    struct err *e = apply_all(&settings, db, &before, arena);
    db_close(db);
    return e;
}

int main(void)
{
    autoarena struct arena *arena = arena_new((size_t)64 << 20);
    struct err *e = migrate(arena);
    if (e == NULL)
        return 0;
    fprintf(stderr, "r7-migrate: %s%s%s\n", e->detail, e->private != NULL ? ": " : "",
            e->private != NULL ? e->private : "");
    return 1;
}
