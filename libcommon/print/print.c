/* Pages of paragraphs. */
#include "print/print.h"

#include "base/base.h"
#include "print/catalogue.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo.h>

/* In points: 1/72 inch. A4. */
static const double PAGE_WIDTH = 595.0;
static const double PAGE_HEIGHT = 842.0;
static const double MARGIN = 56.0;
static const double FOOT = 40.0; /* of the page number, above the edge */
static const double FOOT_SIZE = 8.0;

enum { LINE_MAX_BYTES = 2048 };

static const struct look {
    const char *tag;
    const char *font;
    cairo_font_weight_t weight;
    double size;
    double line;   /* from one line to the next */
    double above;  /* before the paragraph */
    bool anywhere; /* lines are broken at any sign */
} looks[PRINT_STYLES] = {
    [PRINT_TITLE] = {"H1", "DejaVu Sans", CAIRO_FONT_WEIGHT_BOLD, 17, 22, 0, false},
    [PRINT_HEADING] = {"H2", "DejaVu Sans", CAIRO_FONT_WEIGHT_BOLD, 12, 16, 16, false},
    [PRINT_STRONG] = {"P", "DejaVu Sans", CAIRO_FONT_WEIGHT_BOLD, 9.5, 13, 9, false},
    [PRINT_TEXT] = {"P", "DejaVu Sans", CAIRO_FONT_WEIGHT_NORMAL, 9.5, 13, 3, false},
    [PRINT_CODE] = {"P", "DejaVu Sans Mono", CAIRO_FONT_WEIGHT_NORMAL, 6.5, 8.5, 3, true},
};

struct print {
    struct buf *out;
    struct print_facts facts;
    cairo_surface_t *surface;
    cairo_t *cairo;
    double y;
    int page;
};

