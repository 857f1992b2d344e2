/* Volumes: one retired journal system as a set of packages, and one package of many small files. */
#include "demo.h"

enum { NUMBER = 12, TEXT_ROOM = 512, PATH_ROOM = 4096, BUSY_PATIENT = 200 };

#define SOURCE_SYSTEM "SE0000000001-3009"
#define RESERVE_TYPE  "2.999.752.1" /* a reserve number of an invented region */

static const struct unit units[] = {
    {"MED", "SE0000000001-2001", "Medicinkliniken", "SE0000000001-1001"},
    {"ORT", "SE0000000001-2002", "Ortopedkliniken", "SE0000000001-1001"},
    {"VCE", "SE0000000001-2003", "Ekeby vårdcentral", "SE0000000001-1001"},
};
static const char *const authors[] = {"Åsa Öberg", "Björn Ärlig", "Karin Lindkvist", "Måns Sjöö"};
static const char *const subjects[] = {"Blodtryckskontroll",  "Återbesök", "Röntgensvar",
                                       "Läkemedelsgenomgång", "Provsvar",  "Sårvård"};
static const struct {
    const char *code, *name;
} diagnoses[] = {
    {"I10.9", "Hypertoni"}, {"J06.9", "Akut övre luftvägsinfektion"}, {"M54.5", "Lumbago"}};

/* splitmix64: the same numbers from the same seed everywhere. */
static uint64_t next_number(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
    return next_number(state) % limit;
}

/* A person's notes with the texts they point at. */
struct notes {
    struct note *at;
    size_t count;
    struct arena *arena;
};

static struct note make_note(const struct volume *v, const struct person *person, int64_t number,
                             bool is_text, struct arena *arena)
{
    uint64_t state = (uint64_t)v->seed << 40 ^ (uint64_t)number;
    uint64_t kind = below(&state, 10);
    struct note n = {.person = person,
                     .unit = &units[below(&state, COUNT(units))],
                     .kind = is_text     ? NOTE_TEXT
                             : kind == 0 ? NOTE_DIAGNOSIS
                             : kind == 1 ? NOTE_CONTACT
                                         : NOTE_TEXT,
                     .author = authors[below(&state, COUNT(authors))],
                     .role = "Läkare",
                     .title = subjects[below(&state, COUNT(subjects))]};
    if (n.kind == NOTE_DIAGNOSIS) {
        size_t which = below(&state, COUNT(diagnoses));
        n.code = diagnoses[which].code;
        n.title = diagnoses[which].name;
    }
    n.id = arena_format(arena, "V%lld-%lld", (long long)v->seed, (long long)number).ptr;
    n.at = arena_format(arena, "%04u%02u%02u%02u%02u00", 1985U + (unsigned)below(&state, 30),
                        1U + (unsigned)below(&state, 12), 1U + (unsigned)below(&state, 28),
                        8U + (unsigned)below(&state, 9), (unsigned)below(&state, 60))
               .ptr;
    n.text = arena_format(
                 arena,
                 "%s vid %s.\nPatienten mår efter omständigheterna väl och följer ordinationen.\n"
                 "Blodtryck %u/%u, puls %u. Åter om %u veckor, tidigare vid besvär.\n"
                 "Anteckning %lld av %s, %s.\n",
                 n.title, n.unit->name, 110U + (unsigned)below(&state, 60),
                 60U + (unsigned)below(&state, 35), 55U + (unsigned)below(&state, 40),
                 2U + (unsigned)below(&state, 24), (long long)number, n.author, n.role)
                 .ptr;
    return n;
}

/* Every patient has the same share of the records; the first one has BUSY_PATIENT notes of text
 * before those, for what a long record takes to read. */
static int64_t busy_notes(const struct volume *v)
{
    return v->records > 2 * BUSY_PATIENT ? BUSY_PATIENT : 0;
}

static int64_t notes_of(const struct volume *v, int64_t patient)
{
    int64_t extra = busy_notes(v);
    int64_t left = v->records - extra;
    return left / v->patients + (patient < left % v->patients) + (patient == 0 ? extra : 0);
}

/* What is written of one package. */
struct volume_package {
    const struct volume *volume;
    const char *folder;
    struct index_file *index;
    struct arena *arena;
    int64_t files; /* records written as files, over all packages */
};

/* PDFs are spread evenly over the files. */
static bool is_pdf(const struct volume *v, int64_t file)
{
    int64_t files = v->records / 2 > 0 ? v->records / 2 : 1;
    return v->pdfs * (file + 1) / files > v->pdfs * file / files;
}

