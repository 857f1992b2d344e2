/* The least that anybody could do to judge a package: what `r7 validate` is measured against.
 *
 *   bare_package read METS [FILE [XML]]     reads METS and XML with libxml2's reader, and FILE
 *                                           through SHA-256
 *   bare_package schema METS [FILE [XML]]   the same, and holds METS against the schema
 *
 * No rule, no list of what is there, nothing compared. Prints how many elements and bytes. */
#include "base/base.h"
#include "base/digest.h"
#include "text/xml_schema.h"

#include <fcntl.h>
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <unistd.h>

#define SCHEMA "schemas/xsd/eark/package.xsd"

enum { CHUNK = 256 * 1024 };

static int usage(void)
{
    fputs("usage: bare_package read|schema METS [FILE [XML]]\n", stderr);
    return 2;
}

static int read_xml(const char *path, xmlSchemaValidCtxtPtr valid)
{
    long elements = 0;
    int more = 0;
    xmlTextReaderPtr reader = xmlReaderForFile(path, NULL, XML_PARSE_HUGE | XML_PARSE_NONET);
    if (reader == NULL)
        return 1;
    if (valid != NULL)
        xmlTextReaderSchemaValidateCtxt(reader, valid, 0);
    while ((more = xmlTextReaderRead(reader)) == 1)
        elements += xmlTextReaderNodeType(reader) == XML_READER_TYPE_ELEMENT;
    printf("%ld elements, valid: %d\n", elements, xmlTextReaderIsValid(reader));
    xmlFreeTextReader(reader);
    return more != 0;
}

static int hash(const char *path)
{
    autoclose int file = open(path, O_RDONLY | O_CLOEXEC);
    struct digests *digests = digests_new(1U << DIGEST_SHA256);
    char *chunk = must_calloc(CHUNK, 1);
    ssize_t got = 0;
    long long bytes = 0;
    while (file >= 0 && (got = read(file, chunk, CHUNK)) > 0) {
        digests_add(digests, (struct str){chunk, (size_t)got});
        bytes += got;
    }
    digests_end(digests);
    printf("%lld bytes\n", bytes);
    digests_free(digests);
    free(chunk);
    return file < 0 || got < 0;
}

static int hold_against_schema(const char *mets)
{
    struct xml_schema *schema = NULL;
    struct err *e = xml_schema_open(SCHEMA, &schema);
    if (e != NULL) {
        fprintf(stderr, "bare_package: %s\n", e->detail);
        return 1;
    }
    xmlSchemaValidCtxtPtr valid = xml_schema_validation(schema);
    int failed = read_xml(mets, valid);
    xmlSchemaFreeValidCtxt(valid);
    xml_schema_close(schema);
    return failed;
}

int main(int argc, char **argv)
{
    bool valid = argc > 1 && strcmp(argv[1], "schema") == 0;
    if (argc < 3 || argc > 5 || (!valid && strcmp(argv[1], "read") != 0))
        return usage();
    xml_set_up();
    int failed = valid ? hold_against_schema(argv[2]) : read_xml(argv[2], NULL);
    if (failed == 0 && argc > 3)
        failed = hash(argv[3]);
    return failed == 0 && argc > 4 ? read_xml(argv[4], NULL) : failed;
}
