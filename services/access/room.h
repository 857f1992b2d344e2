/* Room access: who people are and what is known of them, units and persons; the disclosure log. It
 * signs tokens, and it is the only writer of the facts that permission_decide is given. */
#pragma once

#include "domain/permission.h"
#include "services/access/issuer.h"
#include "svc/subject.h"
#include "svc/svc.h"

struct access_settings {
    struct str issuer_key;             /* the issuer's keys; made when there are none */
    struct str log_keys;               /* folder of what signs the log's checkpoints */
    struct str log_name;               /* what they are signed as, before the region's name */
    struct str administrator_password; /* file with the first central administrator's password */
    struct str sign_in_url;            /* where browsers find this room */
    struct str sign_in_hosts;          /* of identity providers that may be asked */
    struct str sign_in_ca;             /* who vouches for their certificates */
    struct str sign_in_secrets;        /* folder of what the room proves itself by to them */
    struct str hsa_url;                /* of the HSA directory; absent: not connected */
    struct str hsa_address;            /* its logical address */
    struct str person_url;             /* of the national person service; absent: not connected */
    struct str person_address;         /* its logical address */
    bool person_test;                  /* it is a test environment: test persons are people */
    struct str blocks_url;             /* of services that keep blocks; absent: not connected */
    struct str consents_url;           /* of services that keep consents; absent: not connected */
    struct str alert_hosts;            /* that alerts are sent to */
    struct str alert_secrets;          /* folder of what signs them */
    struct str alert_ca;               /* who vouches for those hosts and the mail relay */
    struct str alert_mail;             /* the mail relay; absent: no mail is sent */
    struct str alert_from;             /* who sends it */
    struct str national_cert;          /* who we are to national services: PEM files */
    struct str national_key;
    struct str national_ca;
};

/* The region of those who operate the house for all regions (schemas/sql/0002-access.sql). */
enum { TENANT_CENTRAL = 32767 };

#define SQL_DEF "services/access/sql.def"
#include "db/sql_declare.h"
extern const struct sql *const access_sql[];

struct tenant_row {
    int32_t id;
    struct str name;
};
extern const struct field tenant_fields[];

/* A row of which only the id is asked: is there one? */
struct id_row {
    struct uuid id;
};
extern const struct field id_fields[];

/* The end of a fact; `person` nil when it is about nobody. */
struct ending {
    struct uuid id;
    struct uuid person;
    struct instant valid_until;
};
extern const struct field ending_fields[];
/* The answer of a route that makes something: its id. */
void answer_made(struct request *request, struct http_reply *reply, struct uuid id);
/* A parameter of the path that is an id: NOT_FOUND when it is none. */
MUST_USE struct err *param_id(const struct request *request, const char *name, struct uuid *out);

/* The issuer of this process. (login.c) */
const struct issuer *access_issuer(const struct request *request);

/* --- accounts (account.c)
 * ------------------------------------------------------------------------------------ */

/* The first account of a region: an administrator, with one assignment. */
struct account {
    struct uuid user;
    struct str login;
    struct str name;
    struct str password;
    struct str hash; /* of the password; absent when it is not known (the journal has none) */
    enum permission_role role;
};
/* INVALID for a login that is not 2 to 64 of a–z 0–9 . _ @ -. */
MUST_USE struct err *account_check_login(struct str login);
/* Checks the login and fills in the hash. */
MUST_USE struct err *account_hash(struct account *account, struct arena *arena);
/* Plans it, for a region where nobody has a password. Without a hash: in any region, and with its
 * id for a login. */
void account_plan_first(struct plan *plan, const struct account *account, struct instant at);
/* Plans another, beside the first. */
void account_plan_second(struct plan *plan, const struct account *account, struct instant at);
/* Makes the first central administrator from the password file, when there is none. */
MUST_USE struct err *account_central(const struct house *house, struct worker *worker,
                                     struct arena *arena);

