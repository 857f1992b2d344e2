/* librdkafka's mock broker as a process, with the topics that are named, until it is ended. Prints
 * where it listens. It is not Kafka: it keeps the newest 5 MiB of a partition, and knows no ACLs.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <unistd.h>

enum { BROKERS = 1, PARTITIONS = 4 };

int main(int argc, char **argv)
{
    char reason[512] = "";
    rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), reason, sizeof reason);
    rd_kafka_mock_cluster_t *cluster =
        owner != NULL ? rd_kafka_mock_cluster_new(owner, BROKERS) : NULL;
    if (cluster == NULL) {
        fprintf(stderr, "mock_broker: could not start: %s\n", reason);
        return 1;
    }
    for (int i = 1; i < argc; i++)
        if (rd_kafka_mock_topic_create(cluster, argv[i], PARTITIONS, BROKERS) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            return 1;
    printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    for (;;)
        pause();
}
