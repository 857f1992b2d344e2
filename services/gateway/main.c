/* Room gateway: answers national service contracts. */
#include "services/gateway/room.h"

#include "svc/soap_fault.h"

static const struct route routes[] = {
    {"askContract", HTTP_POST, "*", CALLER_PLATFORM, GATEWAY_BODY_MAX, gateway_answer}, {0}};

static const struct svc gateway = {.name = "gateway",
                                   .summary = "answers national service contracts",
                                   .sql = gateway_sql,
                                   .reads_packages = true,
                                   .routes = routes,
                                   .present_error = soap_present_fault,
                                   .schema = 52};

int main(int argc, char **argv)
{
    return svc_main(&gateway, argc, argv);
}
