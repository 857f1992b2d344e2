/* GetCareDocumentation 3.0: the answer, and records that were not delivered as its XML. */
#include "base/base.h"
#include "contracts.h"
#include "gcd3.h"
#include "gcd3_write.h"
#include "text/encoding.h"
#include "text/media_type.h"

/* What the end of an answer and the header of a record may need, generously. */
enum { END_SIZE = 1024, HEADER_SIZE = 16 * 1024 };

#define OCTETS         S("application/octet-stream")
#define OID_PROFESSION S("1.2.752.129.2.2.1.4") /* befattning */

/* For the reader of a record whose content cannot be sent: better than a record that seems not to
 * exist. */
#define NO_CONTENT S("Dokumentet saknar innehåll i källsystemet.")
#define TOO_LARGE                                                                                    \
    S("Dokumentet är för stort för att lämnas ut genom tjänstekontraktet. Begär ut det från " \
      "arkivet.")
#define UNREADABLE                                                                                 \
    S("Dokumentets innehåll kan inte läsas i arkivet. Felet är känt där; vänd dig till arkivet.")

/* --- leaves
 * ----------------------------------------------------------------------------------------- */

void gcd3_leaf(struct xml_writer *w, struct str name, struct str text)
{
    if (xml_can_carry(text)) {
        xml_write_leaf(w, CORE, name, text);
        return;
    }
    autobuf struct buf clean = buf_new(text.len);
    buf_put(&clean, text);
    for (size_t i = 0; i < clean.len; i++)
        if ((unsigned char)clean.ptr[i] < 0x20)
            clean.ptr[i] = ' ';
    if (xml_can_carry(buf_str(&clean)))
        xml_write_leaf(w, CORE, name, buf_str(&clean));
}

void gcd3_ii(struct xml_writer *w, struct str name, struct ii id)
{
    if (xml_is_blank(id.root))
        return;
    xml_write_open(w, CORE, name);
    gcd3_leaf(w, S("root"), id.root);
    gcd3_leaf(w, S("extension"), id.extension);
    xml_write_close(w);
}

static bool all_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

/* "SE2321000016-1003": the country, an organisation number, a sign and what the organisation chose.
 */
static bool is_hsa_id(struct str id)
{
    return str_starts(id, S("SE")) && id.len > 13 && id.len <= 31 &&
           all_digits(str_slice(id, 2, 12)) && id.ptr[12] == '-';
}

/* Ten digits, with or without the sign and "16" in front. */
static bool is_organisation_number(struct str id)
{
    bool sign = id.len > 4 && id.ptr[id.len - 5] == '-';
    struct str head = sign ? str_slice(id, 0, id.len - 5) : id;
    return all_digits(head) && (!sign || all_digits(str_slice(id, id.len - 4, id.len))) &&
           (id.len - sign == 10 || id.len - sign == 12);
}

struct ii gcd3_organisation(struct str id)
{
    if (is_hsa_id(id))
        return (struct ii){OID_HSA, id};
    return is_organisation_number(id) ? (struct ii){OID_ORGANISATION, id} : (struct ii){0};
}

/* --- a record from its row
 * -------------------------------------------------------------------------- */

static void write_access_control(struct xml_writer *w, const struct gcd3_item *item,
                                 const struct gcd3_times *times)
{
    xml_write_open(w, CORE, S("accessControlHeader"));
    gcd3_ii(w, S("accountableHealthcareProvider"), gcd3_organisation(item->record->care_provider));
    gcd3_ii(w, S("accountableCareUnit"), gcd3_organisation(item->record->care_unit));
    gcd3_ii(w, S("patientId"), item->patient_id);
    gcd3_leaf(w, S("blockComparisonTime"), str_from(times->block));
    gcd3_leaf(w, S("approvedForPatient"), item->approved_for_patient ? S("true") : S("false"));
    xml_write_close(w);
}