/* An account as an administrator makes it (people.c). */
struct user {
    struct uuid id;
    struct str login;
    struct str name;
    struct str hsa_id;
    struct str password;
    struct str hash; /* absent: nobody signs in with a password */
    struct instant active_until;
};
/* What somebody may do (people.c): given to a user, or by a rule to a group's members. */
struct assignment {
    struct uuid id;
    struct uuid user;
    struct str role;
    struct str unit;
    struct str care_unit;
    struct str care_provider;
    struct strs purposes;
    struct strs information_types;
    struct str analysis; /* the id of the needs-and-risk analysis it rests on (analysis.h) */
    struct instant valid_from;
    struct instant valid_until;
};
extern const struct field assignment_body_fields[]; /* as administrators write it */
/* INVALID or FORBIDDEN for a role or purpose that this region does not give; INVALID for what no
 * needs-and-risk analysis in force covers. */
MUST_USE struct err *assignment_check(struct request *request, const struct assignment *body);

/* Counts a try with this login, committed before the password is looked at: THROTTLED when there
 * were too many. (login.c) */
MUST_USE struct err *login_count_try(struct request *request, int32_t tenant, struct str login);

/* The user of the path, of the caller's region. NOT_FOUND when there is none. (people.c) */
MUST_USE struct err *people_find(struct request *request, struct uuid *out);

/* --- changes (change.c)
 * -------------------------------------------------------------------------------------- */

/* A change of facts: a raised version for everyone it concerns, its rows and its line in the
 * journal, in one transaction (S25, S19 in libcommon/README.md). All of it is held (plan_hold): the
 * versions are locks, so that changes of one fact stand in the journal in the order in which they
 * were committed, and what the tables refuse leaves no line. */
/* A change that waits for a second person (proposals.c). */
struct waiting {
    struct uuid proposal; /* nil: it does not wait */
    struct instant expires_at;
    struct str reason;
};

struct change {
    struct plan plan;
    int32_t tenant; /* whose facts; the caller's own until it is set */
    struct uuid by;
    struct instant at;
    struct uuid about; /* nil, or which row it says the whole of (change_replaces) */
    bool again;        /* from the journal: what is newer stands */
    bool everywhere;   /* it concerns the rules of every region */
    struct waiting waiting;
};

/* A kind of change: from its fact to rows. The same function serves who makes the change and who
 * carries out its line. `fields` are what the journal tells: our own ids, times, decisions; never a
 * name, a number or free text about a person (vault/journal.h). Other members of the struct are
 * absent when the fact comes from the journal. */
struct change_kind {
    const char *name;
    const struct field *fields;
    size_t size;
    void (*plan)(struct change *change, const void *fact);
};
extern const struct change_kind change_proposed, change_proposal_decided; /* proposals.c */
extern const struct change_kind change_provisioned, change_group, change_group_rule,
    change_group_rule_ended; /* scim_users.c, scim_groups.c, provisioners.c */
extern const struct change_kind change_tenant, change_principal, change_address, change_user,
    change_password, change_tokens, change_analysis, change_analysis_ended, change_assignment,
    change_assignment_ended, change_unit, change_unit_name, change_unit_code, change_unit_told,
    change_succession, change_policy, change_person, change_link, change_link_revoked,
    change_officer, change_person_service, change_person_told, change_link_told;
extern const struct change_kind change_block, change_block_ended, change_block_source,
    change_block_service, change_lift, change_agreement, change_agreement_ended, change_relation,
    change_consent, change_consent_ended, change_consent_service, change_consent_found,
    change_blocks_checked, change_emergency, change_emergency_seen;
extern const struct change_kind change_review_rules, change_review_period, change_review_decided,
    change_person_marked, change_staff_person, change_alert_acknowledged, change_alert_rule,
    change_alert_receiver; /* REVIEW.md */
extern const struct change_kind change_provider, change_identity, change_sign_in_rule,
    change_break_glass, change_signed_out, change_sign_ins_ended;
/* Stands where the journal has no words. */
#define FROM_JOURNAL "made again from the journal"
struct str told_or_from_journal(struct str told);

/* Begins for a caller who administers the own region (local; central for the central one) … */
MUST_USE struct err *change_begin_own(struct request *request, struct change *out);
/* … the own account … */
MUST_USE struct err *change_begin_self(struct request *request, struct change *out);
/* … who cares for patients, with the assignment that was chosen … */
MUST_USE struct err *change_begin_care(struct request *request, struct change *out,
                                       struct subject *out_subject);
/* … or the house. FORBIDDEN for anybody else. */
MUST_USE struct err *change_begin_central(struct request *request, struct change *out);
/* Whose versions are raised: kind user, person, unit or rules; one, or two of a kind (`other`
 * absent or nil for one). Before any rows. */
