/* The container signature file: what must lie in a container, and which formats that leads to. */
#include "format/signatures.h"

static struct err *read_inside(struct signature_reader *r, enum format_inside *out)
{
    struct str type = xml_attribute(r->xml, NO_NAMESPACE, "ContainerType");
    if (str_equal(type, S("ZIP")))
        *out = FORMAT_ZIP;
    else if (str_equal(type, S("OLE2")))
        *out = FORMAT_OLE2;
    else
        return reader_refuse(r, "a container's type is neither ZIP nor OLE2");
    return NULL;
}

static struct err *read_signature(struct signature_reader *r, void *into)
{
    struct inner_file *file = into;
    struct signature signature = {0};
    TRY(reader_children(r, signature_elements, &signature));
    *LIST_ADD(r->into->arena, file->signatures, file->count) = signature;
    return NULL;
}

static const struct element collection_elements[] = {{"InternalSignature", read_signature}, {0}};

static struct err *read_collection(struct signature_reader *r, void *into)
{
    return reader_children(r, collection_elements, into);
}

static const struct element binary_elements[] = {{"InternalSignatureCollection", read_collection},
                                                 {0}};

static struct err *read_binary(struct signature_reader *r, void *into)
{
    struct inner_file *file = into;
    file->any = false;
    return reader_children(r, binary_elements, file);
}

static struct err *read_path(struct signature_reader *r, void *into)
{
    struct inner_file *file = into;
    TRY(reader_text(r, &file->path));
    file->path = str_trim(file->path);
    return NULL;
}

static const struct element file_elements[] = {
    {"Path", read_path}, {"BinarySignatures", read_binary}, {0}};

static struct err *read_file(struct signature_reader *r, void *into)
{
    struct container_signature *c = into;
    struct inner_file file = {.any = true};
    TRY(reader_children(r, file_elements, &file));
    if (file.path.len == 0)
        return reader_refuse(r, "a file of a container signature has no path");
    *LIST_ADD(r->into->arena, c->files, c->file_count) = file;
    return NULL;
}

static const struct element files_elements[] = {{"File", read_file}, {0}};

static struct err *read_files(struct signature_reader *r, void *into)
{
    return reader_children(r, files_elements, into);
}

static const struct element container_elements[] = {{"Files", read_files}, {0}};

static struct err *read_container(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    struct container_signature c = {0};
    TRY(reader_id(r, "Id", &c.id));
    TRY(read_inside(r, &c.inside));
    TRY(reader_children(r, container_elements, &c));
    if (c.file_count == 0)
        return reader_refuse(r, "a container signature names no file");
    *LIST_ADD(s->arena, s->containers, s->container_count) = c;
    return NULL;
}

/* The format of the attribute Puid; one that the signature file does not have leads nowhere. */
static struct err *read_puid(struct signature_reader *r, size_t *out, bool *out_known)
{
    struct str puid = xml_attribute(r->xml, NO_NAMESPACE, "Puid");
    if (puid.len == 0)
        return reader_refuse(r, "Puid is missing");
    *out_known = signatures_find(r->into, puid, out);
    return NULL;
}

/* Mappings stand behind the signatures. */
static struct err *read_mapping(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    uint64_t id = 0;
    size_t format = 0;
    bool known = false;
    TRY(reader_id(r, "signatureId", &id));
    TRY(read_puid(r, &format, &known));
    for (size_t i = 0; i < s->container_count && known; i++) {
        struct container_signature *c = &s->containers[i];
        if (c->id != id)
            continue;
        *LIST_ADD(s->arena, c->formats, c->format_count) = format;
        s->formats[format].in_container = true;
    }
    return xml_skip(r->xml);
}

static struct err *read_trigger(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    struct trigger trigger = {0};
    bool known = false;
    TRY(read_inside(r, &trigger.inside));
    TRY(read_puid(r, &trigger.format, &known));
    if (known)
        *LIST_ADD(s->arena, s->triggers, s->trigger_count) = trigger;
    return xml_skip(r->xml);
}

/* The three collections have the same form. */
static const struct element collected_elements[] = {{"ContainerSignature", read_container},
                                                    {"FileFormatMapping", read_mapping},
                                                    {"TriggerPuid", read_trigger},
                                                    {0}};

static struct err *read_collected(struct signature_reader *r, void *into)
{
    return reader_children(r, collected_elements, into);
}

static const struct element root_elements[] = {{"ContainerSignatures", read_collected},
                                               {"FileFormatMappings", read_collected},
                                               {"TriggerPuids", read_collected},
                                               {0}};

static struct err *read_root(struct signature_reader *r, void *into)
{
    struct format_signatures *s = into;
    s->containers_version = reader_attribute(r, "signatureVersion");
    return reader_children(r, root_elements, s);
}

const struct element container_file[] = {{"ContainerSignatureMapping", read_root}, {0}};
