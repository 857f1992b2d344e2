/* GetCareDocumentation 3.0: care documentation that was delivered as this contract's XML, copied
 * into an answer.
 *
 * Names and texts are carried over exactly; prefixes, comments and CDATA sections are not content
 * and become ours. What has no content is left out (the contract allows no empty elements), and so
 * are attributes of the contract's own elements, which its schema does not have. Elements of other
 * namespaces stay, with their attributes. Four things are the archive's to say: the source system
 * that was asked, the id that the record has in the index, whether the patient may see it today,
 * and provider and unit where the document names none. */
#include "gcd3.h"

#include "base/base.h"
#include "contracts.h"
#include "gcd3_write.h"

enum { KEPT_MAX = 1024 * 1024, FOREIGN_ATTRIBUTES_MAX = 8, SPACE_MAX = 64 * 1024 };

struct copy {
    struct xml *x;
    struct xml_writer *w;
    const struct gcd3_answer *answer;
    const struct gcd3_item *item;
    struct arena *arena; /* names and attributes of open elements */
    uint32_t base;       /* depth of careDocumentation */
    struct str
        parents[5]; /* names of the open elements by depth below base, contract elements only */
    bool has_text;  /* of the element whose tag was read last */
    bool has_provider;
    bool has_unit;
    struct buf space; /* white space that is content only if more text follows */
    struct buf time;  /* authorTime of a dissenting opinion */
    bool in_period;
    unsigned found; /* bits of `required` */
};

/* The bytes before the range, then the range: the reader sees the elements around it, never their
 * ends. */
struct joined {
    struct str parts[2];
    size_t next;
};

static struct err *joined_read(void *state, void *out, size_t capacity, size_t *out_length)
{
    struct joined *joined = state;
    while (joined->next < COUNT(joined->parts) && joined->parts[joined->next].len == 0)
        joined->next++;
    *out_length = 0;
    if (joined->next == COUNT(joined->parts))
        return NULL;
    struct str *part = &joined->parts[joined->next];
    *out_length = part->len < capacity ? part->len : capacity;
    memcpy(out, part->ptr, *out_length);
    *part = str_slice(*part, *out_length, part->len);
    return NULL;
}

/* What stands before the first element of the same name as the range's own: its siblings are left
 * out. */
static struct str elements_around(struct str before, struct str range)
{
    size_t end = 0;
    while (end < range.len && memchr(" \t\r\n/>", range.ptr[end], 6) == NULL)
        end++;
    struct str tag = str_slice(range, 0, end);
    for (size_t i = 0; tag.len > 1 && i + tag.len < before.len; i++)
        if (str_starts(str_slice(before, i, before.len), tag) &&
            memchr(" \t\r\n/>", before.ptr[i + tag.len], 6) != NULL)
            return str_slice(before, 0, i);
    return before;
}

static struct err *keep(struct copy *c, struct str s, struct str *out)
{
    if (arena_used(c->arena) + s.len > KEPT_MAX)
        return err_new(ERR_TOO_LARGE, "the names in the document are over %d bytes", KEPT_MAX);
    *out = arena_str(c->arena, s);
    return NULL;
}

/* Attributes of a foreign element, each namespace declared where it is used. */
static struct err *copy_attributes(struct copy *c)
{
    static const struct str prefixes[FOREIGN_ATTRIBUTES_MAX] = {S("a0"), S("a1"), S("a2"), S("a3"),
                                                                S("a4"), S("a5"), S("a6"), S("a7")};
    size_t count = 0;
    const struct xml_attribute *attributes = xml_attributes(c->x, &count);
    if (count > FOREIGN_ATTRIBUTES_MAX)
        return err_new(ERR_TOO_LARGE, "an element has over %d attributes", FOREIGN_ATTRIBUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct str namespace;
        struct str name;
        struct str value;
        struct str prefix = {0};
        TRY(keep(c, attributes[i].namespace, &namespace));
        TRY(keep(c, attributes[i].name, &name));
        TRY(keep(c, attributes[i].value, &value));
        if (str_equal(namespace, S("http://www.w3.org/XML/1998/namespace"))) {
            prefix = S("xml");
        } else if (namespace.len > 0) {
            prefix = prefixes[i];
            xml_write_attribute(c->w, S("xmlns"), prefix, namespace);
        }
        xml_write_attribute(c->w, prefix, name, value);
    }
    return NULL;
}