void change_concerns(struct change *change, struct str kind, struct str id, struct str other);
void change_concerns_ids(struct change *change, struct str kind, struct uuid id, struct uuid other);
void change_concerns_rules(struct change *change); /* the region's own */
/* … or many. */
void change_concerns_all(struct change *change, struct str kind, struct uuids ids);
/* A row. */
#define CHANGE_SQL(change, sql, ...) plan_hold(&(change)->plan, sql, VALUES(__VA_ARGS__))
/* It tells the whole of one row, by its key: of several such lines the last alone counts. Not where
 * the row's history is told: there each counts at its time (UNLESS_NEWER in sql.def). */
#define CHANGE_REPLACES(change, ...) ((change)->about = UUID_FROM(__VA_ARGS__))
/* Carries it out. */
MUST_USE struct err *change_apply(struct request *request, struct change *change,
                                  const struct change_kind *kind, const void *fact);
/* Plans the raised rules of every region, when it concerns all. */
MUST_USE struct err *change_raise_everywhere(struct db *db, struct change *change);
/* Plans its line. (journal.c) */
MUST_USE struct err *change_plan_line(struct change *change, const struct change_kind *kind,
                                      struct uuid request, const void *fact);
extern const struct journal_reader access_journal;
/* A provisioning system of the change's region is let in, which may have to wait for a second
 * person; or no more, which never does. (central.c) */
MUST_USE struct err *change_provisioner(struct request *request, struct http_reply *reply,
                                        struct change *change, struct str subject, struct str name,
                                        struct instant valid_until, bool revoked);
/* The region of that name: 404 when there is none. */
MUST_USE struct err *change_find_tenant(struct request *request, struct str name, int32_t *out);
/* FIELD `until` is not after FIELD `from`: INVALID. */
MUST_USE struct err *change_check_span(struct instant from, struct instant until);

/* Tokens made before it are those made up to now: a token tells its making in whole seconds, so the
 * next second is the first that is surely later; who signs in before it is given a token of that
 * second (sign_in.c). (sessions.c) */
struct instant session_next_second(struct instant now);

/* --- persons (persons.c)
 * ------------------------------------------------------------------------------------- */

/* An identity as people state it in a body. It never stands in a URL, a log line or a row. */
struct stated_person {
    struct str number;
    struct str id_type;       /* OID; absent: told by the number itself */
    struct str source_system; /* whose number it is, when it is of a system's own making */
};
extern const struct field stated_person_fields[];
/* The pseudonym in the caller's region, by the key that room keys holds. */
MUST_USE struct err *person_find(struct request *request, const struct stated_person *stated,
                                 struct uuid *out);
/* The same, of a member of a body that is one; PATH names it in a refusal. */
MUST_USE struct err *person_read(struct request *request, struct json_text text, const char *path,
                                 struct uuid *out);

/* FORBIDDEN when one of these identities is fictitious and the caller is no named officer; planned
 * to be asked again when the change is written. (officers.c) */
MUST_USE struct err *officer_check(struct request *request, struct change *change,
                                   struct uuids persons);

/* --- routes
 * ---------------------------------------------------------------------------------------------- */
