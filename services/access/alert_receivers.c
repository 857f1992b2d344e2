/* Where a region's alerts are sent, and when to whom else. */
#include "http/mail.h"
#include "services/access/alerts.h"
#include "services/access/provider.h"
#include "services/access/shared_secret.h"
#include "text/json.h"

struct alert_rule {
    int32_t escalate_minutes;
    struct str decided_by;
};
static const struct field rule_body_fields[] = {
    FIELD(struct alert_rule, escalate_minutes, REQUIRED, .min = 1, .max = 10080),
    FIELD(struct alert_rule, decided_by, REQUIRED, .min = 1, .max = 200), FIELDS_END};
static const struct field rule_fields[] = {FIELD(struct alert_rule, escalate_minutes, REQUIRED),
                                           FIELDS_END};

static void plan_rule(struct change *change, const void *fact)
{
    const struct alert_rule *r = fact;
    CHANGE_REPLACES(change, S("alert_rule"));
    CHANGE_SQL(change, &access_put_alert_rule, V(r->escalate_minutes),
               V(told_or_from_journal(r->decided_by)));
}
const struct change_kind change_alert_rule = {"alert_rule", rule_fields, sizeof(struct alert_rule),
                                              plan_rule};

struct err *access_set_alert_rule(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct alert_rule rule = {0};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, rule_body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &rule));
    reply->status = 204;
    return change_apply(request, &change, &change_alert_rule, &rule);
}

/* --- receivers
 * -------------------------------------------------------------------------------------- */

static const struct field body_fields[] = {
    FIELD(struct alert_receiver, step, REQUIRED, .min = 1, .max = 2),
    FIELD(struct alert_receiver, address, REQUIRED, .min = 1, .max = 500),
    FIELD(struct alert_receiver, secret, OPTIONAL, .min = 1, .max = 64), FIELDS_END};
/* A mailbox may be a person's. */
static const struct field whole_fields[] = {FIELD(struct alert_receiver, name, REQUIRED),
                                            FIELD(struct alert_receiver, step, REQUIRED),
                                            FIELD(struct alert_receiver, address, REQUIRED),
                                            FIELD(struct alert_receiver, secret, OPTIONAL),
                                            FIELD(struct alert_receiver, stopped_at, OPTIONAL),
                                            FIELDS_END};

static void plan_receiver(struct change *change, const void *fact)
{
    const struct alert_receiver *r = fact;
    CHANGE_REPLACES(change, S("alert_receiver"), r->name);
    CHANGE_SQL(change, &access_put_alert_receiver, V(r->name), V(r->step), V(r->address),
               V(r->secret), V(change->at), V(r->stopped_at));
}
const struct change_kind change_alert_receiver = {"alert_receiver", whole_fields,
                                                  sizeof(struct alert_receiver), plan_receiver};

static bool is_name(struct str name)
{
    return name.len > 0 && name.len <= 32 && name.ptr[0] >= 'a' && name.ptr[0] <= 'z' &&
           shared_secret_is_name(name) && str_find(name, '.') == name.len &&
           str_find(name, '_') == name.len;
}

static struct err *check_mail(const struct access_settings *settings, struct str mailbox)
{
    struct str hosts = settings->alert_hosts;
    struct str host;
    if (settings->alert_mail.len == 0)
        return err_field(ERR_INVALID, "address", "this house sends no mail (R7_ALERT_MAIL)");
    if (!mail_is_address(mailbox))
        return err_field(ERR_INVALID, "address", "not the address of a mailbox");
    struct str of = str_slice(mailbox, str_find(mailbox, '@') + 1, mailbox.len);
    while (hosts.len > 0 && str_cut(&hosts, ',', &host))
        if (str_equal(str_trim(host), of))
            return NULL;
    return err_field(ERR_INVALID, "address", "at no host that alerts are sent to (R7_ALERT_HOSTS)");
}

struct err *alert_receiver_check(const struct access_settings *settings,
                                 const struct alert_receiver *r)
{
    if (!is_name(r->name))
        return err_field(ERR_INVALID, "receiver", "not a-z, then a-z, 0-9 and hyphens");
    if (str_starts(r->address, S("mailto:")))
        return r->secret.len == 0 ? check_mail(settings, str_slice(r->address, 7, r->address.len))
                                  : err_field(ERR_INVALID, "secret", "a mail is not signed");
    if (!provider_may_be_asked(settings->alert_hosts, r->address))
        return err_field(ERR_INVALID, "address",
                         "not mailto: or https://, or at no host that alerts are sent to "
                         "(R7_ALERT_HOSTS)");
    if (r->secret.len == 0 || !shared_secret_is_name(r->secret))
        return err_field(ERR_INVALID, "secret", "the name of the file that signs it");
    return NULL;
}

struct err *access_set_alert_receiver(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct alert_receiver receiver = {.name = http_param(&request->match, "receiver")};
    TRY(change_begin_own(request, &change));
    TRY(json_read(request->body, body_fields, JSON_REFUSE_UNKNOWN, "", request->arena, &receiver));
    TRY(alert_receiver_check(request->house->settings, &receiver));
    reply->status = 204;
    return change_apply(request, &change, &change_alert_receiver, &receiver);
}

struct err *access_stop_alert_receiver(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rows rows = {0};
    TRY(change_begin_own(request, &change));
    TRY(request_rows(request, &access_select_alert_receiver, whole_fields,
                     sizeof(struct alert_receiver), &rows,
                     VALUES(V(http_param(&request->match, "receiver")))));
    if (rows.count == 0)
        return err_new(ERR_NOT_FOUND, "there is no such receiver");
    struct alert_receiver *receiver = ROW(struct alert_receiver, rows, 0);
    receiver->stopped_at = request->now;
    reply->status = 204;
    return change_apply(request, &change, &change_alert_receiver, receiver);
}

struct receiver_row {
    struct str name;
    int32_t step;
    struct str address;
    int32_t failures;
    struct instant failed_at;
    struct str failure;
    struct instant delivered_at;
};
static const struct field row_fields[] = {FIELD(struct receiver_row, name, REQUIRED),
                                          FIELD(struct receiver_row, step, REQUIRED),
                                          FIELD(struct receiver_row, address, REQUIRED),
                                          FIELD(struct receiver_row, failures, REQUIRED),
                                          FIELD(struct receiver_row, failed_at, OPTIONAL),
                                          FIELD(struct receiver_row, failure, OPTIONAL),
                                          FIELD(struct receiver_row, delivered_at, OPTIONAL),
                                          FIELDS_END};

struct err *access_list_alert_receivers(struct request *request, struct http_reply *reply)
{
    struct change change;
    struct rows rows = {0};
    (void)reply;
    TRY(change_begin_own(request, &change));
    TRY(request_rows(request, &access_select_alert_receivers, row_fields,
                     sizeof(struct receiver_row), &rows, NO_VALUES));
    buf_put(request->out, S("{\"receivers\":"));
    json_write_list(row_fields, rows.at, sizeof(struct receiver_row), rows.count, request->out);
    buf_byte(request->out, '}');
    return NULL;
}
