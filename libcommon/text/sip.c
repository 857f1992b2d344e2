/* What lies in a package, kept in a stream between the one pass over its files and the documents
 * that list them. */
#include "text/sip.h"
#include "base/base.h"

/* Kept for this process alone, so it is written as it lies in memory, its strings after it. */
void sip_file_put(struct sip *sip, const struct sip_file *file)
{
    fwrite(file, sizeof *file, 1, sip->files);
    fwrite(file->path.ptr, 1, file->path.len, sip->files);
    if (file->owner_id.len > 0)
        fwrite(file->owner_id.ptr, 1, file->owner_id.len, sip->files);
    sip->count[file->group]++;
    sip->bytes += file->size;
}

struct err *sip_file_next(FILE *files, struct buf *texts, struct sip_file *out, bool *out_more)
{
    struct sip_file file;
    *out_more = fread(&file, sizeof file, 1, files) == 1;
    if (!*out_more && ferror(files) == 0)
        return NULL;
    buf_clear(texts);
    size_t length = *out_more ? file.path.len + file.owner_id.len : 0;
    char *text = buf_reserve(texts, length);
    if (!*out_more || text == NULL || fread(text, 1, length, files) != length)
        return err_new(ERR_STORAGE, "could not read the list of packed files again");
    texts->len = length;
    struct str all = buf_str(texts);
    file.path = str_slice(all, 0, file.path.len);
    if (file.owner_id.ptr != NULL)
        file.owner_id = str_slice(all, file.path.len, length);
    *out = file;
    return NULL;
}
