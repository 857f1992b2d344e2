/* Reading what a command is given. */
#include "cli.h"

#include <errno.h>
#include <unistd.h>

struct err *cli_read(int descriptor, struct buf *out)
{
    enum { PIECE = 64 * 1024 };
    for (;;) {
        char *at = buf_reserve(out, PIECE);
        ssize_t got = at != NULL ? read(descriptor, at, PIECE) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(ERR_INVALID, "could not read it");
        if (got == 0)
            return buf_done(out, "the file");
        out->len += (size_t)got;
    }
}
