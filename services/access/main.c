/* Room access: who may come in, and the facts that say what they may see. */
#include "services/access/scim.h"

enum { BODY = 64 * 1024 };

static const struct setting settings[] = {
    SETTING("R7_ISSUER_KEY", struct access_settings, issuer_key, NULL,
            "file: the issuer's keys, made when there are none", REQUIRED),
    SETTING("R7_ADMIN_PASSWORD_FILE", struct access_settings, administrator_password, NULL,
            "file: the password of \"admin\", the first central administrator", OPTIONAL),
    SETTING(
        "R7_SIGN_IN_URL", struct access_settings, sign_in_url, NULL,
        "https://…: where browsers find this room; without it only r7 signs in by OpenID Connect",
        OPTIONAL),
    SETTING("R7_SIGN_IN_HOSTS", struct access_settings, sign_in_hosts, NULL,
            "identity providers that may be asked: host or host:port, ',' between", OPTIONAL),
    SETTING("R7_SIGN_IN_CA", struct access_settings, sign_in_ca, NULL,
            "file: who vouches for their certificates; absent: those that the system trusts",
            OPTIONAL),
    SETTING("R7_SIGN_IN_SECRETS", struct access_settings, sign_in_secrets, NULL,
            "folder: client secrets, REGION/NAME, mode 0600", OPTIONAL),
    SETTINGS_END};

