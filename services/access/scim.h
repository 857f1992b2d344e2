/* The routes of SCIM (RFC 7644): what its files share. A region's directory brings users and groups
 * by them; it sees and changes those that it brought, and no others. */
#pragma once

#include "services/access/room.h"
#include "services/access/scim_filter.h"

enum {
    SCIM_BODY = 1024 * 1024,
    SCIM_PAGE = 500,         /* resources in one answer at most, and when nobody says how many */
    SCIM_SCAN_MAX = 1000000, /* values that one filter is asked of; more is refused (tooMany) … */
    SCIM_SEVERAL_MAX = 100000, /* … and so are more memberships at once */
    SCIM_BULK_MAX = 100        /* operations in one bulk */
};

/* What a bulk has made, by the names that its operations call it. */
struct scim_name {
    struct str name;
    struct uuid id;
};
struct scim_names {
    struct scim_name *at;
    size_t count;
};

/* One thing that the directory asks: an HTTP request, or an operation of a bulk. */
struct scim_ask {
    struct request *request;
    struct uuid by; /* the provisioner, in the journal */
    struct str body;
    struct str if_match;      /* or absent */
    struct scim_names *names; /* of a bulk, or NULL */
    bool unresolved;          /* it named something that no operation has made yet */
};

/* A resource as it is stored. */
struct scim_stored {
    struct uuid id;
    int64_t version;
    struct scim_resource resource;
};
struct scim_found {
    struct scim_stored *at;
    size_t count;
};

/* Which of them: nil or absent is any. */
struct scim_query {
    struct uuid id;
    struct str name; /* userName in small letters; displayName of a group */
    struct str external_id;
    struct str employee_number;
    int64_t offset;
    int64_t limit;
    bool without_several; /* members of groups, groups of users: nobody wants to see them */
};

/* How a kind of resource is kept (scim_users.c, scim_groups.c). */
struct scim_kept {
    struct err *(*load)(struct scim_ask *ask, const struct scim_query *query,
                        struct scim_found *out);
    struct err *(*count)(struct scim_ask *ask, const struct scim_query *query, int64_t *out);
    /* `before` NULL: a new one of this id. CONFLICT when it is not as `before` has it any more. */
    struct err *(*save)(struct scim_ask *ask, struct uuid id, const struct scim_stored *before,
                        const struct scim_resource *after);
    struct err *(*remove)(struct scim_ask *ask, const struct scim_stored *before);
};
extern const struct scim_kept scim_kept_users, scim_kept_groups;
static inline const struct scim_kept *scim_kept(enum scim_kind kind)
{
    return kind == SCIM_USER ? &scim_kept_users : &scim_kept_groups;
}

struct scim_count {
    int64_t count;
};
extern const struct field scim_count_fields[];
/* The version that a row must have; 0 is any. */
struct value scim_version_value(int64_t version);
MUST_USE struct err *scim_check_several(const struct rows *rows);
/* The login that is meant by a userName: in small letters. Absent for the absent. */
struct str scim_login(struct str user_name, struct arena *arena);
/* Plans what the rules of the group give those users, or all (an absent list). (scim_groups.c) */
void scim_plan_given(struct change *change, struct uuid group, struct uuids users);

/* A change on behalf of the provisioner. */
void scim_change_begin(const struct scim_ask *ask, struct change *out);
/* Its meta attributes. */
void scim_put_meta(struct scim_stored *stored, struct instant created, struct instant modified);

/* One by its id, and the four ways to change it (scim_change.c). NOT_FOUND
 * for one that is not the directory's; PRECONDITION when If-Match has another version. */
MUST_USE struct err *scim_find(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                               struct scim_stored *out);
MUST_USE struct err *scim_create(struct scim_ask *ask, enum scim_kind kind,
                                 struct scim_stored *out);
MUST_USE struct err *scim_replace(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                                  struct scim_stored *out);
MUST_USE struct err *scim_modify(struct scim_ask *ask, enum scim_kind kind, struct uuid id,
                                 struct scim_stored *out);
MUST_USE struct err *scim_remove(struct scim_ask *ask, enum scim_kind kind, struct uuid id);

/* The id that the text is, or that an operation of the bulk made as "bulkId:…". NOT_FOUND. */
MUST_USE struct err *scim_resolve(struct scim_ask *ask, struct str text, struct uuid *out);

/* Knows the caller: a provisioner's certificate, or its token. */
MUST_USE struct err *scim_begin(struct request *request, struct http_reply *reply,
                                struct scim_ask *out);
/* An error in SCIM's own shape. */
void scim_error_write(const struct err *e, struct buf *out);
/* "W/\"7\"" */
struct str scim_version(int64_t version, struct arena *arena);
/* Does the header list it (If-Match, If-None-Match), or "*"? */
bool scim_version_listed(struct str list, int64_t version, struct arena *arena);
/* The parameters attributes and excludedAttributes. */
struct scim_selection scim_select(enum scim_kind kind, struct str attributes, struct str excluded);
/* What a provisioning token is known by: "token-" and its digest. (provisioners.c) */
struct str provisioner_subject(struct str token, struct arena *arena);

struct err *scim_service_provider_config(struct request *request, struct http_reply *reply);
struct err *scim_resource_types(struct request *request, struct http_reply *reply);
struct err *scim_schemas(struct request *request, struct http_reply *reply);
struct err *scim_list_users(struct request *request, struct http_reply *reply);
struct err *scim_list_groups(struct request *request, struct http_reply *reply);
struct err *scim_search_users(struct request *request, struct http_reply *reply);
struct err *scim_search_groups(struct request *request, struct http_reply *reply);
struct err *scim_search_all(struct request *request, struct http_reply *reply);
struct err *scim_read_user(struct request *request, struct http_reply *reply);
struct err *scim_read_group(struct request *request, struct http_reply *reply);
struct err *scim_add_user(struct request *request, struct http_reply *reply);
struct err *scim_add_group(struct request *request, struct http_reply *reply);
struct err *scim_replace_user(struct request *request, struct http_reply *reply);
struct err *scim_replace_group(struct request *request, struct http_reply *reply);
struct err *scim_modify_user(struct request *request, struct http_reply *reply);
struct err *scim_modify_group(struct request *request, struct http_reply *reply);
struct err *scim_remove_user(struct request *request, struct http_reply *reply);
struct err *scim_remove_group(struct request *request, struct http_reply *reply);
struct err *scim_bulk(struct request *request, struct http_reply *reply);
