/* Small signature files, written by a test and read as the real ones are. */
#pragma once

#include "arena.h"
#include "format/format.h"

#include <unistd.h>

#define PRONOM_NAMESPACE "http://www.nationalarchives.gov.uk/pronom/SignatureFile"
#define SIGNATURE_FILE(signatures, formats)                                                        \
    "<?xml version='1.0'?>\n<FFSignatureFile Version='7' xmlns='" PRONOM_NAMESPACE "'>\n"          \
    "<InternalSignatureCollection>\n" signatures "</InternalSignatureCollection>\n"                \
    "<FileFormatCollection>\n" formats "</FileFormatCollection>\n</FFSignatureFile>"
#define SIGNATURE(id, sequences)                                                                   \
    "<InternalSignature ID='" id "' Specificity='Specific'>" sequences "</InternalSignature>\n"
#define SEQUENCE(reference, least, most, text)                                                     \
    "<ByteSequence Reference='" reference "'><SubSequence Position='1' SubSeqMinOffset='" least    \
    "' SubSeqMaxOffset='" most "'><Sequence>" text "</Sequence><DefaultShift>9</DefaultShift>"     \
    "</SubSequence></ByteSequence>"
#define FORMAT(id, puid, name, parts)                                                              \
    "<FileFormat ID='" id "' PUID='" puid "' Name='" name "' Version='1' MIMEType='a/b'>" parts    \
    "</FileFormat>\n"
#define BY(id)    "<InternalSignatureID>" id "</InternalSignatureID>"
#define OVER(id)  "<HasPriorityOverFileFormatID>" id "</HasPriorityOverFileFormatID>"
#define NAMED(ex) "<Extension>" ex "</Extension>"

#define CONTAINER_FILE(signatures, mappings, triggers)                                             \
    "<ContainerSignatureMapping schemaVersion='1.0' "                                              \
    "signatureVersion='3'><ContainerSignatures>\n" signatures                                      \
    "</ContainerSignatures>\n<FileFormatMappings>" mappings                                        \
    "</FileFormatMappings>\n<TriggerPuids>" triggers "</TriggerPuids>\n"                           \
    "</ContainerSignatureMapping>"
#define INSIDE(id, type, files)                                                                    \
    "<ContainerSignature Id='" id "' ContainerType='" type "'><Description>d</Description>"        \
    "<Files>" files "</Files></ContainerSignature>\n"
#define INNER(path) "<File><Path>" path "</Path></File>"
#define INNER_WITH(path, sequence)                                                                 \
    "<File><Path>" path "</Path><BinarySignatures><InternalSignatureCollection>"                   \
    "<InternalSignature ID='1'>" sequence "</InternalSignature>"                                   \
    "</InternalSignatureCollection></BinarySignatures></File>"
#define MAPPING(id, puid)   "<FileFormatMapping signatureId='" id "' Puid='" puid "'/>"
#define TRIGGER(type, puid) "<TriggerPuid ContainerType='" type "' Puid='" puid "'/>"

static inline void write_temporary(char path[32], struct str text)
{
    snprintf(path, 32, "/tmp/format-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text.ptr, text.len), (ssize_t)text.len);
    close(file);
}

/* `containers` may be absent. */
static inline struct err *open_written(struct str signatures, struct str containers,
                                       struct format_signatures **out)
{
    char signature_path[32];
    char container_path[32];
    write_temporary(signature_path, signatures);
    if (containers.ptr != NULL)
        write_temporary(container_path, containers);
    struct err *e =
        format_signatures_open(signature_path, containers.ptr != NULL ? container_path : NULL, out);
    unlink(signature_path);
    if (containers.ptr != NULL)
        unlink(container_path);
    return e;
}

/* "fmt/1 fmt/2 signature", of bytes under a name. */
static inline const char *identified(const struct format_signatures *signatures, struct str bytes,
                                     const char *name)
{
    struct format_result result;
    struct source source = source_from_str(&bytes);
    autobuf struct buf told = buf_new(1000);
    assert_null(format_identify_source(signatures, &source, str_from(name), arena, &result));
    for (size_t i = 0; i < result.count; i++)
        buf_format(&told, "%.*s ", STR_ARG(result.formats[i]->puid));
    buf_put(&told, str_from(result.count > 0 ? format_basis_name(result.basis) : "unknown"));
    return arena_cstr(arena, buf_str(&told));
}
