/* SOAP 1.1 in and out. */
#include "text/soap.h"

#include "base/base.h"

#define SOAP_12_ENVELOPE "http://www.w3.org/2003/05/soap-envelope"
#define ACTOR_NEXT       S("http://schemas.xmlsoap.org/soap/actor/next")

static const struct xml_options limits = {
    .depth = SOAP_DEPTH_MAX, .attributes = 64, .token = 16 * 1024, .elements = 10000};

/* The value of "charset" among the parameters of a content type; absent when there is none. */
static struct str charset_of(struct str parameters)
{
    struct str part;
    while (str_cut(&parameters, ';', &part)) {
        struct str name;
        if (str_cut(&part, '=', &name) && part.ptr != NULL &&
            str_equal_nocase(str_trim(name), S("charset"))) {
            part = str_trim(part);
            bool quoted = part.len >= 2 && part.ptr[0] == '"' && str_ends(part, S("\""));
            return quoted ? str_slice(part, 1, part.len - 1) : part;
        }
    }
    return (struct str){0};
}

static struct err *check_content_type(struct str content_type)
{
    struct str type;
    if (!str_cut(&content_type, ';', &type) || str_trim(type).len == 0)
        return NULL;
    type = str_trim(type);
    if (str_equal_nocase(type, S("application/soap+xml")))
        return err_rule(ERR_INVALID, "soap_version", "the message must be SOAP 1.1, not SOAP 1.2");
    if (!str_equal_nocase(type, S("text/xml")))
        return err_new(ERR_INVALID, "the content type must be text/xml");
    struct str charset = charset_of(content_type);
    if (charset.ptr != NULL && !str_equal_nocase(charset, S("utf-8")))
        return err_new(ERR_INVALID, "the charset of the content type must be UTF-8");
    return NULL;
}

/* The encoding that the XML declaration states; absent when it states none. */
static struct str declared_encoding(struct str message)
{
    if (!str_starts(message, S("<?xml")))
        return (struct str){0};
    struct str rest = str_slice(message, 0, str_find(message, '>'));
    struct str part;
    while (str_cut(&rest, '=', &part)) {
        if (!str_ends(str_trim(part), S("encoding")) || rest.ptr == NULL)
            continue;
        rest = str_trim(rest);
        char quote = rest.len > 0 ? rest.ptr[0] : '\0';
        rest = str_slice(rest, 1, rest.len);
        return str_slice(rest, 0, str_find(rest, quote));
    }
    return (struct str){0};
}

/* UTF-8 all the way: the platform breaks other encodings for every consumer, so nobody can be
 * relying on one. */
static struct err *check_encoding(struct str message, size_t limit)
{
    if (message.len > limit)
        return err_new(ERR_INVALID, "the message is larger than %zu bytes", limit);
    if (str_starts(message, S("\xef\xbb\xbf")))
        message = str_slice(message, 3, message.len);
    if (!str_is_utf8(message))
        return err_new(ERR_INVALID, "the message is not encoded in UTF-8");
    struct str encoding = declared_encoding(message);
    if (encoding.ptr != NULL && !str_equal_nocase(encoding, S("utf-8")))
        return err_new(ERR_INVALID, "the encoding of the XML declaration must be UTF-8");
    return NULL;
}

struct err *soap_next_child(struct xml *x, bool *out_found)
{
    for (;;) {
        enum xml_event event;
        TRY(xml_next(x, &event));
        if (event == XML_TEXT && !xml_is_blank(xml_characters(x)))
            return err_new(ERR_INVALID, "there is text where only elements are allowed");
        if (event == XML_TEXT)
            continue;
        *out_found = event == XML_OPEN;
        return NULL;
    }
}

struct err *soap_leaf(struct xml *x, struct arena *arena, struct str *out)
{
    struct str text;
    TRY(xml_text(x, arena, SOAP_TEXT_MAX, &text));
    *out = str_trim(text);
    return NULL;
}

/* Must we understand this header block? Not when it is meant for another node on the way (§4.2.2).
 */
static bool must_understand(const struct xml *x)
{
    struct str actor = xml_attribute(x, SOAP_ENVELOPE, "actor");
    struct str flag = str_trim(xml_attribute(x, SOAP_ENVELOPE, "mustUnderstand"));
    bool for_us = actor.len == 0 || str_equal(actor, ACTOR_NEXT);
    return for_us && (str_equal(flag, S("1")) || str_equal(flag, S("true")));
}