static cairo_status_t take(void *state, const unsigned char *bytes, unsigned int length)
{
    struct buf *out = state;
    buf_put(out, (struct str){(const char *)bytes, length});
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void metadata(struct print *p, cairo_pdf_metadata_t what, struct str text)
{
    autobuf struct buf line = buf_new((size_t)64 * 1024);
    buf_put(&line, text);
    buf_byte(&line, '\0');
    if (!line.failed)
        cairo_pdf_surface_set_metadata(p->surface, what, line.ptr);
}

struct print *print_new(const struct print_facts *facts, struct buf *out)
{
    struct print *p = must_calloc(1, sizeof *p);
    *p = (struct print){.out = out, .facts = *facts, .y = MARGIN, .page = 1};
    p->surface = cairo_pdf_surface_create_for_stream(take, out, PAGE_WIDTH, PAGE_HEIGHT);
    metadata(p, CAIRO_PDF_METADATA_TITLE, facts->title);
    metadata(p, CAIRO_PDF_METADATA_AUTHOR, facts->author);
    p->cairo = cairo_create(p->surface);
    cairo_tag_begin(p->cairo, "Document", NULL);
    return p;
}

static void use(struct print *p, const struct look *look)
{
    cairo_select_font_face(p->cairo, look->font, CAIRO_FONT_SLANT_NORMAL, look->weight);
    cairo_set_font_size(p->cairo, look->size);
}

static double width_of(struct print *p, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(p->cairo, text, &extents);
    return extents.x_advance;
}

/* --- pages */

static void number_page(struct print *p)
{
    char text[64];
    snprintf(text, sizeof text, "%s %d", p->facts.page_word, p->page);
    use(p, &looks[PRINT_TEXT]);
    cairo_set_font_size(p->cairo, FOOT_SIZE);
    cairo_tag_begin(p->cairo, "P", NULL);
    cairo_move_to(p->cairo, PAGE_WIDTH - MARGIN - width_of(p, text), PAGE_HEIGHT - FOOT);
    cairo_show_text(p->cairo, text);
    cairo_tag_end(p->cairo, "P");
}

static void next_page(struct print *p)
{
    number_page(p);
    cairo_show_page(p->cairo);
    p->y = MARGIN;
    p->page++;
}

/* --- lines */

/* The signs that begin a UTF-8 sequence at `at`; 1 for a byte that begins none. */
static size_t sign_length(struct str text, size_t at)
{
    size_t length = 1;
    while (at + length < text.len && ((unsigned char)text.ptr[at + length] & 0xC0U) == 0x80)
        length++;
    return length;
}

/* The text with control signs as blanks, and its end. */
static void copy_plain(struct str text, char *out)
{
    for (size_t i = 0; i < text.len; i++)
        out[i] = (unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7F ? ' ' : text.ptr[i];
    out[text.len] = '\0';
}

static bool fits(struct print *p, struct str text)
{
    char line[LINE_MAX_BYTES + 1];
    if (text.len > LINE_MAX_BYTES)
        return false;
    copy_plain(text, line);
    return width_of(p, line) <= PAGE_WIDTH - 2 * MARGIN;
}

/* How many bytes of the text stand on one line when it is broken anywhere; never none. */
static size_t signs_of(struct print *p, struct str text)
{
    size_t at = 0;
    while (at < text.len && fits(p, str_slice(text, 0, at + sign_length(text, at))))
        at += sign_length(text, at);
    return at > 0 ? at : sign_length(text, 0);
}

/* The same of a font whose signs are all as wide: counted, not measured one by one. */
static size_t cells_of(struct print *p, struct str text)
{
    int cells = (int)((PAGE_WIDTH - 2 * MARGIN) / width_of(p, "0"));
    size_t at = 0;
    for (int n = 0; n < cells && at < text.len; n++)
        at += sign_length(text, at);
    return at;
}

/* The same between words; a word that is longer than a line is broken anywhere. */
static size_t words_of(struct print *p, struct str text)
{
    size_t best = 0;
    for (size_t at = 1; at <= text.len; at++) {
        if (at < text.len && text.ptr[at] != ' ')
            continue;
        if (!fits(p, str_slice(text, 0, at)))
            break;
        best = at;
    }
    return best > 0 ? best : signs_of(p, text);
}

static void show_line(struct print *p, const struct look *look, struct str text)
{
    char line[LINE_MAX_BYTES + 1];
    copy_plain(text, line);
    cairo_move_to(p->cairo, MARGIN, p->y + look->size);
    cairo_show_text(p->cairo, line);
    p->y += look->line;
}

/* The lines, as one paragraph on each page that it stands on. */
static void put_lines(struct print *p, const struct look *look, struct str text)
{
    use(p, look);
    cairo_tag_begin(p->cairo, look->tag, NULL);
    while (text.len > 0) {
        if (p->y + look->line > PAGE_HEIGHT - MARGIN) {
            cairo_tag_end(p->cairo, look->tag);
            next_page(p);
            use(p, look);
            cairo_tag_begin(p->cairo, look->tag, NULL);
        }
        size_t length = look->anywhere ? cells_of(p, text) : words_of(p, text);
        size_t shown = length; /* with the blanks, or words of two lines are read as one */
        while (shown < text.len && text.ptr[shown] == ' ')
            shown++;
        show_line(p, look, str_slice(text, 0, shown > length ? length + 1 : length));
        text = str_slice(text, shown, text.len);
    }
    cairo_tag_end(p->cairo, look->tag);
}

void print_put(struct print *p, enum print_style style, struct str text)
{
    const struct look *look = &looks[style];
    bool keeps = style == PRINT_HEADING || style == PRINT_STRONG;
    double bottom = PAGE_HEIGHT - MARGIN - (keeps ? 4 * look->line : 0);
    text = str_trim(text);
    if (text.len == 0)
        return;
    if (p->y > MARGIN && p->y + look->above + look->line > bottom)
        next_page(p);
    else if (p->y > MARGIN)
        p->y += look->above;
    put_lines(p, look, text);
}

struct err *print_end(struct print *p)
{
    number_page(p);
    cairo_tag_end(p->cairo, "Document");
    cairo_status_t drawn = cairo_status(p->cairo);
    cairo_destroy(p->cairo);
    cairo_surface_finish(p->surface);
    cairo_status_t written = cairo_surface_status(p->surface);
    cairo_surface_destroy(p->surface);
    struct buf *out = p->out;
    struct str language = p->facts.language;
    free(p);
    TRY(buf_done(out, "the document"));
    if (drawn != CAIRO_STATUS_SUCCESS || written != CAIRO_STATUS_SUCCESS)
        return err_new(ERR_TRANSIENT, "could not make the document: %s",
                       cairo_status_to_string(drawn != CAIRO_STATUS_SUCCESS ? drawn : written));
    return catalogue_tell(language, out);
}
