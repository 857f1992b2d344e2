/* Refusals of rooms that answer service contracts. */
#pragma once

#include "http/http.h"

/* HTTP 500 with a SOAP 1.1 fault, the only way one reaches a consumer. */
http_present_error soap_present_fault;
