/* Room keys: wraps and unwraps file keys, for stated purposes, logged. */
#include "services/keys/room.h"

static const struct setting settings[] = {SETTING("R7_KEYS_DIR", struct keys_settings, folder, NULL,
                                                  "the folder with tenants/<name>/", REQUIRED),
                                          SETTINGS_END};

static const struct route routes[] = {
    {"newKeys", HTTP_POST, "/keys", CALLER_ROOM, 64 * 1024, keys_new},
    {"unwrapKeys", HTTP_POST, "/keys/unwrap", CALLER_ROOM, 256 * 1024, keys_unwrap},
    {"destroyKeys", HTTP_POST, "/keys/destroy", CALLER_ROOM, 4 * 1024, keys_destroy},
    {"openHeaders", HTTP_POST, "/keys/open", CALLER_ROOM, 512 * 1024, keys_open},
    {"pseudonymKey", HTTP_GET, "/tenants/{tenant}/pseudonym-key", CALLER_ROOM, 0,
     keys_pseudonym_key},
    {"deliveryRecipient", HTTP_GET, "/tenants/{tenant}/delivery-recipient", CALLER_ROOM, 0,
     keys_delivery_recipient},
    {0}};

static const struct svc keys = {.name = "keys",
                                .summary =
                                    "wraps and unwraps file keys, for stated purposes, logged",
                                .settings = settings,
                                .settings_size = sizeof(struct keys_settings),
                                .sql = keys_sql,
                                .routes = routes,
                                .housekeep = keys_housekeep,
                                .schema = 42};

int main(int argc, char **argv)
{
    return svc_main(&keys, argc, argv);
}