static struct err *read_header(struct xml *x, struct arena *arena, struct str *out_address)
{
    struct str address = {0};
    bool found;
    for (;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            break;
        if (xml_is(x, SOAP_REGISTRY, "LogicalAddress")) {
            if (address.ptr != NULL)
                return err_new(ERR_INVALID,
                               "the SOAP header LogicalAddress is given more than once");
            TRY(soap_leaf(x, arena, &address));
            continue;
        }
        if (must_understand(x))
            return err_rule(ERR_INVALID, "soap_must_understand",
                            "a SOAP header block that must be understood is not known here");
        TRY(xml_skip(x));
    }
    *out_address = address;
    return NULL;
}

static struct err *read_envelope(struct xml *x, bool asks, struct arena *arena,
                                 struct soap_request *out)
{
    bool found;
    TRY(soap_next_child(x, &found));
    if (xml_is(x, SOAP_12_ENVELOPE, "Envelope"))
        return err_rule(ERR_INVALID, "soap_version", "the message must be SOAP 1.1, not SOAP 1.2");
    if (!xml_is(x, SOAP_ENVELOPE, "Envelope"))
        return err_new(ERR_INVALID, "the message is not a SOAP 1.1 envelope");
    TRY(soap_next_child(x, &found));
    if (found && xml_is(x, SOAP_ENVELOPE, "Header")) {
        TRY(read_header(x, arena, &out->logical_address));
        TRY(soap_next_child(x, &found));
    }
    if (!found || !xml_is(x, SOAP_ENVELOPE, "Body"))
        return err_new(ERR_INVALID, "the SOAP envelope has no Body");
    if (asks && out->logical_address.len == 0)
        return err_new(ERR_INVALID, "the SOAP header LogicalAddress is missing or empty");
    TRY(soap_next_child(x, &found));
    if (!found)
        return err_new(ERR_INVALID, "the SOAP Body is empty");
    out->namespace = arena_str(arena, xml_namespace(x));
    out->name = arena_str(arena, xml_name(x));
    return NULL;
}

static struct err *open_message(struct str content_type, struct str message, size_t limit,
                                bool asks, struct arena *arena, struct soap_request *out)
{
    TRY(check_content_type(content_type));
    TRY(check_encoding(message, limit));
    struct xml_options options = limits;
    if (!asks) /* as many as there is room for: the caller says how large an answer may be */
        options.elements = limit / sizeof "<a/>";
    autoxml struct xml *x = xml_open_str(message, &options);
    struct soap_request request = {0};
    TRY(read_envelope(x, asks, arena, &request));
    request.body = TAKE(x);
    *out = request;
    return NULL;
}

struct err *soap_open(struct str content_type, struct str message, struct arena *arena,
                      struct soap_request *out)
{
    return open_message(content_type, message, SOAP_MESSAGE_MAX, true, arena, out);
}

/* faultcode is a qualified name: what follows the prefix. */
static struct err *fault_told(struct xml *x, struct arena *arena)
{
    struct str code = {0};
    bool found;
    TRY(soap_next_child(x, &found));
    if (found && str_equal(xml_name(x), S("faultcode")))
        TRY(soap_leaf(x, arena, &code));
    size_t colon = str_find(code, ':');
    code = colon < code.len ? str_slice(code, colon + 1, code.len) : code;
    bool ours = str_starts(code, S("Client"));
    return err_new(ERR_TRANSIENT, "the service answered with a fault: %s",
                   ours                            ? "it says that we asked wrongly"
                   : str_starts(code, S("Server")) ? "it failed"
                                                   : "of no known kind");
}

struct err *soap_open_answer(struct str content_type, struct str message, size_t limit,
                             struct arena *arena, struct soap_request *out)
{
    autosoap struct soap_request answer = {0};
    TRY(open_message(content_type, message, limit, false, arena, &answer));
    if (xml_is(answer.body, SOAP_ENVELOPE, "Fault"))
        return fault_told(answer.body, arena);
    *out = answer;
    answer.body = NULL;
    return NULL;
}

/* --- members of an element
 * -------------------------------------------------------------------------- */

/* xs:dateTime; without a zone it is Sweden's (RIV-TA). A fraction of the second is left out then.
 */
static bool read_time(struct str text, struct instant *out)
{
    char digits[15];
    size_t count = 0;
    if (instant_parse(text, out))
        return true;
    for (size_t i = 0; i < text.len && text.ptr[i] != '.'; i++) {
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9' && count < 14)
            digits[count++] = text.ptr[i];
        else if (strchr("-:T", text.ptr[i]) == NULL)
            return false;
    }
    return instant_from_swedish((struct str){digits, count}, out);
}

struct err *soap_time(struct xml *x, const char *name, struct arena *arena, struct instant *out)
{
    struct str text = {0};
    TRY(soap_leaf(x, arena, &text));
    return read_time(text, out) ? NULL : err_field(ERR_INVALID, name, "is no time");
}

