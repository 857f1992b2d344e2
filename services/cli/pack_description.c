/* The description of a package: JSON, read by tables and checked. */
#include "base/base.h"
#include "domain/person.h"
#include "pack.h"
#include "text/json.h"

#include <fcntl.h>
#include <unistd.h>

enum { DESCRIPTION_MAX = 1024 * 1024, OBJID_MAX = 200 };

/* CSIPVocabularyContentCategory, as it spells them (CSIP's text says OTHER; both validators in use
 * go by the vocabulary). */
static const char *const content_categories[] = {"Textual works – Print",
                                                 "Textual works – Digital",
                                                 "Textual works – Electronic Serials",
                                                 "Photographs – Print",
                                                 "Photographs – Digital",
                                                 "Other Graphic Images – Print",
                                                 "Other Graphic Images – Digital",
                                                 "Microforms",
                                                 "Audio – On Tangible Medium (digital or analog)",
                                                 "Audio – Media-independent (digital)",
                                                 "Motion Pictures – Digital and Physical Media",
                                                 "Video – File-based and Physical Media",
                                                 "Software",
                                                 "Email",
                                                 "Datasets",
                                                 "Geospatial Data",
                                                 "Databases",
                                                 "Websites",
                                                 "Web Archives",
                                                 "Collection",
                                                 "Event",
                                                 "Image",
                                                 "Interactive resource",
                                                 "Moving image",
                                                 "Sound",
                                                 "Still image",
                                                 "Text",
                                                 "Physical object",
                                                 "Service",
                                                 "Mixed",
                                                 "Other",
                                                 NULL};
/* DILCISExtensionMETS.xsd, less the older names of the same. */
static const char *const content_information_types[] = {"citsarchival_v1_0",
                                                        "citspremis_v1_0",
                                                        "citserms_v2_1",
                                                        "citserms_v3_0",
                                                        "citsehpj_v1_0",
                                                        "citsehpj_v2_0",
                                                        "citsehcr_v1_0",
                                                        "citssiard_v1_0",
                                                        "citsgeospatial_v3_0",
                                                        "cits3dpm_v1_0",
                                                        "MIXED",
                                                        "OTHER",
                                                        NULL};
static const char *const record_statuses[] = {"NEW",     "SUPPLEMENT", "REPLACEMENT", "TEST",
                                              "VERSION", "DELETE",     "OTHER",       NULL};

/* The description as it is written; parts that are objects are read by their own tables. */
struct written {
    struct sip_description plain;
    struct json_text archive_creator;
    struct json_text submitting_organisation;
    struct json_text contact;
    struct json_text source_system;
    struct json_text mappings;
};

#define PLAIN(member, ...) FIELD_NAMED(struct written, plain.member, #member, __VA_ARGS__)
static const struct field description_fields[] = {
    PLAIN(objid, OPTIONAL, .min = 1, .max = OBJID_MAX),
    PLAIN(title, REQUIRED, .min = 1),
    PLAIN(abstract, OPTIONAL),
    PLAIN(created, OPTIONAL),
    PLAIN(from, OPTIONAL, .min = 4, .max = 10),
    PLAIN(to, OPTIONAL, .min = 4, .max = 10),
    PLAIN(content_category, REQUIRED, .one_of = content_categories),
    PLAIN(other_content_category, OPTIONAL, .min = 1),
    PLAIN(content_information_type, REQUIRED, .one_of = content_information_types),
    PLAIN(other_content_information_type, OPTIONAL, .min = 1),
    PLAIN(agreement, OPTIONAL, .min = 1),
    PLAIN(reference_code, OPTIONAL, .min = 1),
    PLAIN(record_status, OPTIONAL, .one_of = record_statuses),
    FIELD(struct written, archive_creator, REQUIRED),
    FIELD(struct written, submitting_organisation, REQUIRED),
    FIELD(struct written, contact, OPTIONAL),
    FIELD(struct written, source_system, OPTIONAL),
    FIELD(struct written, mappings, OPTIONAL),
    FIELDS_END};

static const struct field party_fields[] = {
    FIELD(struct sip_party, name, REQUIRED, .min = 1),
    FIELD(struct sip_party, identification_code, OPTIONAL, .min = 1), FIELDS_END};
static const struct field contact_fields[] = {FIELD(struct sip_contact, name, REQUIRED, .min = 1),
                                              FIELD(struct sip_contact, note, OPTIONAL, .min = 1),
                                              FIELDS_END};
static const struct field source_system_fields[] = {
    FIELD(struct sip_system, name, REQUIRED, .min = 1),
    FIELD(struct sip_system, version, OPTIONAL, .min = 1),
    FIELD(struct sip_system, identification_code, OPTIONAL, .min = 1), FIELDS_END};

static struct err *read_text(const char *path, struct arena *arena, struct str *out)
{
    autoclose int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return err_errno(ERR_NOT_FOUND, "could not open \"%s\"", path);
    char *text = arena_alloc(arena, DESCRIPTION_MAX + 1, 1);
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length <= DESCRIPTION_MAX; length += (size_t)got) {
        got = read(descriptor, text + length, DESCRIPTION_MAX + 1 - length);
        if (got < 0)
            return err_errno(ERR_STORAGE, "could not read \"%s\"", path);
    }
    if (length > DESCRIPTION_MAX)
        return err_new(ERR_TOO_LARGE, "\"%s\" is larger than 1 MiB", path);
    *out = (struct str){text, length};
    return NULL;
}

