#!/usr/bin/env bash
# A private Apache Kafka of one node, taken from Maven Central as pom.xml says. It speaks TLS with client certificates
# only and lets nobody but `admin` do anything that an ACL does not allow; its data is kept in var/kafka/data.
#
#   kafka.sh start | stop | status
#   kafka.sh launch            as start, without waiting for it to answer
#   kafka.sh address           where it listens
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

home=$var/kafka
keys=$var/keys
log=$home/log

# find_java: sets `java` to the command that all of Kafka's programs begin with.
find_java() {
    local program=${JAVA_HOME:+$JAVA_HOME/bin/}java version
    version=$("$program" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || true
    [ "${version:-0}" -ge 17 ] || fail "Kafka needs Java 17 or newer and found ${version:-none}:" \
        "install openjdk-17-jre-headless, or name an existing Kafka in KAFKA_BOOTSTRAP"
    java=("$program" -Xmx256m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError
        -Djava.util.logging.config.file="$home/logging.properties" -cp "$home/lib/*")
}

# The jars are copied once for each pom.xml; the folder appears when it is complete.
take_jars() {
    ! cmp -s "$here/pom.xml" "$home/lib/pom.xml" || return 0
    command -v mvn >/dev/null || fail "there is no Kafka: neither jars in $home/lib, nor Maven (the program mvn) to" \
        "fetch them, nor an existing Kafka in KAFKA_BOOTSTRAP"
    rm -rf "$home/lib.new"
    long_step "taking Apache Kafka from Maven Central" "$var/log/maven.log" mvn -B -C -f "$here/pom.xml" \
        dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home/lib.new" ||
        fail_with_log "$var/log/maven.log" "could not take Apache Kafka from Maven Central: is the network there?" \
            "KAFKA_BOOTSTRAP may name an existing Kafka instead"
    rm -rf "${home:?}/lib"
    cp "$here/pom.xml" "$home/lib.new/"
    mv "$home/lib.new" "$home/lib"
}

# Certificates whose subject is a CN and nothing else give that CN as principal; any other subject is itself, whole,
# and no ACL names it.
configure() {
    (umask 077 && cat "$keys/kafka.key" "$keys/kafka.crt" >"$home/kafka.pem")
    cat >"$home/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=CLIENTS://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=CLIENTS:SSL,CONTROLLER:SSL
inter.broker.listener.name=CLIENTS
controller.listener.names=CONTROLLER

ssl.client.auth=required
ssl.enabled.protocols=TLSv1.3
ssl.keystore.type=PEM
ssl.keystore.location=$home/kafka.pem
ssl.truststore.type=PEM
ssl.truststore.location=$keys/ca.crt
ssl.principal.mapping.rules=RULE:^CN=([a-z0-9-]+)\$/\$1/,DEFAULT
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:kafka

log.dirs=$home/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=3000

# After a kill the same broker is let in again when its last session has ended.
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=4000

# A package of 32 MiB is a message, and its headers need room.
message.max.bytes=34603008
replica.fetch.max.bytes=34603008

num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=16777216
EOF
}

# The log of Kafka itself is bounded: two files of 4 MiB.
configure_log() {
    cat >"$home/logging.properties" <<EOF
handlers=java.util.logging.FileHandler
.level=WARNING
kafka.server.level=INFO
java.util.logging.FileHandler.pattern=$log.%g
java.util.logging.FileHandler.limit=4194304
java.util.logging.FileHandler.count=2
java.util.logging.FileHandler.append=true
java.util.logging.FileHandler.formatter=java.util.logging.SimpleFormatter
java.util.logging.SimpleFormatter.format=%1\$tFT%1\$tT.%1\$tL %4\$s %3\$s: %5\$s%6\$s%n
EOF
}

format_storage() {
    [ ! -e "$home/data/meta.properties" ] || return 0
    say "preparing Kafka's storage"
    "${java[@]}" kafka.tools.StorageTool format --cluster-id="$(openssl rand -base64 16 | tr '+/' '-_' | tr -d =)" \
        --config "$home/server.properties" >"$var/log/kafka-format.log" 2>&1 ||
        fail_with_log "$var/log/kafka-format.log" "could not prepare Kafka's storage in $home/data"
}

# --- readiness -----------------------------------------------------------------------------------
client() {
    cat <<EOF
bootstrap.servers=127.0.0.1:$port
security.protocol=ssl
ssl.ca.location=$keys/ca.crt
ssl.certificate.location=$keys/$1.crt
ssl.key.location=$keys/$1.key
EOF
}

answers() {
    kcat -F "$home/admin.conf" -L -m 2 >"$var/log/kafka-ready.log" 2>&1
}

answers_or_gone() {
    answers || process_gone kafka
}

# --- commands ------------------------------------------------------------------------------------
launch() {
    process_gone kafka || return 0
    mkdir -p "$home"
    find_java
    take_jars
    port=$(free_port kafka 9093)
    controller=$(free_port kafka-controller 9094)
    configure
    configure_log
    client admin >"$home/admin.conf"
    format_storage
    process_start kafka "$home/out" "${java[@]}" kafka.Kafka "$home/server.properties"
}

start() {
    launch
    wait_until 180 answers_or_gone || fail_with_log "$log.0" "Kafka runs but does not answer on $(address)"
    ! process_gone kafka || fail_with_log "$home/out" "Kafka ended while it started"
}

stop() {
    process_stop kafka 30
}

status() {
    process_gone kafka && { echo "Kafka is down" && return 1; }
    answers || { echo "Kafka runs but does not answer" && return 1; }
    echo "Kafka is up: $(address)"
}

address() {
    sed -n 's/^bootstrap.servers=//p' "$home/admin.conf"
}

case ${1-} in
launch | start | stop | status | address) "$1" ;;
*) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