static struct err *read_member(struct xml *x, const struct field *f, struct arena *arena, void *out)
{
    struct str text = {0};
    if (f->type == FIELD_INSTANT)
        return soap_time(x, f->name, arena, FIELD_AT(out, f, struct instant));
    TRY(soap_leaf(x, arena, &text));
    if (f->type == FIELD_BOOL && str_equal(text, S("1")))
        text = S("true");
    if (f->type == FIELD_BOOL && str_equal(text, S("0")))
        text = S("false");
    return field_from_text(f, text, out, f->name, arena);
}

struct err *soap_members(struct xml *x, const char *namespace, const struct field *fields,
                         struct arena *arena, void *out)
{
    uint64_t seen = 0;
    bool found;
    for (;;) {
        TRY(soap_next_child(x, &found));
        if (!found)
            break;
        const struct field *f = fields;
        while (f->name != NULL && !xml_is(x, namespace, f->name))
            f++;
        if (f->name == NULL || (seen >> (f - fields) & 1U) != 0) {
            TRY(xml_skip(x));
            continue;
        }
        seen |= UINT64_C(1) << (f - fields);
        TRY(read_member(x, f, arena, out));
    }
    for (const struct field *f = fields; f->name != NULL; f++)
        if (f->presence == REQUIRED && (seen >> (f - fields) & 1U) == 0)
            return err_field(ERR_INVALID, f->name, "is missing");
    return NULL;
}

struct err *soap_end(const struct soap_request *request)
{
    bool found;
    TRY(soap_next_child(request->body, &found));
    if (found)
        return err_new(ERR_INVALID, "the SOAP Body holds more than one element");
    TRY(soap_next_child(request->body, &found));
    if (found)
        return err_new(ERR_INVALID, "there is an element after the SOAP Body");
    return soap_next_child(request->body, &found);
}

void soap_drop(struct soap_request *request)
{
    xml_close(request->body);
    request->body = NULL;
}

#define PREFIX S("soapenv")

void soap_question_begin(struct xml_writer *w, struct str logical_address)
{
    xml_write_open(w, PREFIX, S("Envelope"));
    xml_write_attribute(w, S("xmlns"), PREFIX, S(SOAP_ENVELOPE));
    xml_write_open(w, PREFIX, S("Header"));
    xml_write_open(w, S("r"), S("LogicalAddress"));
    xml_write_attribute(w, S("xmlns"), S("r"), S(SOAP_REGISTRY));
    xml_write_text(w, logical_address);
    xml_write_close(w);
    xml_write_close(w);
    xml_write_open(w, PREFIX, S("Body"));
}

void soap_answer_begin(struct xml_writer *w)
{
    xml_write_open(w, PREFIX, S("Envelope"));
    xml_write_attribute(w, S("xmlns"), PREFIX, S(SOAP_ENVELOPE));
    xml_write_open(w, PREFIX, S("Body"));
}

void soap_answer_end(struct xml_writer *w)
{
    xml_write_close(w);
    xml_write_close(w);
}

static struct str fault_code(const struct err *e)
{
    struct str rule = str_from(e->rule);
    if (str_equal(rule, S("soap_version")))
        return S("soapenv:VersionMismatch");
    if (str_equal(rule, S("soap_must_understand")))
        return S("soapenv:MustUnderstand");
    return err_class(e) == ERR_CLASS_REJECT ? S("soapenv:Client") : S("soapenv:Server");
}

/* Only the words of INVALID are known to be ours: a parser's may quote the message, and with it a
 * patient. */
static void put_fault_string(const struct err *e, struct uuid log_id, struct buf *out)
{
    bool ours = e->code == ERR_INVALID;
    if (ours && e->field != NULL)
        buf_format(out, "%s: ", e->field);
    buf_format(out, "%s", ours ? e->detail : err_title(e));
    if (e->rule != NULL)
        buf_format(out, " (%s)", e->rule);
    buf_format(out, ", log id %s", uuid_text(log_id).text);
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->ptr[i] >= 0x80)
            out->ptr[i] = '?';
}

void soap_fault(const struct err *e, struct uuid log_id, struct buf *out)
{
    autobuf struct buf text = buf_new(2048);
    put_fault_string(e, log_id, &text);
    struct xml_writer w = xml_write_begin(out);
    soap_answer_begin(&w);
    xml_write_open(&w, PREFIX, S("Fault"));
    xml_write_leaf(&w, (struct str){0}, S("faultcode"), fault_code(e));
    xml_write_leaf(&w, (struct str){0}, S("faultstring"), buf_str(&text));
    xml_write_open(&w, (struct str){0}, S("detail"));
    xml_write_leaf(&w, (struct str){0}, S("logId"), str_from(uuid_text(log_id).text));
    xml_write_close(&w);
    xml_write_close(&w);
    soap_answer_end(&w);
}
