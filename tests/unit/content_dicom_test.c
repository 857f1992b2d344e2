/* Is a whole DICOM file passed over in silence, and does each damage raise its own fault and no
 * other? */
#include "content.h"

#define EXPLICIT "1.2.840.10008.1.2.1\0"
#define IMPLICIT "1.2.840.10008.1.2\0"
#define BIG      "1.2.840.10008.1.2.2\0"

static void put_tag(struct buf *b, unsigned group, unsigned element, const char *vr)
{
    const char bytes[] = {(char)group, (char)(group >> 8), (char)element, (char)(element >> 8)};
    buf_put(b, (struct str){bytes, sizeof bytes});
    buf_put(b, str_from(vr));
}

static void put_length(struct buf *b, size_t bytes, uint32_t value)
{
    for (size_t i = 0; i < bytes; i++, value >>= 8)
        buf_byte(b, (char)value);
}

static void put_meta(struct buf *b, struct str syntax)
{
    for (size_t i = 0; i < 128; i++)
        buf_byte(b, '\0');
    buf_put(b, S("DICM"));
    put_tag(b, 2, 0, "UL");
    put_length(b, 2, 4);
    put_length(b, 4, (uint32_t)(8 + syntax.len));
    put_tag(b, 2, 0x10, "UI");
    put_length(b, 2, (uint32_t)syntax.len);
    buf_put(b, syntax);
}

/* A name, a sequence of undefined length with an item of such, and pixels. */
static void put_explicit(struct buf *b)
{
    put_tag(b, 0x10, 0x10, "PN");
    put_length(b, 2, 4);
    buf_put(b, S("Test"));
    put_tag(b, 0x40, 0x275, "SQ");
    put_length(b, 2, 0);
    put_length(b, 4, UINT32_MAX);
    put_tag(b, 0xfffe, 0xe000, "");
    put_length(b, 4, UINT32_MAX);
    put_tag(b, 0x40, 7, "LO");
    put_length(b, 2, 2);
    buf_put(b, S("ab"));
    put_tag(b, 0xfffe, 0xe00d, "");
    put_length(b, 4, 0);
    put_tag(b, 0xfffe, 0xe0dd, "");
    put_length(b, 4, 0);
    put_tag(b, 0x7fe0, 0x10, "OB");
    put_length(b, 2, 0);
    put_length(b, 4, 6);
    buf_put(b, S("pixels"));
}

static void put_clean(struct buf *b)
{
    put_meta(b, S(EXPLICIT));
    put_explicit(b);
}

static void whole_files_pass(void **state)
{
    (void)state;
    autobuf struct buf file = buf_new(4096);
    autobuf struct buf told = buf_new(4096);
    put_clean(&file);
    content_judge(CONTENT_DICOM, buf_str(&file), &told);
    assert_string_equal(told.ptr, "");
    buf_clear(&file);
    put_meta(&file, S(IMPLICIT));
    put_tag(&file, 0x10, 0x10, "");
    put_length(&file, 4, 4);
    buf_put(&file, S("Test"));
    content_judge(CONTENT_DICOM, buf_str(&file), &told);
    assert_string_equal(told.ptr, "");
    buf_clear(&file);
    put_meta(&file, S(BIG));
    buf_put(&file, (struct str){"\0\x10\0\x10PN\0\4Test", 12});
    content_judge(CONTENT_DICOM, buf_str(&file), &told);
    assert_string_equal(told.ptr, "");
    buf_clear(&file);
    put_meta(&file, S("1.2.840.10008.1.2.1.99"));
    buf_put(&file, S("deflated, so not walked through"));
    content_judge(CONTENT_DICOM, buf_str(&file), &told);
    assert_string_equal(told.ptr, "");
}

