#!/usr/bin/env python3
"""Nobody of one region learns anything of another: every route of every room, as schemas/openapi tells them, is asked by each
of region A's people, by its source system and by nobody, once about a thing that region B has and once about one that does
not exist. Both answers must be the same, but for the ids in them, and no row of region B may be another afterwards.

    isolation.py        beside a demo house whose var/demo/env is sourced, with nothing else going on in region B

One line for each check that fails, then `N passed, N failed`. walk.py tells how a new route is walked by itself.
"""
import sys

from walk import Owner, both, check, operations, people, system, tell, walk

region_b = Owner("region-b")
# Region B's own do see a difference: the questions are good ones.
seen = set()
for told in operations():
    if told[1] == "get" and "{" in told[2]:
        for caller in {**people(["berit", "bo"]), **system("region-b", "kammaren")}.values():
            real, other = both(region_b, told, caller)
            if real[0] != other[0] and real[0].startswith("HTTP/1.1 200"):
                seen.add(told[4]["operationId"])
check("region B's own see what is theirs", {"getRecord", "getRecordContent", "getReport", "getDelivery"} <= seen, seen)
walk(region_b, {**people(["nora", "arne", "rut", "lage", "ada"]), **system("region-a", "kurvan"), "nobody": {}})
sys.exit(tell())