static const struct route routes[] = {
    {"jwks", HTTP_GET, "/jwks", CALLER_ANYONE, 0, access_jwks},
    {"login", HTTP_POST, "/login", CALLER_ANYONE, 4096, access_login},
    {"providers", HTTP_GET, "/oidc/{tenant}", CALLER_ANYONE, 0, access_providers},
    {"oidcStart", HTTP_GET, "/oidc/{tenant}/{provider}/start", CALLER_ANYONE, 0, access_oidc_start},
    {"oidcCallback", HTTP_GET, "/oidc/{tenant}/{provider}/callback", CALLER_ANYONE, 0,
     access_oidc_callback},
    {"oidcBegin", HTTP_POST, "/oidc/{tenant}/{provider}/begin", CALLER_ANYONE, 4096,
     access_oidc_begin},
    {"oidcFinish", HTTP_POST, "/oidc/{tenant}/{provider}/finish", CALLER_ANYONE, 16384,
     access_oidc_finish},
    {"setProvider", HTTP_PUT, "/sign-in-providers/{provider}", CALLER_PERSON, BODY,
     access_set_provider},
    {"stopProvider", HTTP_DELETE, "/sign-in-providers/{provider}", CALLER_PERSON, 0,
     access_stop_provider},
    {"setSignInRule", HTTP_PUT, "/sign-in-rule", CALLER_PERSON, 4096, access_set_sign_in_rule},
    {"setIdentity", HTTP_PUT, "/users/{user}/identities/{provider}", CALLER_PERSON, 4096,
     access_set_identity},
    {"removeIdentity", HTTP_DELETE, "/users/{user}/identities/{provider}", CALLER_PERSON, 0,
     access_remove_identity},
    {"setBreakGlass", HTTP_PUT, "/users/{user}/break-glass", CALLER_PERSON, 4096,
     access_set_break_glass},
    {"addTenant", HTTP_POST, "/tenants", CALLER_PERSON, BODY, access_add_tenant},
    {"setPrincipal", HTTP_PUT, "/principals/{subject}", CALLER_PERSON, BODY, access_set_principal},
    {"setLogicalAddress", HTTP_PUT, "/logical-addresses/{address}", CALLER_PERSON, BODY,
     access_set_address},
    {"addUser", HTTP_POST, "/users", CALLER_PERSON, BODY, access_add_user},
    {"stopUser", HTTP_DELETE, "/users/{user}", CALLER_PERSON, 0, access_stop_user},
    {"changePassword", HTTP_PUT, "/password", CALLER_PERSON, 4096, access_change_password},
    {"setPassword", HTTP_PUT, "/users/{user}/password", CALLER_PERSON, 4096, access_set_password},
    {"revokeTokens", HTTP_DELETE, "/users/{user}/tokens", CALLER_PERSON, 0, access_revoke_tokens},
    {"addAssignment", HTTP_POST, "/users/{user}/assignments", CALLER_PERSON, BODY,
     access_add_assignment},
    {"stopAssignment", HTTP_DELETE, "/users/{user}/assignments/{assignment}", CALLER_PERSON, 0,
     access_stop_assignment},
    {"setUnit", HTTP_PUT, "/units/{unit}", CALLER_PERSON, BODY, access_set_unit},
    {"getUnit", HTTP_GET, "/units/{unit}", CALLER_PERSON, 0, access_get_unit},
    {"setUnitName", HTTP_PUT, "/units/{unit}/names", CALLER_PERSON, BODY, access_set_unit_name},
    {"setUnitCode", HTTP_PUT, "/units/{unit}/codes", CALLER_PERSON, BODY, access_set_unit_code},
    {"addSuccession", HTTP_POST, "/successions", CALLER_PERSON, BODY, access_add_succession},
    {"setConsumerPolicy", HTTP_PUT, "/consumer-policies", CALLER_PERSON, BODY, access_set_policy},
    {"setPersonFacts", HTTP_PUT, "/persons/facts", CALLER_PERSON, BODY, access_set_person},
    {"addPersonLink", HTTP_POST, "/persons/links", CALLER_PERSON, BODY, access_add_link},
    {"addBlock", HTTP_POST, "/blocks", CALLER_PERSON, BODY, access_add_block},
    {"findBlocks", HTTP_POST, "/blocks/find", CALLER_PERSON, BODY, access_find_blocks},
    {"endBlock", HTTP_DELETE, "/blocks/{block}", CALLER_PERSON, 0, access_end_block},
    {"setBlockSource", HTTP_PUT, "/block-sources/{system}", CALLER_PERSON, BODY,
     access_set_block_source},
    {"liftBlocks", HTTP_POST, "/persons/block-lifts", CALLER_PERSON, BODY, access_lift_blocks},
    {"addProviderAgreement", HTTP_POST, "/provider-agreements", CALLER_PERSON, BODY,
     access_add_agreement},
    {"endProviderAgreement", HTTP_DELETE, "/provider-agreements/{agreement}", CALLER_PERSON, 0,
     access_end_agreement},
    {"addCareRelation", HTTP_POST, "/persons/relations", CALLER_PERSON, BODY, access_add_relation},
    {"addConsent", HTTP_POST, "/persons/consents", CALLER_PERSON, BODY, access_add_consent},
    {"endConsent", HTTP_DELETE, "/consents/{consent}", CALLER_PERSON, 0, access_end_consent},
    {"openEmergency", HTTP_POST, "/emergencies", CALLER_PERSON, BODY, access_open_emergency},
    {"listEmergencies", HTTP_GET, "/emergencies", CALLER_PERSON, 0, access_list_emergencies},
    {"seeEmergency", HTTP_POST, "/emergencies/{emergency}/seen", CALLER_PERSON, 0,
     access_see_emergency},
    {"whoRead", HTTP_POST, "/who-read", CALLER_PERSON, BODY, access_who_read},
    {"addProvisioningToken", HTTP_POST, "/provisioning-tokens", CALLER_PERSON, BODY,
     access_add_provisioning_token},
    {"revokeProvisioningToken", HTTP_DELETE, "/provisioning-tokens/{token}", CALLER_PERSON, 0,
     access_revoke_provisioning_token},
    {"listGroups", HTTP_GET, "/groups", CALLER_PERSON, 0, access_list_groups},
    {"addGroupRule", HTTP_POST, "/groups/{group}/rules", CALLER_PERSON, BODY,
     access_add_group_rule},
    {"endGroupRule", HTTP_DELETE, "/groups/{group}/rules/{rule}", CALLER_PERSON, 0,
     access_end_group_rule},
    /* A provisioning system is known by scim_begin: by its certificate or its token. */
    {"scimServiceProviderConfig", HTTP_GET, SCIM_BASE "/ServiceProviderConfig", CALLER_ANYONE, 0,
     scim_service_provider_config},
    {"scimResourceTypes", HTTP_GET, SCIM_BASE "/ResourceTypes", CALLER_ANYONE, 0,
     scim_resource_types},
    {"scimResourceType", HTTP_GET, SCIM_BASE "/ResourceTypes/{id}", CALLER_ANYONE, 0,
     scim_resource_types},
    {"scimSchemas", HTTP_GET, SCIM_BASE "/Schemas", CALLER_ANYONE, 0, scim_schemas},
    {"scimSchema", HTTP_GET, SCIM_BASE "/Schemas/{id}", CALLER_ANYONE, 0, scim_schemas},
    {"scimSearch", HTTP_POST, SCIM_BASE "/.search", CALLER_ANYONE, SCIM_BODY, scim_search_all},
    {"scimBulk", HTTP_POST, SCIM_BASE "/Bulk", CALLER_ANYONE, SCIM_BODY, scim_bulk},
    {"scimSearchUsers", HTTP_POST, SCIM_BASE "/Users/.search", CALLER_ANYONE, SCIM_BODY,
     scim_search_users},
    {"scimListUsers", HTTP_GET, SCIM_BASE "/Users", CALLER_ANYONE, 0, scim_list_users},
    {"scimAddUser", HTTP_POST, SCIM_BASE "/Users", CALLER_ANYONE, SCIM_BODY, scim_add_user},
    {"scimReadUser", HTTP_GET, SCIM_BASE "/Users/{id}", CALLER_ANYONE, 0, scim_read_user},
    {"scimReplaceUser", HTTP_PUT, SCIM_BASE "/Users/{id}", CALLER_ANYONE, SCIM_BODY,
     scim_replace_user},
    {"scimModifyUser", HTTP_PATCH, SCIM_BASE "/Users/{id}", CALLER_ANYONE, SCIM_BODY,
     scim_modify_user},
    {"scimRemoveUser", HTTP_DELETE, SCIM_BASE "/Users/{id}", CALLER_ANYONE, 0, scim_remove_user},
    {"scimSearchGroups", HTTP_POST, SCIM_BASE "/Groups/.search", CALLER_ANYONE, SCIM_BODY,
     scim_search_groups},
    {"scimListGroups", HTTP_GET, SCIM_BASE "/Groups", CALLER_ANYONE, 0, scim_list_groups},
    {"scimAddGroup", HTTP_POST, SCIM_BASE "/Groups", CALLER_ANYONE, SCIM_BODY, scim_add_group},
    {"scimReadGroup", HTTP_GET, SCIM_BASE "/Groups/{id}", CALLER_ANYONE, 0, scim_read_group},
    {"scimReplaceGroup", HTTP_PUT, SCIM_BASE "/Groups/{id}", CALLER_ANYONE, SCIM_BODY,
     scim_replace_group},
    {"scimModifyGroup", HTTP_PATCH, SCIM_BASE "/Groups/{id}", CALLER_ANYONE, SCIM_BODY,
     scim_modify_group},
    {"scimRemoveGroup", HTTP_DELETE, SCIM_BASE "/Groups/{id}", CALLER_ANYONE, 0, scim_remove_group},
    {0}};

static struct err *start(struct house *house)
{
    const struct access_settings *own = house->settings;
    struct issuer *issuer = NULL;
    if (house->config.vault_locations.len == 0)
        return err_field(ERR_INVALID, "R7_VAULT_LOCATIONS", "not set: the journal lies there");
    TRY(issuer_open(own->issuer_key.ptr, &issuer));
    house->state = issuer;
    return NULL;
}

static const struct svc room = {.name = "access",
                                .summary = "signs tokens, keeps the facts of who may see what",
                                .settings = settings,
                                .settings_size = sizeof(struct access_settings),
                                .sql = access_sql,
                                .routes = routes,
                                .present_error = access_present_error,
                                .journal = &access_journal,
                                .start = start,
                                .housekeep = access_housekeep,
                                .schema = 33};

int main(int argc, char **argv)
{
    return svc_main(&room, argc, argv);
}
