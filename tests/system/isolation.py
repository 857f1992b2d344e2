#!/usr/bin/env python3
"""Nobody of one region learns anything of another: every route of every room, as schemas/openapi tells them, is asked by each
of region A's people, by its source system and by nobody, once about a thing that region B has and once about one that does
not exist. Both answers must be the same, but for the ids in them, and no row of region B may be another afterwards.

    isolation.py        beside a demo house whose var/demo/env is sourced, with nothing else going on in region B

A new route is covered by itself: its path, query and body are filled by the names in its OpenAPI document. A name that
stands for a thing is that of a table, or stands in THINGS. One line for each check that fails, then `N passed, N failed`.
"""
import glob
import json
import os
import re
import subprocess
import sys
import uuid

import yaml

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN = re.compile(r'"(token-[0-9a-f]{64}|r7p_[\w-]{43,})"')  # made anew for each who asks
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
B = "(select id from access.tenant where name = 'region-b')"
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED ", what, detail)


def query(sql):
    """As the superuser: row-level security is not what tells here."""
    run = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", os.environ["R7_DATABASE_URL"], "-c", sql]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()


# --- things of region B
# What is not called by the name of its table.
THINGS = {
    "record": f"select package || '-' || shard || '-' || part || '-' || number from indexing.record where tenant = {B} limit 1",
    "system": f"select name from access.principal where tenant = {B} limit 1",
    "subject": f"select subject from access.principal where tenant = {B} limit 1",
    "address": f"select address from access.logical_address where tenant = {B} limit 1",
    "source_system": f"select address from access.logical_address where tenant = {B} limit 1",
    "care_provider": f"select care_provider from access.unit where tenant = {B} limit 1",
    "care_unit": f"select care_unit from access.unit where tenant = {B} and care_unit is not null limit 1",
    "successor": f"select id from access.unit where tenant = {B} limit 1",
    "login": f"select login from access.\"user\" where tenant = {B} limit 1",
    "ids": f"select id from keys.header where tenant = {B} limit 1",
}
# What is nobody's.
COMMON = {"type": "care", "purpose": "care", "number": "990000000777", "service": "SE5565594230-NPO", "information_type": "care",
          "reader": "files", "role": "care_staff", "password": "none of theirs", "current": "none of theirs", "limit": 10}
found = {}


