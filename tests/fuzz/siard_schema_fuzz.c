/* Any text as a table's schema, up to the first zero; what follows is the text of its cells. */
#include "content/siard.h"

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CELLS = 4 };
    struct str whole = {(const char *)data, size};
    struct str schema = str_slice(whole, 0, str_find(whole, '\0'));
    struct str text = str_slice(whole, schema.len + 1, whole.len);
    text = str_slice(text, 0, str_find(text, '\0'));
    static const struct xml_options options = {.elements = 100000};
    struct siard_cell cells[CELLS] = {0};
    struct siard_cells all = {.at = cells, .count = CELLS};
    autoxml struct xml *xml = xml_open_str(schema, &options);
    autobuf struct buf expected = buf_new(4096);
    struct err *e = siard_schema_read(xml, &all);
    for (size_t i = 0; e == NULL && i < CELLS; i++)
        if (str_is_utf8(text) && grammar_value_fits(cells[i].value, str_trim(text)))
            (void)siard_cell_fits(&all, &cells[i], str_trim(text), &expected);
    xml_facets_free(all.facets);
    err_reset();
    return 0;
}