static struct err *open_foreign(struct copy *c, struct str namespace, struct str name)
{
    struct str uri = {0};
    TRY(keep(c, namespace, &uri));
    struct str prefix = uri.len > 0 ? S("x") : (struct str){0};
    xml_write_open(c->w, prefix, name);
    if (uri.len > 0)
        xml_write_attribute(c->w, S("xmlns"), prefix, uri);
    return copy_attributes(c);
}

static bool is_at(const struct copy *c, const char *const path[], size_t length)
{
    if (xml_depth(c->x) != c->base + length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!str_equal(c->parents[i + 1], str_from(path[i])))
            return false;
    return true;
}
#define IS_AT(c, ...)                                                                              \
    is_at(c, (const char *const[]){__VA_ARGS__},                                                   \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Provider and unit stand first in the access control header, in this order. */
static void add_missing(struct copy *c)
{
    bool provider = IS_AT(c, "header", "accessControlHeader", "accountableHealthcareProvider");
    bool unit = IS_AT(c, "header", "accessControlHeader", "accountableCareUnit");
    bool patient = IS_AT(c, "header", "accessControlHeader", "patientId");
    if ((unit || patient) && !c->has_provider)
        gcd3_ii(c->w, S("accountableHealthcareProvider"),
                gcd3_organisation(c->item->record->care_provider));
    if (patient && !c->has_unit)
        gcd3_ii(c->w, S("accountableCareUnit"), gcd3_organisation(c->item->record->care_unit));
    c->has_provider = c->has_provider || provider || unit || patient;
    c->has_unit = c->has_unit || unit || patient;
}

/* What the archive says instead of the document. */
static bool write_own(struct copy *c)
{
    if (IS_AT(c, "header", "accessControlHeader", "approvedForPatient"))
        gcd3_leaf(c->w, S("approvedForPatient"),
                  c->item->approved_for_patient ? S("true") : S("false"));
    else if (IS_AT(c, "header", "sourceSystemId"))
        gcd3_ii(c->w, S("sourceSystemId"), (struct ii){OID_HSA, c->answer->logical_address});
    else if (IS_AT(c, "header", "record", "id") && c->item->record->source_id.len > 0)
        gcd3_ii(c->w, S("id"), (struct ii){c->item->record->source_id, {0}});
    else
        return false;
    return true;
}

static struct err *copy_open(struct copy *c)
{
    struct str namespace = xml_namespace(c->x);
    bool core = str_equal(namespace, S(CORE_NAMESPACE));
    bool responder = str_equal(namespace, S(GCD3_NAMESPACE));
    uint32_t below = xml_depth(c->x) - c->base;
    struct str name;
    TRY(keep(c, xml_name(c->x), &name));
    if (below < COUNT(c->parents))
        c->parents[below] = core ? name : (struct str){0};
    buf_clear(&c->space);
    buf_clear(&c->time);
    c->has_text = false;
    if (core) {
        add_missing(c);
        if (write_own(c))
            return xml_skip(c->x);
    }
    if (!core && !responder)
        return open_foreign(c, namespace, name);
    xml_write_open(c->w, core ? CORE : RESPONDER, name);
    return NULL;
}

/* What the contract cannot do without and a document that fits the schema may still leave empty:
 * any one path of each kind. */
enum { PATIENT = 1, BLOCK_TIME = 2, RECORD_TIME = 4, CODE = 8, CONTENT = 16, REQUIRED_ALL = 31 };
static const struct {
    const char *path[3];
    unsigned kind;
} required[] = {
    {{"header", "accessControlHeader", "blockComparisonTime"}, BLOCK_TIME},
    {{"header", "record", "timestamp"}, RECORD_TIME},
    {{"body", "clinicalDocumentNoteCode", "code"}, CODE},
    {{"body", "clinicalDocumentNoteCode", "originalText"}, CODE},
    {{"body", "clinicalDocumentNoteText", NULL}, CONTENT},
    {{"body", "multimediaEntry", "value"}, CONTENT},
    {{"body", "multimediaEntry", "reference"}, CONTENT},
};

static void note_required(struct copy *c)
{
    for (size_t i = 0; i < COUNT(required); i++)
        if (is_at(c, required[i].path, required[i].path[2] != NULL ? 3 : 2))
            c->found |= required[i].kind;
    if (IS_AT(c, "header", "accessControlHeader", "patientId", "root"))
        c->found |= PATIENT;
}

static struct err *copy_text(struct copy *c)
{
    struct str text = xml_characters(c->x);
    if (!c->has_text && xml_is_blank(text)) {
        buf_put(&c->space, text);
        return buf_done(&c->space, "white space");
    }
    xml_write_text(c->w, buf_str(&c->space));
    xml_write_text(c->w, text);
    buf_clear(&c->space);
    buf_put(&c->time, text);
    if (!c->has_text)
        note_required(c);
    c->has_text = true;
    return NULL;
}

static void copy_close(struct copy *c)
{
    if (IS_AT(c, "body", "dissentingOpinion", "authorTime") &&
        gcd3_in_period(c->answer->question, str_trim(buf_str(&c->time))))
        c->in_period = true;
    buf_clear(&c->space);
    c->has_text = false;
    xml_write_close(c->w);
}

static struct err *find_document(struct copy *c)
{
    enum xml_event event;
    do {
        TRY(xml_next(c->x, &event));
        if (event == XML_END)
            return err_new(ERR_UNSUPPORTED,
                           "the content has no careDocumentation of GetCareDocumentation 3");
    } while (event != XML_OPEN || !xml_is(c->x, GCD3_NAMESPACE, "careDocumentation"));
    c->base = xml_depth(c->x);
    return NULL;
}

static struct err *copy_document(struct copy *c)
{
    enum xml_event event;
    TRY(find_document(c));
    TRY(copy_open(c));
    for (bool open = true; open;) {
        TRY(xml_next(c->x, &event));
        switch (event) {
        case XML_OPEN:
            TRY(copy_open(c));
            break;
        case XML_TEXT:
            TRY(copy_text(c));
            break;
        case XML_CLOSE:
            open = xml_depth(c->x) > c->base;
            copy_close(c);
            break;
        case XML_END:
            return ERR_BUG_AT("the document ended inside its element");
        }
    }
    if (c->found != REQUIRED_ALL)
        return err_new(ERR_CORRUPT, "the careDocumentation lacks what the contract demands");
    return NULL;
}

struct err *gcd3_copy(struct gcd3_answer *answer, const struct gcd3_item *item,
                      const struct gcd3_content *content, bool *out_in_period)
{
    static const struct xml_options limits = {
        .depth = XML_WRITER_DEPTH - 8, .attributes = 64, .token = 64 * 1024, .elements = 100000};
    struct joined joined = {{elements_around(content->before, content->bytes), content->bytes}, 0};
    autoxml struct xml *x = xml_open((struct xml_input){joined_read, &joined}, &limits);
    autoarena struct arena *arena = arena_new(KEPT_MAX + 64 * 1024);
    struct copy c = {.x = x,
                     .w = &answer->writer,
                     .answer = answer,
                     .item = item,
                     .arena = arena,
                     .space = buf_new(SPACE_MAX),
                     .time = buf_new(32)};
    struct err *e = copy_document(&c);
    buf_free(&c.space);
    buf_free(&c.time);
    TRY(e);
    TRY(xml_write_done(&answer->writer, "the document"));
    *out_in_period = c.in_period;
    return NULL;
}