/* Every other patient of a package is in the newer part of the system. */
static bool in_newer_part(const struct volume *v, int64_t patient)
{
    return patient / v->packages % 2 == 0;
}

static struct err *write_patient(struct volume_package *p, int64_t patient, int64_t first_note)
{
    const struct volume *v = p->volume;
    char path[PATH_ROOM];
    char number[NUMBER + 1];
    snprintf(number, sizeof number, "990000%06u", (unsigned)(patient % VOLUME_PATIENTS_MAX));
    const struct person person = {number, RESERVE_TYPE, number, false};
    arena_reset(p->arena);
    int64_t count = notes_of(v, patient);
    struct note *notes = ARENA_ARRAY(p->arena, struct note, (size_t)count + 1);
    for (int64_t i = 0; i < count; i++)
        notes[i] =
            make_note(v, &person, first_note + i, patient == 0 && i < busy_notes(v), p->arena);
    if (in_newer_part(v, patient) && count > 0) {
        snprintf(path, sizeof path, "%s/rivta/%08lld", p->folder, (long long)patient);
        return rivta_write(path, SOURCE_SYSTEM, notes, (size_t)count);
    }
    for (int64_t i = 0; i < count; i++, p->files++) {
        notes[i].paper = is_pdf(v, p->files) ? PAPER_PDF : PAPER_TEXT;
        TRY(index_add(p->index, &notes[i]));
    }
    return NULL;
}

static void volume_mappings(const struct delivery *delivery, FILE *out)
{
    fputc('[', out);
    index_mapping(delivery->system_hsa_id, delivery->creator, out);
    fputs(",\n{\"driver\":\"*/rivta/*.xml\",\"reader\":\"rivta\"}]", out);
}

static struct err *pack_volume(const char *objid, const char *title, const char *out)
{
    const struct delivery d = {.tenant = "region-a",
                               .system = "volymen",
                               .agreement = "A-VOLYMEN",
                               .objid = objid,
                               .title = title,
                               .creator = "Region Ekeby",
                               .system_name = "Volymen",
                               .system_hsa_id = SOURCE_SYSTEM,
                               .from = "1985",
                               .to = "2014",
                               .content_type = "care",
                               .mappings = volume_mappings};
    return delivery_pack(&d, out);
}

/* Patients are dealt out: patient n belongs to package n modulo their number. */
static struct err *make_package(struct volume_package *p, int64_t number, const char *out)
{
    const struct volume *v = p->volume;
    char path[PATH_ROOM];
    char objid[64];
    TRY(delivery_folder(out, &p->folder));
    snprintf(path, sizeof path, "%s/rivta", p->folder);
    TRY(demo_make_folder(path));
    TRY(index_open(p->folder, &p->index));
    struct err *e = NULL;
    int64_t first_note = 0;
    for (int64_t patient = 0; patient < v->patients && e == NULL; patient++) {
        if (patient % v->packages == number)
            e = write_patient(p, patient, first_note);
        first_note += notes_of(v, patient);
    }
    struct err *closed = index_close(p->index);
    if (e != NULL || closed != NULL)
        return e != NULL ? e : closed;
    snprintf(objid, sizeof objid, "volymen-%lld-%04lld", (long long)v->seed, (long long)number + 1);
    return pack_volume(objid, "Journaler ur Volymen", out);
}

struct err *volume_make(const struct volume *volume, const char *out)
{
    autoarena struct arena *arena = arena_new((size_t)1 << 30);
    struct volume_package p = {.volume = volume, .arena = arena};
    for (int64_t i = 0; i < volume->packages; i++)
        TRY(make_package(&p, i, out));
    return NULL;
}

struct err *many_make(int64_t files, const char *out)
{
    autoarena struct arena *arena = arena_new(64 * 1024);
    const struct volume v = {.seed = 2, .records = files};
    const struct person person = {"990000000001", RESERVE_TYPE, "990000000001", false};
    const char *folder = NULL;
    struct index_file *index = NULL;
    struct err *e = NULL;
    TRY(delivery_folder(out, &folder));
    TRY(index_open(folder, &index));
    for (int64_t i = 1; i < files && e == NULL; i++) {
        arena_reset(arena);
        const struct note note = make_note(&v, &person, i, false, arena);
        e = index_add(index, &note);
    }
    struct err *closed = index_close(index);
    if (e != NULL || closed != NULL)
        return e != NULL ? e : closed;
    char objid[64];
    snprintf(objid, sizeof objid, "volymen-many-%lld", (long long)files);
    return pack_volume(objid, "Många små filer", out);
}