/* record.id has a root and nothing else. It must be the same for ever and unique in the answer: the
 * system's own id, ours where it had none, and the number of the file where a record has several.
 */
static void write_record(struct xml_writer *w, const struct gcd3_item *item, size_t file,
                         const struct gcd3_times *times)
{
    const struct record *r = item->record;
    autobuf struct buf id = buf_new(1024);
    if (r->source_id.len > 0)
        buf_put(&id, r->source_id);
    else
        buf_put(&id, str_from(uuid_text(r->id).text));
    if (file > 0)
        buf_format(&id, "/%zu", file + 1);
    xml_write_open(w, CORE, S("record"));
    gcd3_ii(w, S("id"), (struct ii){buf_str(&id), {0}});
    gcd3_leaf(w, S("timestamp"), str_from(times->record));
    xml_write_close(w);
}

static void write_author(struct xml_writer *w, const struct record *r,
                         const struct gcd3_times *times)
{
    if (times->author[0] == '\0')
        return;
    bool code = r->author_role.len == 6 && all_digits(r->author_role);
    bool hsa_unit = is_hsa_id(r->unit_id);
    xml_write_open(w, CORE, S("author"));
    gcd3_ii(w, S("id"),
            is_hsa_id(r->author_id) ? (struct ii){OID_HSA, r->author_id} : (struct ii){0});
    gcd3_leaf(w, S("name"), r->author_name);
    gcd3_leaf(w, S("timestamp"), str_from(times->author));
    xml_write_open(w, CORE, S("byRole"));
    gcd3_leaf(w, S("code"), code ? r->author_role : S(""));
    gcd3_leaf(w, S("codeSystem"), code ? OID_PROFESSION : S(""));
    gcd3_leaf(w, S("originalText"), code ? S("") : r->author_role);
    xml_write_close(w);
    xml_write_open(w, CORE, S("orgUnit"));
    gcd3_leaf(w, S("orgUnitHSAId"), hsa_unit ? r->unit_id : S(""));
    gcd3_leaf(w, S("orgUnitName"), r->unit_name.len > 0 || hsa_unit ? r->unit_name : r->unit_id);
    xml_write_close(w);
    xml_write_close(w);
}

static void write_header(struct gcd3_answer *answer, const struct gcd3_item *item, size_t file,
                         const struct gcd3_times *times)
{
    struct xml_writer *w = &answer->writer;
    xml_write_open(w, CORE, S("header"));
    write_access_control(w, item, times);
    gcd3_ii(w, S("sourceSystemId"), (struct ii){OID_HSA, answer->logical_address});
    write_record(w, item, file, times);
    write_author(w, item->record, times);
    xml_write_open(w, CORE, S("signature"));
    gcd3_leaf(w, S("timestamp"), str_from(times->signature));
    xml_write_close(w);
    xml_write_close(w);
}

/* A text file as the text of a note; absent when it is none, or holds what XML cannot carry. What
 * is not UTF-8 is read as Windows-1252, which Swedish systems wrote before; if that leaves a byte
 * without a meaning, the bytes themselves are sent. */
static struct str as_text(struct str type, struct str bytes, struct arena *arena)
{
    bool text = str_starts(type, S("text/")) && !str_equal(type, S("text/html"));
    bool utf8 = str_is_utf8(bytes);
    if (!text && !(utf8 && str_equal(type, OCTETS)))
        return (struct str){0};
    struct str note = utf8 ? bytes : windows_1252_to_utf8(bytes, arena);
    bool whole = utf8 || memmem(note.ptr, note.len, "\xef\xbf\xbd", 3) == NULL;
    return whole && xml_can_carry(note) ? note : (struct str){0};
}

