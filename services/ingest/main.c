/* Room ingest: the door for deliveries, their milestones and receipts. */
#include "services/ingest/acceptance.h"
#include "services/ingest/gather.h"
#include "services/ingest/object.h"
#include "services/ingest/sealed.h"
#include "services/ingest/upload.h"
#include "svc/svc_sql.h"

static const struct svc_sql tables = SVC_SQL("ingest");

#define MILESTONE(topic_, type_, fields_, decide_)                                                 \
    {                                                                                              \
        .topic = (topic_), .fields = (fields_), .data_size = sizeof(type_),                        \
        .facts_size = sizeof(struct milestone_facts), .load = milestone_load, .decide = (decide_)  \
    }

enum { RECORDS_AT_ONCE = 500 };

static const struct input inputs[] = {
    {.topic = "^deliveries\\.[a-z0-9-]+\\.[a-z0-9-]+$",
     .facts_size = sizeof(struct door_facts),
     .read_raw = door_read,
     .opens = sealed_opens,
     .load = door_load,
     .ask_keys = door_keys,
     .decide = door_decide,
     .joins = gather_joins,
     .places = &gather_places,
     .batch = RECORDS_AT_ONCE},
    {.topic = TOPIC_GATHERING_CLOSED,
     .fields = gathering_closed_fields,
     .data_size = sizeof(struct gathering_closed),
     .facts_size = sizeof(struct closed_facts),
     .load = closed_load,
     .ask_keys = closed_keys,
     .decide = closed_decide,
     .batch = 1}, /* a package each */
    MILESTONE(TOPIC_DELIVERY_VALIDATED, struct delivery_validated, delivery_validated_fields,
              validated_decide),
    MILESTONE(TOPIC_DELIVERY_REJECTED, struct delivery_rejected, delivery_rejected_fields,
              rejected_decide),
    MILESTONE(TOPIC_PACKAGE_STORED, struct package_stored, package_stored_fields, stored_decide),
    MILESTONE(TOPIC_PACKAGE_INDEXED, struct package_indexed, package_indexed_fields,
              indexed_decide),
    MILESTONE(TOPIC_PACKAGE_REMOVED, struct package_removed, package_removed_fields,
              removed_decide),
    {0}};

static const struct route routes[] = {
    {"listDeliveries", HTTP_GET, "/deliveries", CALLER_PERSON, 0, ingest_list_deliveries},
    {"getDelivery", HTTP_GET, "/deliveries/{delivery}", CALLER_PERSON, 0, ingest_get_delivery},
    {"acceptDelivery", HTTP_POST, "/deliveries/{delivery}/acceptance", CALLER_PERSON, 16 * 1024,
     ingest_accept},
    {"returnDelivery", HTTP_POST, "/deliveries/{delivery}/return", CALLER_PERSON, 16 * 1024,
     ingest_return},
    {"putFormatRuling", HTTP_PUT, "/format-policy", CALLER_PERSON, 16 * 1024, ingest_put_ruling},
    {"listFormatRulings", HTTP_GET, "/format-policy", CALLER_PERSON, 0, ingest_list_rulings},
    {"getAgreement", HTTP_GET, "/agreements/{agreement}", CALLER_SYSTEM, 0, ingest_get_agreement},
    {"listRecords", HTTP_GET, "/deliveries/{delivery}/records", CALLER_SYSTEM, 0,
     ingest_list_records},
    {"getProgress", HTTP_GET, "/deliveries/{delivery}/progress", CALLER_SYSTEM, 0,
     ingest_get_progress},
    {"putAgreement", HTTP_PUT, "/agreements/{agreement}", CALLER_PERSON, 64 * 1024,
     ingest_put_agreement},
    {"listSetAside", HTTP_GET, "/set-aside", CALLER_PERSON, 0, ingest_list_set_aside},
    {"getSetAside", HTTP_GET, "/set-aside/{message}", CALLER_PERSON, 0, ingest_get_set_aside},
    {"retrySetAside", HTTP_POST, "/set-aside/{message}/retry", CALLER_PERSON, 0,
     ingest_retry_set_aside},
    {"discardSetAside", HTTP_POST, "/set-aside/{message}/discard", CALLER_PERSON, 64 * 1024,
     ingest_discard_set_aside},
    {"uploadOptions", HTTP_OPTIONS, "/uploads", CALLER_ANYONE, 0, upload_options},
    {"createUpload", HTTP_POST, "/uploads", CALLER_SYSTEM, 0, upload_create},
    {"headUpload", HTTP_HEAD, "/uploads/{upload}", CALLER_SYSTEM, 0, upload_head},
    {"takeUpload", HTTP_PATCH, "/uploads/{upload}", CALLER_SYSTEM, HTTP_IN_PIECES, upload_take},
    {"terminateUpload", HTTP_DELETE, "/uploads/{upload}", CALLER_SYSTEM, 0, upload_terminate},
    {0}};

static const struct svc ingest = {.name = "ingest",
                                  .summary =
                                      "takes deliveries in, keeps their milestones, sends receipts",
                                  .settings = ingest_setting_table,
                                  .settings_size = sizeof(struct ingest_settings),
                                  .sql = ingest_sql,
                                  .tables = &tables,
                                  .inputs = inputs,
                                  .errand = object_errand,
                                  .routes = routes,
                                  .present_error = upload_present_error,
                                  .journal = &ingest_journal,
                                  .housekeep = ingest_housekeep,
                                  .schema = 55};

int main(int argc, char **argv)
{
    return svc_main(&ingest, argc, argv);
}
