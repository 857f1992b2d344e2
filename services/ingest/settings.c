/* What room ingest is told. */
#include "services/ingest/gather.h"

const struct setting ingest_setting_table[] = {
    SETTING("R7_UPLOAD_LEASE", struct ingest_settings, upload_lease, "604800",
            "seconds that an upload is kept after its last bytes", OPTIONAL, .min = 61,
            .max = 31536000),
    SETTING("R7_UPLOAD_LOCK", struct ingest_settings, upload_lock, "20",
            "seconds that a silent writer of an upload keeps others out", OPTIONAL, .min = 1,
            .max = 3600),
    SETTING("R7_UPLOADS_MAX", struct ingest_settings, uploads_max, "16",
            "unfinished uploads that a system may have", OPTIONAL, .min = 1, .max = 10000),
    SETTING("R7_STAGING_RESERVE", struct ingest_settings, staging_reserve, "1073741824",
            "bytes of the first location that no upload may count on", OPTIONAL, .min = 0),
    SETTING("R7_GATHER_RECORDS", struct ingest_settings, gather.records, "10000",
            "single records become a delivery when there are so many", OPTIONAL, .min = 1,
            .max = GATHER_RECORDS_MAX),
    SETTING("R7_GATHER_BYTES", struct ingest_settings, gather.bytes, "67108864",
            "or so many bytes of them", OPTIONAL, .min = 1, .max = GATHER_BYTES_MAX),
    SETTING("R7_GATHER_SECONDS", struct ingest_settings, gather.seconds, "300",
            "or when the first has waited so long; looked at each minute", OPTIONAL, .min = 1,
            .max = 86400),
    SETTING("R7_OBJECT_STORE_KEYS", struct ingest_settings, store_keys, NULL,
            "the folder of the keys to object stores, <region>/<name>, mode 0600", OPTIONAL),
    SETTING("R7_OBJECT_STORE_CA", struct ingest_settings, store_ca, NULL,
            "PEM file: who signs the object stores' certificates (else as the system has it)",
            OPTIONAL),
    SETTINGS_END};
