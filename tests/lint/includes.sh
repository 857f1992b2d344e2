#!/usr/bin/env bash
# Includes only go down: services, then svc, http, bus, db, validate, content, scan, format, vault, print, tlog, text, domain, base. A room includes no other
# room; the outside libraries stand behind one folder each (a test may use them to look from the other side).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git ls-files 'libcommon/*.[ch]' 'services/*.[ch]' | xargs awk '
    BEGIN {
        layers = split("base domain text tlog print vault format scan content validate db bus http svc", name)
        for (i = 1; i <= layers; i++) level[name[i]] = i
        home["microhttpd.h"] = home["curl/"] = "http"; home["librdkafka/"] = "bus"; home["libpq-fe.h"] = "db"
        home["jansson.h"] = home["libxml/"] = home["utf8proc.h"] = "text"; home["cairo/"] = "print"
        excused["libcommon/svc/main.c curl/curl.h"]     # the process begins libcurl before it has threads
    }
    FNR == 1 {split(FILENAME, at, "/"); mine = at[1] == "services" ? layers + 1 : level[at[2]]; room = at[2]; seen = 0}
    !/^#include/ {next}
    {split($0, part, /[<>"]/); file = part[2]; split(file, to, "/")}
    (FILENAME " " file) in excused {next}
    $0 ~ /"/ && to[1] == "services" && (at[1] != "services" || to[2] != room) {complain("of another room")}
    $0 ~ /"/ && (to[1] in level) && level[to[1]] > mine {complain("which stands above it")}
    /</ {for (l in home) if (index(file, l) == 1 && !(at[1] == "libcommon" && at[2] == home[l])) complain("which only libcommon/" home[l] " may")}
    function complain(why) {printf "%s:%d includes %s, %s\n", FILENAME, FNR, file, why; bad = 1}
    END {exit bad}'