static void write_content(struct xml_writer *w, const struct record *record,
                          const struct gcd3_content *content)
{
    struct str text = S("clinicalDocumentNoteText");
    if (content != NULL && content->instead != GCD3_BYTES) {
        gcd3_leaf(w, text, content->instead == GCD3_TOO_LARGE ? TOO_LARGE : UNREADABLE);
        return;
    }
    if (content == NULL || content->bytes.len == 0) {
        gcd3_leaf(w, text, xml_is_blank(record->text) ? NO_CONTENT : record->text);
        return;
    }
    struct str type = str_from(media_of(record->path, content->bytes).type);
    autoarena struct arena *arena = arena_new(4 * content->bytes.len + 64 * 1024);
    struct str note = as_text(type, content->bytes, arena);
    if (note.ptr != NULL) {
        gcd3_leaf(w, text, xml_is_blank(note) ? NO_CONTENT : note);
        return;
    }
    xml_write_open(w, CORE, S("multimediaEntry"));
    gcd3_leaf(w, S("mediaType"), type);
    xml_write_open(w, CORE, S("value"));
    xml_write_base64(w, content->bytes);
    xml_write_close(w);
    xml_write_close(w);
}

static void write_body(struct xml_writer *w, const struct gcd3_item *item, size_t file)
{
    const struct record *r = item->record;
    autobuf struct buf title = buf_new(r->title.len + 64);
    buf_put(&title, r->title);
    if (item->count > 1)
        buf_format(&title, "%s(%zu/%zu)", title.len > 0 ? " " : "", file + 1, item->count);
    xml_write_open(w, CORE, S("body"));
    xml_write_open(w, CORE, S("clinicalDocumentNoteCode"));
    gcd3_leaf(w, S("originalText"), xml_is_blank(r->title) ? S("Dokument") : r->title);
    xml_write_close(w);
    gcd3_leaf(w, S("clinicalDocumentNoteTitle"), buf_str(&title));
    write_content(w, r, item->contents != NULL ? &item->contents[file] : NULL);
    xml_write_close(w);
}

static void write_row(struct gcd3_answer *answer, const struct gcd3_item *item, size_t file,
                      const struct gcd3_times *times)
{
    xml_write_open(&answer->writer, RESPONDER, S("careDocumentation"));
    write_header(answer, item, file, times);
    write_body(&answer->writer, item, file);
    xml_write_close(&answer->writer);
}

/* --- the answer
 * ------------------------------------------------------------------------------------- */

static void begin(struct xml_writer *w)
{
    soap_answer_begin(w);
    xml_write_open(w, RESPONDER, S("GetCareDocumentationResponse"));
    xml_write_attribute(w, S("xmlns"), RESPONDER, S(GCD3_NAMESPACE));
    xml_write_attribute(w, S("xmlns"), CORE, S(CORE_NAMESPACE));
}

static void end(struct xml_writer *w, struct str code, struct str text)
{
    xml_write_open(w, RESPONDER, S("result"));
    gcd3_leaf(w, S("resultCode"), code);
    gcd3_leaf(w, S("resultText"), text);
    xml_write_close(w);
    xml_write_close(w);
    soap_answer_end(w);
}

struct gcd3_answer gcd3_begin(const struct gcd3_question *question, struct str logical_address,
                              struct buf *out)
{
    struct gcd3_answer answer = {
        .writer = xml_write_begin(out), .question = question, .logical_address = logical_address};
    begin(&answer.writer);
    return answer;
}

bool gcd3_fits(const struct gcd3_answer *answer, size_t bytes)
{
    const struct buf *out = answer->writer.out;
    size_t left = out->limit - out->len;
    return left > END_SIZE + HEADER_SIZE && bytes / 3 < (left - END_SIZE - HEADER_SIZE) / 4;
}

/* Where an answer can be taken back to. */
struct mark {
    struct xml_writer writer;
    size_t length;
};

static struct mark mark(const struct gcd3_answer *answer)
{
    return (struct mark){answer->writer, answer->writer.out->len};
}

static void take_back(struct gcd3_answer *answer, const struct mark *mark)
{
    answer->writer = mark->writer;
    buf_cut(answer->writer.out, mark->length);
}

