/* A journal system of the old kind delivers: index.csv, and a file for each row. */
#include "demo.h"

struct index_file {
    const char *folder;
    FILE *rows;
    uint64_t count;
    struct buf text;
};

enum { ROW_MAX = 64 * 1024, PATH_ROOM = 4096 };

static const char *const endings[] = {
    [PAPER_TEXT] = "txt", [PAPER_PDF] = "pdf", [PAPER_TIFF] = "tif", [PAPER_JPEG] = "jpg"};
static const char *const kinds[] = {
    [NOTE_TEXT] = "ANT", [NOTE_DIAGNOSIS] = "DIA", [NOTE_CONTACT] = "BES"};
static const char *const statuses[] = {
    [NOTE_SIGNED] = "S", [NOTE_UNSIGNED] = "O", [NOTE_NULLIFIED] = "M"};

struct err *index_open(const char *folder, struct index_file **out)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/dok", folder);
    TRY(demo_make_folder(path));
    snprintf(path, sizeof path, "%s/index.csv", folder);
    FILE *rows = fopen(path, "we");
    if (rows == NULL)
        return err_errno(ERR_STORAGE, "could not create \"%s\"", path);
    fputs("POSTNR;PNR;SKYDD;DATUM;TYP;STATUS;ENHET;ENHETSNAMN;SIGN;BEFATTNING;SIGNDAT;RUBRIK;KOD;"
          "FIL\r\n",
          rows);
    struct index_file *index = must_calloc(1, sizeof *index);
    *index = (struct index_file){folder, rows, 0, buf_new(ROW_MAX)};
    *out = index;
    return NULL;
}

/* Quoted, a quote doubled. */
static void cell(struct index_file *index, const char *text)
{
    fputc('"', index->rows);
    buf_clear(&index->text);
    utf8_to_windows_1252(str_from(text), &index->text);
    for (size_t i = 0; i < index->text.len; i++) {
        if (index->text.ptr[i] == '"')
            fputc('"', index->rows);
        fputc(index->text.ptr[i], index->rows);
    }
    fputs("\";", index->rows);
}

/* "1998-03-12 14:05" */
static void time_cell(struct index_file *index, const char *at)
{
    fprintf(index->rows, "%.4s-%.2s-%.2s %.2s:%.2s;", at, at + 4, at + 6, at + 8, at + 10);
}

static struct err *write_content(struct index_file *index, const struct note *note,
                                 const char *name)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/dok/%s", index->folder, name);
    buf_clear(&index->text);
    switch (note->paper) {
    case PAPER_TEXT:
        utf8_to_windows_1252(str_from(note->text), &index->text);
        break;
    case PAPER_PDF:
        paper_pdf(note->text, &index->text);
        break;
    case PAPER_TIFF:
        paper_tiff(&index->text);
        break;
    case PAPER_JPEG:
        paper_jpeg(&index->text);
        break;
    }
    TRY(buf_done(&index->text, "a document"));
    return demo_write_file(path, buf_str(&index->text));
}

struct err *index_add(struct index_file *index, const struct note *note)
{
    char name[32];
    snprintf(name, sizeof name, "%08llu.%s", (unsigned long long)++index->count,
             endings[note->paper]);
    TRY(write_content(index, note, name));
    cell(index, note->id);
    cell(index, note->person->brief);
    fputs(note->person->protected ? "J;" : "N;", index->rows);
    time_cell(index, note->at);
    fprintf(index->rows, "%s;%s;%s;", kinds[note->kind], statuses[note->status], note->unit->code);
    cell(index, note->unit->name);
    cell(index, note->author);
    cell(index, note->role);
    if (note->status == NOTE_UNSIGNED)
        fputc(';', index->rows);
    else
        time_cell(index, note->at);
    cell(index, note->title);
    fprintf(index->rows, "%s;dok\\%s\r\n", note->code != NULL ? note->code : "", name);
    return NULL;
}

struct err *index_close(struct index_file *index)
{
    bool good = ferror(index->rows) == 0;
    good = fclose(index->rows) == 0 && good;
    buf_free(&index->text);
    free(index);
    return good ? NULL : err_errno(ERR_STORAGE, "could not write the index");
}

void index_mapping(const char *source_system, const char *creator, FILE *out)
{
    fprintf(out,
            "{\"driver\":\"*/index.csv\",\"reader\":\"files\",\"form\":\"csv\",\"separator\":\";\","
            "\"encoding\":\"windows-1252\",\"folder\":\"representations/rep1/data/\",\"fields\":[\n"
            " {\"field\":\"type\",\"value\":\"care\"},\n"
            " {\"field\":\"source_system\",\"value\":\"%s\"},\n"
            " {\"field\":\"archive_creator\",\"value\":\"%s\"},\n"
            " {\"field\":\"care_provider\",\"value\":\"SE0000000001-1001\"},\n"
            " {\"field\":\"source_id\",\"column\":\"POSTNR\"},\n"
            " {\"field\":\"person_number\",\"column\":\"PNR\"},\n"
            " {\"field\":\"protected_person\",\"column\":\"SKYDD\"},\n"
            " {\"field\":\"occurred_at\",\"column\":\"DATUM\",\"format\":\"YYYY-MM-DD hh:mm\"},\n"
            " {\"field\":\"documented_at\",\"column\":\"DATUM\",\"format\":\"YYYY-MM-DD hh:mm\"},\n"
            " {\"field\":\"authored_at\",\"column\":\"DATUM\",\"format\":\"YYYY-MM-DD hh:mm\"},\n"
            " {\"field\":\"signed_at\",\"column\":\"SIGNDAT\",\"format\":\"YYYY-MM-DD hh:mm\"},\n"
            " {\"field\":\"category\",\"column\":\"TYP\",\"values\":[\"ANT=voo\",\"DIA=dia\",\"BES="
            "vko\"]},\n"
            " {\"field\":\"status\",\"column\":\"STATUS\",\"values\":[\"S=signed\",\"O=unsigned\","
            "\"M=nullified\"]},\n"
            " {\"field\":\"unit_id\",\"column\":\"ENHET\"},\n"
            " {\"field\":\"unit_name\",\"column\":\"ENHETSNAMN\"},\n"
            " {\"field\":\"care_unit\",\"column\":\"ENHET\",\"values\":[\"MED=SE0000000001-2001\","
            "\"ORT=SE0000000001-2002\",\"VCE=SE0000000001-2003\"]},\n"
            " {\"field\":\"author_name\",\"column\":\"SIGN\"},\n"
            " {\"field\":\"author_role\",\"column\":\"BEFATTNING\"},\n"
            " {\"field\":\"title\",\"column\":\"RUBRIK\"},\n"
            " {\"field\":\"reference\",\"column\":\"KOD\"},\n"
            " {\"field\":\"path\",\"column\":\"FIL\"}]}",
            source_system, creator);
}
