/* PingForConfiguration 1.0 (riv:itintegration:monitoring): says that the gateway lives, its version
 * and what it serves. It asks nothing of the database, so that it tells of the gateway alone. */
#pragma once

#include "base/clock.h"
#include "text/soap.h"

/* Reads the request to its end. INVALID when it is not what the XSD says. */
MUST_USE struct err *ping_read(const struct soap_request *request, struct arena *arena);
void ping_answer(struct str version, struct instant now, struct buf *out);