/* A range that is an element, or a file that begins as XML does. */
static bool may_be_xml(const struct gcd3_content *content)
{
    struct str bytes = content->bytes;
    if (str_starts(bytes, S("\xef\xbb\xbf")))
        bytes = str_slice(bytes, 3, bytes.len);
    return str_starts(str_trim(str_slice(bytes, 0, 256)), S("<"));
}

/* One file of the record: its XML if it is ours, else a row with an attachment. */
static void add_file(struct gcd3_answer *answer, const struct gcd3_item *item, size_t file,
                     const struct gcd3_times *times, bool *in_period)
{
    struct mark before = mark(answer);
    const struct gcd3_content *content = item->contents != NULL ? &item->contents[file] : NULL;
    if (file == 0 && content != NULL && may_be_xml(content)) {
        bool dissent = false;
        struct err *e = gcd3_copy(answer, item, content, &dissent);
        if (e == NULL || answer->writer.out->failed) {
            *in_period = *in_period || dissent;
            return;
        }
        take_back(answer, &before);
    }
    write_row(answer, item, file, times);
}

/* Does what was written leave room for the end? */
static bool has_room(const struct gcd3_answer *answer)
{
    const struct buf *out = answer->writer.out;
    return !out->failed && out->limit - out->len >= END_SIZE;
}

/* A record that not even an empty answer holds. */
static void add_too_large(struct gcd3_answer *answer, const struct gcd3_item *item,
                          const struct gcd3_times *times)
{
    static const struct gcd3_content none = {.instead = GCD3_TOO_LARGE};
    struct gcd3_item instead = *item;
    instead.contents = &none;
    instead.count = 1;
    write_row(answer, &instead, 0, times);
}

struct err *gcd3_add(struct gcd3_answer *answer, const struct gcd3_item *item, bool *out_full)
{
    struct gcd3_times times;
    if (!gcd3_times(item->record, &times))
        return ERR_BUG_AT("a record without a time that the contract can express was selected");
    struct mark before = mark(answer);
    bool in_period = gcd3_row_in_period(answer->question, &times);
    size_t files = item->contents != NULL ? item->count : 1;
    for (size_t i = 0; i < files && !answer->writer.out->failed; i++)
        add_file(answer, item, i, &times, &in_period);
    bool full = in_period && !has_room(answer);
    if (full || !in_period)
        take_back(answer, &before);
    if (full && answer->records == 0) {
        add_too_large(answer, item, &times);
        full = false;
    }
    answer->records += full || !in_period ? 0 : 1;
    TRY(xml_write_done(&answer->writer, "the answer"));
    *out_full = full;
    return NULL;
}

struct err *gcd3_end(struct gcd3_answer *answer, const struct record *last, size_t unreadable)
{
    struct xml_writer *w = &answer->writer;
    struct gcd3_times times;
    if (last != NULL && gcd3_times(last, &times)) {
        autobuf struct buf reference = buf_new(64);
        buf_format(&reference, "%s.%s", times.record, uuid_text(last->id).text);
        xml_write_open(w, RESPONDER, S("hasMore"));
        xml_write_leaf(w, RESPONDER, S("logicalAddress"), answer->logical_address);
        xml_write_leaf(w, RESPONDER, S("reference"), buf_str(&reference));
        xml_write_close(w);
    }
    if (unreadable > 0) {
        autobuf struct buf text = buf_new(256);
        buf_format(&text, "%zu dokument visas utan innehåll: det kan inte läsas i arkivet.",
                   unreadable);
        end(w, S("INFO"), buf_str(&text));
    } else {
        end(w, S("OK"), (struct str){0});
    }
    return xml_write_done(w, "the answer");
}

void gcd3_answer_error(struct str text, struct buf *out)
{
    struct xml_writer w = xml_write_begin(out);
    begin(&w);
    end(&w, S("ERROR"), text);
}