/* What implicit elements stand in a sequence of unknown kind (VR UN, undefined length). */
static void unknown_sequences_are_implicit(void **state)
{
    (void)state;
    autobuf struct buf file = buf_new(4096);
    autobuf struct buf told = buf_new(4096);
    put_meta(&file, S(EXPLICIT));
    put_tag(&file, 0x11, 0x10, "UN");
    put_length(&file, 2, 0);
    put_length(&file, 4, UINT32_MAX);
    put_tag(&file, 0xfffe, 0xe000, "");
    put_length(&file, 4, UINT32_MAX);
    put_tag(&file, 0x11, 0x11, "");
    put_length(&file, 4, 6);
    buf_put(&file, S("sixsix"));
    put_tag(&file, 0xfffe, 0xe00d, "");
    put_length(&file, 4, 0);
    put_tag(&file, 0xfffe, 0xe0dd, "");
    put_length(&file, 4, 0);
    content_judge(CONTENT_DICOM, buf_str(&file), &told);
    assert_string_equal(told.ptr, "");
}

static void each_damage_its_fault(void **state)
{
    (void)state;
    static const struct {
        const char *cut;
        const char *put;
        const char *told;
    } cases[] = {
        {"DICM", "DICN", "dicom_prefix "},
        {"UL\4", "UL\3", "dicom_group "},
        {"UI\x14", "UI\x15", "dicom_group "},
        {"1.2.840.10008.1.2.1", "1.2.840.10009.1.2.1", "dicom_syntax_known "},
        {"pixels", "pixel", "dicom_truncated "},
        {"pixels", "pixels+", "dicom_truncated "},
        {"LO\2", "LO\x7f", "dicom_truncated "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autobuf struct buf clean = buf_new(4096);
        autobuf struct buf file = buf_new(4096);
        autobuf struct buf told = buf_new(4096);
        put_clean(&clean);
        content_change(buf_str(&clean), cases[i].cut, cases[i].put, &file);
        content_judge(CONTENT_DICOM, buf_str(&file), &told);
        assert_string_equal(told.ptr, cases[i].told);
    }
}

static void no_syntax_is_told(void **state)
{
    (void)state;
    autobuf struct buf file = buf_new(4096);
    autobuf struct buf told = buf_new(4096);
    put_clean(&file);
    file.ptr[132 + 12 + 2] = 0x11; /* another element of group 2 */
    content_judge(CONTENT_DICOM, buf_str(&file), &told);
    assert_string_equal(told.ptr, "dicom_syntax ");
}

/* Every shortening is told, and none goes unnoticed or reads beyond. */
static void every_cut_is_told(void **state)
{
    (void)state;
    autobuf struct buf file = buf_new(4096);
    autobuf struct buf told = buf_new(4096);
    put_clean(&file);
    static const size_t ends_of_elements[] = {172, 184, 230}; /* where a file could end too */
    for (size_t length = 0; length < file.len; length++) {
        bool whole = false;
        content_judge(CONTENT_DICOM, str_slice(buf_str(&file), 0, length), &told);
        for (size_t i = 0; i < COUNT(ends_of_elements); i++)
            whole |= length == ends_of_elements[i];
        if (!whole && told.len == 0)
            fail_msg("cut at %zu: nothing was told", length);
    }
}

static void real_files(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *told;
    } cases[] = {
        {"realdata/dicom/CT_small.dcm", ""},      {"realdata/dicom/MR_small.dcm", ""},
        {"realdata/dicom/JPEG-lossy.dcm", ""},    {"realdata/dicom/liver_1frame.dcm", ""},
        {"realdata/dicom/reportsi.dcm", ""},      {"realdata/dicom/rtdose.dcm", ""},
        {"realdata/dicom/rtplan.dcm", ""},        {"realdata/dicom/test-SR.dcm", ""},
        {"realdata/dicom/waveform_ecg.dcm", ""},  {"realdata/dicom/no_meta.dcm", "dicom_prefix "},
        {"realdata/dicom/dicomdir/DICOMDIR", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        autoarena struct arena *arena = arena_new(1 << 20);
        autobuf struct buf told = buf_new(4096);
        struct str file = content_shared(cases[i].path, arena);
        if (file.ptr == NULL)
            return;
        content_judge(CONTENT_DICOM, file, &told);
        if (strcmp(told.ptr, cases[i].told) != 0)
            fail_msg("%s: %s", cases[i].path, told.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_files_pass),      cmocka_unit_test(unknown_sequences_are_implicit),
        cmocka_unit_test(each_damage_its_fault), cmocka_unit_test(no_syntax_is_told),
        cmocka_unit_test(every_cut_is_told),     cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