struct err *access_jwks(struct request *request, struct http_reply *reply);
struct err *access_login(struct request *request, struct http_reply *reply);
struct err *access_providers(struct request *request, struct http_reply *reply);
struct err *access_oidc_start(struct request *request, struct http_reply *reply);
struct err *access_oidc_callback(struct request *request, struct http_reply *reply);
struct err *access_oidc_begin(struct request *request, struct http_reply *reply);
struct err *access_oidc_finish(struct request *request, struct http_reply *reply);
struct err *access_oidc_logout(struct request *request, struct http_reply *reply);
struct err *access_oidc_front_logout(struct request *request, struct http_reply *reply);
struct err *access_sign_out(struct request *request, struct http_reply *reply);
struct err *access_set_provider(struct request *request, struct http_reply *reply);
struct err *access_stop_provider(struct request *request, struct http_reply *reply);
struct err *access_set_identity(struct request *request, struct http_reply *reply);
struct err *access_remove_identity(struct request *request, struct http_reply *reply);
struct err *access_set_sign_in_rule(struct request *request, struct http_reply *reply);
struct err *access_set_break_glass(struct request *request, struct http_reply *reply);
struct err *access_add_tenant(struct request *request, struct http_reply *reply);
struct err *access_set_principal(struct request *request, struct http_reply *reply);
struct err *access_set_address(struct request *request, struct http_reply *reply);
struct err *access_add_user(struct request *request, struct http_reply *reply);
struct err *access_put_login(struct request *request, struct http_reply *reply);
struct err *access_stop_user(struct request *request, struct http_reply *reply);
struct err *access_change_password(struct request *request, struct http_reply *reply);
struct err *access_set_password(struct request *request, struct http_reply *reply);
struct err *access_revoke_tokens(struct request *request, struct http_reply *reply);
struct err *access_add_assignment(struct request *request, struct http_reply *reply);
struct err *access_stop_assignment(struct request *request, struct http_reply *reply);
struct err *access_set_unit(struct request *request, struct http_reply *reply);
struct err *access_get_unit(struct request *request, struct http_reply *reply);
struct err *access_list_units(struct request *request, struct http_reply *reply);
struct err *access_refresh_unit(struct request *request, struct http_reply *reply);
struct err *access_set_unit_name(struct request *request, struct http_reply *reply);
struct err *access_set_unit_code(struct request *request, struct http_reply *reply);
struct err *access_add_succession(struct request *request, struct http_reply *reply);
struct err *access_set_policy(struct request *request, struct http_reply *reply);
struct err *access_set_person(struct request *request, struct http_reply *reply);
struct err *access_add_link(struct request *request, struct http_reply *reply);
struct err *access_add_block(struct request *request, struct http_reply *reply);
struct err *access_find_blocks(struct request *request, struct http_reply *reply);
struct err *access_end_block(struct request *request, struct http_reply *reply);
struct err *access_set_block_source(struct request *request, struct http_reply *reply);
struct err *access_set_block_service(struct request *request, struct http_reply *reply);
struct err *access_get_block_service(struct request *request, struct http_reply *reply);
struct err *access_refresh_block_service(struct request *request, struct http_reply *reply);
struct err *access_ask_register(struct request *request, struct http_reply *reply);
struct err *access_lift_blocks(struct request *request, struct http_reply *reply);
struct err *access_add_agreement(struct request *request, struct http_reply *reply);
struct err *access_end_agreement(struct request *request, struct http_reply *reply);
struct err *access_add_relation(struct request *request, struct http_reply *reply);
struct err *access_add_consent(struct request *request, struct http_reply *reply);
struct err *access_end_consent(struct request *request, struct http_reply *reply);
struct err *access_open_emergency(struct request *request, struct http_reply *reply);
struct err *access_list_emergencies(struct request *request, struct http_reply *reply);
struct err *access_see_emergency(struct request *request, struct http_reply *reply);
http_present_error
    access_present_error; /* SCIM's routes have SCIM's errors, contracts faults (scim.c) */
struct err *access_add_provisioning_token(struct request *request, struct http_reply *reply);
struct err *access_revoke_provisioning_token(struct request *request, struct http_reply *reply);
struct err *access_list_groups(struct request *request, struct http_reply *reply);
struct err *access_add_group_rule(struct request *request, struct http_reply *reply);
struct err *access_end_group_rule(struct request *request, struct http_reply *reply);
struct err *access_find_links(struct request *request, struct http_reply *reply);
struct err *access_revoke_link(struct request *request, struct http_reply *reply);
struct err *access_set_officer(struct request *request, struct http_reply *reply);
struct err *access_set_person_service(struct request *request, struct http_reply *reply);
struct err *access_set_consent_service(struct request *request, struct http_reply *reply);
struct err *access_find_consent(struct request *request, struct http_reply *reply);
struct err *access_check_blocks(struct request *request, struct http_reply *reply);
struct err *access_refresh_person(struct request *request, struct http_reply *reply);
struct err *access_ask_person(struct request *request, struct http_reply *reply);
struct err *access_log_extract(struct request *request, struct http_reply *reply);
struct err *access_who_read(struct request *request, struct http_reply *reply);
struct err *access_housekeep(const struct house *house, struct worker *worker, struct arena *arena);