def table_of(name):
    rows = query("select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                 f" where c.relname = '{name}' and c.relkind in ('r', 'p') and (select count(*) from pg_attribute a"
                 " where a.attrelid = c.oid and a.attname in ('id', 'tenant')) = 2 order by n.nspname limit 1")
    return rows[0] if rows else None


def thing(name, schema):
    """What region B has of that name; None when the name stands for no thing."""
    if name not in found:
        if name == "tenant":
            numbers = schema.get("type") == "integer"
            found[name] = None if numbers else "region-b"
            return int(query(f"select {B}")[0]) if numbers else "region-b"
        sql = THINGS.get(name)
        if sql is None and re.fullmatch(r"[a-z_]+", name) and name not in COMMON:
            table = table_of(name)
            sql = table and f"select id from {table} where tenant = {B} limit 1"
        rows = query(sql) if sql else []
        if sql and not rows:
            print(f"left out: region B has nothing called {name}; one that does not exist stands in for it")
            rows = [str(uuid.uuid4())]
        found[name] = rows[0] if rows else None
    return found[name]


def twin(value):
    """One of the same form that does not exist."""
    if isinstance(value, int):
        return 32000
    ids = {m.group(0): str(uuid.uuid4()) for m in UUID.finditer(value)}
    if ids:
        for one, other in ids.items():
            value = value.replace(one, other)
        return value
    return value[:-1] + ("x" if value[-1] != "x" else "y") if value[-1].isalpha() else value[:-1] + str((int(value[-1]) + 7) % 10)


class Filling:
    """Values for the names of an operation; those of things are region B's, or their twins."""

    def __init__(self, document, twins):
        self.document, self.twins = document, twins

    def resolve(self, node):
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def at(self, reference):
        node = self.document
        for step in reference.lstrip("#/").split("/"):
            node = node[step]
        return node

    def value(self, name, schema):
        schema = self.resolve(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("type") == "object" or "properties" in schema:
            return {n: self.value(n, s) for n, s in schema.get("properties", {}).items()
                    if n in schema.get("required", []) or n in THINGS}
        if schema.get("type") == "array":
            return [self.value(name, schema.get("items", {}))]
        real = thing(name, schema)
        if real is not None:
            twins[name] = twins.get(name) or twin(real)
            return twins[name] if self.twins else real
        return COMMON.get(name, self.plain(schema))

    @staticmethod
    def plain(schema):
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "string")
        if kind in ("integer", "number"):
            return max(1, schema.get("minimum", 1))
        if kind == "boolean":
            return False
        return {"uuid": str(uuid.UUID(int=7)), "date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01"}.get(
            schema.get("format"), "x" * max(1, schema.get("minLength", 1)))


twins = {}


# --- asking
def people(names):
    return {n: ["-H", "Authorization: Bearer " + os.environ[f"R7_TOKEN_{n.upper()}"]] for n in names}


def system(region, name):
    certificate = f"{os.environ['R7_KEYS']}/system-{region}-{name}"
    return {name: ["--cert", certificate + ".crt", "--key", certificate + ".key"]}


CALLERS_OF_A = {**people(["nora", "arne", "rut", "lage", "ada"]), **system("region-a", "kurvan"), "nobody": []}
CALLERS_OF_B = {**people(["berit", "bo"]), **system("region-b", "kammaren")}


def ask(room, method, address, item, operation, document, caller, twins_too):
    filling = Filling(document, twins_too)
    arguments, parts = [], []
    for parameter in map(filling.resolve, item.get("parameters", []) + operation.get("parameters", [])):
        name, schema = parameter["name"], parameter.get("schema", {})
        if parameter["in"] == "path":
            address = address.replace("{%s}" % name, str(filling.value(name, schema)))
        elif parameter["in"] == "query" and (parameter.get("required") or thing(name, filling.resolve(schema)) is not None):
            parts.append(f"{name}={filling.value(name, schema)}")
        elif parameter["in"] == "header" and parameter.get("required"):
            arguments += ["-H", f"{name}: {filling.value(name, schema)}"]
    content = filling.resolve(operation.get("requestBody", {})).get("content", {})
    for kind, body in content.items():
        data = json.dumps(filling.value("", body.get("schema", {}))) if "json" in kind else "x"
        arguments += ["-H", f"Content-Type: {kind}", "--data-binary", data]
        break
    url = os.environ[f"R7_{room.upper()}_URL"] + address + ("?" + "&".join(parts) if parts else "")
    run = ["curl", "-s", "-m", "20", "--cacert", os.environ["R7_CA"], "-D", "-", *caller, *arguments, url]
    run += ["-I"] if method == "head" else ["-X", method.upper()]
    text = subprocess.run(run, capture_output=True, check=False).stdout.decode("utf-8", "replace")
    return plain_answer(text)


def plain_answer(text):
    """Without what differs between any two answers: times, ids, and the things that were asked about, now or before: an
    answer may tell what the caller has said."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    for name in twins:
        for value in (thing(name, {}), twins[name]):
            head, body = (t.replace(str(value), f"<{name}>") if value is not None and not isinstance(value, int) else t for t in (head, body))
    lines = [l for l in head.split("\n") if not l.lower().startswith(("date:", "content-length:"))]
    return "\n".join(lines + [TOKEN.sub('"<token>"', TIME.sub("<time>", UUID.sub("<id>", body)))])


def rows_of_b():
    """A digest of every table's rows of region B. Tries to sign in are counted for logins that do not exist, too,
    and folders in staging are swept by the clock."""
    tables = query("select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                   " join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' where c.relkind in ('r', 'p') and not c.relispartition"
                   " and n.nspname not in ('pg_catalog', 'information_schema') and c.relname not in ('login_try', 'staged') order by 1")
    digests = query(" union all ".join(
        f"select '{t} ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {t} t where t.tenant = {B}" for t in tables))
    return sorted(digests)


def operations():
    for path in sorted(glob.glob(f"{TOP}/schemas/openapi/*.yaml")):
        with open(path, encoding="utf-8") as file:
            document = yaml.safe_load(file)
        for address, item in document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield os.path.basename(path)[: -len(".yaml")], method, address, item, item[method], document


def both(room, method, address, item, operation, document, caller):
    return [ask(room, method, address, item, operation, document, caller, t) for t in (False, True)]


# Region B's own do see a difference: the questions are good ones.
seen = set()
for told in operations():
    if told[1] == "get" and "{" in told[2]:
        for caller in CALLERS_OF_B.values():
            real, other = both(*told, caller)
            if real != other and real.startswith("HTTP/1.1 200"):
                seen.add(told[4]["operationId"])
check("region B's own see what is theirs", {"getRecord", "getRecordContent", "getReport", "getDelivery"} <= seen, seen)

before = rows_of_b()
check("region B has rows to be compared", len(before) > 10, before)
routes = 0
for told in operations():
    room, operation = told[0], told[4]
    routes += 1
    # A route that is open to anyone is asked by nobody in particular, or the tries to sign in would be too many.
    anyone = operation.get("security", told[5].get("security")) == []
    for name, caller in {"nobody": []}.items() if anyone else CALLERS_OF_A.items():
        real, other = both(*told, caller)
        check(f"{name}: {room} {operation['operationId']} tells nothing of region B", real == other and real.startswith("HTTP/"),
              f"\n--- of region B\n{real[:1500]}\n--- of nothing\n{other[:1500]}")
check("there are routes", routes > 20, routes)
after = rows_of_b()
check("no row of region B is another", before == after, sorted(set(before) ^ set(after)))
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
