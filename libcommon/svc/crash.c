/* The crash note: which messages a worker has in its hands, in a small mapped file. It is written
 * without a flush, for it must survive the process, not the machine; what it names is tried alone
 * after a crash, so that one message that kills its reader never takes its neighbours with it
 * (libcommon/README.md, "What crashes us"). */
#include "svc/internal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NOTE_BYTES = 64 * 1024 };

struct crash_note {
    char *map;
    int descriptor;
    struct str left;
};

struct crash_note *crash_note_open(const char *folder, const char *room, int number)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%d.crash", folder, room, number);
    struct crash_note *note = must_calloc(1, sizeof *note);
    note->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (note->descriptor < 0 || ftruncate(note->descriptor, NOTE_BYTES) != 0)
        return note; /* without a note a crash is only less well remembered */
    void *map = mmap(NULL, NOTE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, note->descriptor, 0);
    if (map == MAP_FAILED)
        return note;
    note->map = map;
    size_t length = strnlen(note->map, NOTE_BYTES - 1);
    char *copy = must_calloc(length + 1, 1);
    memcpy(copy, note->map, length);
    note->left = (struct str){copy, length};
    return note;
}

void crash_note_close(struct crash_note *note)
{
    crash_note_clear(note);
    if (note->map != NULL)
        munmap(note->map, NOTE_BYTES);
    if (note->descriptor >= 0)
        close(note->descriptor);
    free((void *)(uintptr_t)note->left.ptr);
    free(note);
}

void crash_note_write(struct crash_note *note, const struct bus_message *messages, size_t count)
{
    if (note->map == NULL)
        return;
    autobuf struct buf text = buf_new(NOTE_BYTES - 1);
    for (size_t i = 0; i < count && !text.failed; i++)
        buf_format(&text, "%.*s %d %lld\n", STR_ARG(messages[i].topic), messages[i].partition,
                   (long long)messages[i].offset);
    memcpy(note->map, buf_str(&text).ptr, text.len);
    note->map[text.len] = '\0';
}

void crash_note_clear(struct crash_note *note)
{
    if (note->map != NULL)
        note->map[0] = '\0';
}

struct str crash_note_left(const struct crash_note *note)
{
    return note->left;
}