/* An optional part that is not there leaves `out` as it is. */
static struct err *read_part(const struct json_text *json, const struct field *fields,
                             const char *name, struct arena *arena, void *out)
{
    if (json->text.ptr == NULL)
        return NULL;
    return json_read(json->text, fields, JSON_REFUSE_UNKNOWN, name, arena, out);
}

static struct err *read_parts(const struct written *w, struct arena *arena,
                              struct sip_description *out)
{
    TRY(read_part(&w->archive_creator, party_fields, "archive_creator", arena,
                  &out->archive_creator));
    TRY(read_part(&w->submitting_organisation, party_fields, "submitting_organisation", arena,
                  &out->submitting_organisation));
    TRY(read_part(&w->contact, contact_fields, "contact", arena, &out->contact));
    TRY(read_part(&w->source_system, source_system_fields, "source_system", arena,
                  &out->source_system));
    out->mappings = w->mappings.text;
    return NULL;
}

/* The OBJID names the root folder, so it holds nothing that a path could be bent with; and it goes
 * where a personal number may not (events, addresses, logs). */
static struct err *root_of(struct str objid, struct arena *arena, struct str *out)
{
    char *name = arena_alloc(arena, objid.len + 1, 1);
    for (size_t i = 0; i < objid.len; i++) {
        char c = objid.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '_' || c == '+' || (c == '.' && i > 0);
        if (!plain && c != ':')
            return err_field(
                ERR_INVALID, "objid",
                "may hold letters A-Z, digits, '-', '_', '+', '.' and ':' only, and not "
                "begin with '.'");
        name[i] = c == ':' ? '+' : c;
    }
    if (looks_like_personal_number(objid))
        return err_field(ERR_INVALID, "objid", "looks like a personal number");
    *out = (struct str){name, objid.len};
    return NULL;
}

static struct err *check_other(struct str value, struct str other, const char *field)
{
    if (str_equal_nocase(value, S("OTHER")) == (other.ptr != NULL))
        return NULL;
    return err_field(ERR_INVALID, field,
                     "must be there when the value it explains is OTHER, and only then");
}

/* SIARD1, EH2: the root METS alone is written here; EHGR5, EHR14: it describes no list of patients.
 */
static struct err *check_is_written(struct str type)
{
    if (str_equal_nocase(type, S("citssiard_v1_0")))
        return err_field(ERR_INVALID, "content_information_type",
                         "CITS SIARD demands a METS file of the representation, which is not "
                         "written; state OTHER, and SIARD_2.2 or the version it is as the other "
                         "type");
    if (str_equal_nocase(type, S("citsehpj_v1_0")) || str_equal_nocase(type, S("citsehpj_v2_0")))
        return err_field(ERR_INVALID, "content_information_type",
                         "CITS eHealth1 demands a list of patients and a METS file of the "
                         "representation, which are not written; state OTHER, and care as the "
                         "other type");
    return NULL;
}

/* EAD3 takes ISO 8601 dates: YYYY, YYYY-MM, YYYY-MM-DD. */
static struct err *check_date(struct str date, const char *field)
{
    static const char form[] = "dddd-dd-dd";
    bool good = date.len == 4 || date.len == 7 || date.len == 10;
    for (size_t i = 0; good && i < date.len; i++)
        good = form[i] == 'd' ? date.ptr[i] >= '0' && date.ptr[i] <= '9' : date.ptr[i] == '-';
    return date.ptr == NULL || good
               ? NULL
               : err_field(ERR_INVALID, field, "not YYYY, YYYY-MM or YYYY-MM-DD");
}

/* XML 1.0 has no place for control characters. */
static struct err *check_text(const struct field *fields, const void *base)
{
    for (const struct field *f = fields; f->name != NULL; f++) {
        struct str text = f->type == FIELD_STR ? FIELD_GET(base, f, struct str) : S("");
        for (size_t i = 0; i < text.len; i++)
            if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
                return err_field(ERR_INVALID, f->name, "holds a control character");
    }
    return NULL;
}

static struct err *check(const struct written *w, const struct sip_description *d)
{
    TRY(check_text(description_fields, w));
    TRY(check_text(party_fields, &d->archive_creator));
    TRY(check_text(party_fields, &d->submitting_organisation));
    TRY(check_text(contact_fields, &d->contact));
    TRY(check_text(source_system_fields, &d->source_system));
    TRY(check_date(d->from, "from"));
    TRY(check_date(d->to, "to"));
    if ((d->from.ptr == NULL) != (d->to.ptr == NULL))
        return err_field(ERR_INVALID, "to", "from and to belong together");
    TRY(check_is_written(d->content_information_type));
    TRY(check_other(d->content_category, d->other_content_category, "other_content_category"));
    return check_other(d->content_information_type, d->other_content_information_type,
                       "other_content_information_type");
}

struct err *description_read(const char *path, struct arena *arena, struct sip_description *out)
{
    struct str text;
    struct written w = {.plain = {.record_status = S("NEW")}};
    TRY(read_text(path, arena, &text));
    TRY(json_read(text, description_fields, JSON_REFUSE_UNKNOWN, "", arena, &w));
    struct sip_description d = w.plain;
    d.software = S("r7 pack");
    d.how = S("The package was made from a folder");
    TRY(read_parts(&w, arena, &d));
    TRY(check(&w, &d));
    if (d.objid.ptr == NULL)
        d.objid = arena_format(arena, "uuid-%s", uuid_text(uuid_random()).text);
    TRY(root_of(d.objid, arena, &d.root));
    d.created_given = d.created.known;
    if (!d.created_given) /* to the second: the precision of what is written */
        d.created = (struct instant){clock_now().us / 1000000 * 1000000, true};
    *out = d;
    return NULL;
}
