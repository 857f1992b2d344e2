"""What the walks over every route share (isolation.py, providers.py, strings.py): whose things are asked about, the operations of
schemas/openapi with their paths, queries and bodies filled by the names in them, and asking.

A new route is walked by itself. A name that stands for a thing is that of a table, or stands in THINGS.
"""
import glob
import http.client
import itertools
import json
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.parse
import uuid

import yaml

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TOKEN = re.compile(r'"(token-[0-9a-f]{64}|r7p_[\w-]{43,})"')  # made anew for each who asks
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
# What the sealed log says of itself, which grows by each question that is logged: hashes, proofs, sizes, leaves.
SEALED = [(re.compile(pattern), told) for pattern, told in (
    (r'"proof":\[[^\]]*\]', '"proof":[]'), (r"(r7e/[\w-]+(?:\\n|\n))\d+(\\n|\n)", r"\1<size>\2"), (r"[\w+/]{60,}={0,2}", "<signature>"),
    (r"[\w+/]{43}=", "<hash>"), (r'"(size|leaf)":\d+', r'"\1":0'))]
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
NOBODY = "nobody's number"
passed = failed = 0
nobodys = itertools.count(777)


def tell():
    print(f"{passed} passed, {failed} failed")
    return failed > 0


def check(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED ", what, detail)


def query(sql):
    """As the superuser: row-level security is not what tells here."""
    run = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", os.environ["R7_DATABASE_URL"], "-c", sql]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout.splitlines()


# --- things
# What is not called by the name of its table; {own} says whose.
THINGS = {
    "record": "select package || '-' || shard || '-' || part || '-' || number from indexing.record where {own} limit 1",
    "package": "select package from indexing.record where {own} limit 1",
    "delivery": "select d.id from ingest.delivery d join (select package from indexing.record where {own} limit 1) r using (package)",
    "system": "select name from access.principal where tenant = {tenant} limit 1",
    "subject": "select subject from access.principal where tenant = {tenant} limit 1",
    "address": "select address from access.logical_address where tenant = {tenant} limit 1",
    "source_system": "select address from access.logical_address where tenant = {tenant} limit 1",
    "care_provider": "select care_provider from access.unit where {own} limit 1",
    "care_unit": "select care_unit from access.unit where {own} and care_unit is not null limit 1",
    "successor": "select id from access.unit where {own} limit 1",
    "login": "select login from access.\"user\" where tenant = {tenant} limit 1",
    "ids": "select id from keys.header where tenant = {tenant} limit 1",
}
# What is nobody's.
COMMON = {"type": "care", "purpose": "care", "service": "SE5565594230-NPO", "information_type": "care",
          "reader": "files", "role": "care_staff", "password": "none of theirs", "current": "none of theirs", "limit": 10}


def table_of(name):
    rows = query("select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                 f" where c.relname = '{name}' and c.relkind in ('r', 'p') and (select count(*) from pg_attribute a"
                 " where a.attrelid = c.oid and a.attname in ('id', 'tenant')) = 2 order by n.nspname limit 1")
    return rows[0] if rows else None


class Owner:
    """Whose things are asked about: a region's, or within it a care provider's; of records those of one type. `number`: a person
    of whom nobody but the owner has anything, or two of whom nobody has."""

    def __init__(self, region, provider=None, information_type="care", number=(NOBODY, NOBODY)):
        self.region, self.provider, self.information_type = region, provider, information_type
        self.tenant = f"(select id from access.tenant where name = '{region}')"
        self.found, self.twins = {"number": number[0]}, {"number": number[1]}

    def whose(self, table):
        """The condition that a row of the table is the owner's."""
        if table == "indexing.record" and self.provider:
            return f"tenant = {self.tenant} and type = '{self.information_type}' and care_provider = '{self.provider}'"
        named = self.provider and query("select 1 from pg_attribute where attname = 'care_provider' and not attisdropped and"
                                        f" attrelid = '{table}'::regclass")
        return f"tenant = {self.tenant}" + (f" and care_provider = '{self.provider}'" if named else "")

    def thing(self, name, schema):
        """What the owner has of that name; None when the name stands for no thing."""
        if name not in self.found:
            if name == "tenant":
                numbers = schema.get("type") == "integer"
                self.found[name] = None if numbers else self.region
                return int(query(f"select {self.tenant}")[0]) if numbers else self.region
            sql = THINGS.get(name)
            if sql is None and re.fullmatch(r"[a-z_]+", name) and name not in COMMON:
                table = table_of(name)
                sql = table and f"select id from {table} where {{own}} limit 1"
            rows = query(sql.format(tenant=self.tenant, own=self.whose(re.search(r"from ([a-z_]+\.[a-z_\"]+) where", sql)[1]))) if sql else []
            if sql and not rows:
                print(f"left out: {self.provider or self.region} has nothing called {name}; one that does not exist stands in for it")
                rows = [str(uuid.uuid4())]
            self.found[name] = rows[0] if rows else None
        return self.found[name]

    def value(self, name, schema, twins):
        """The thing, or with `twins` one of the same form that does not exist."""
        if name == "number" and self.found["number"] == NOBODY:
            return f"9900{next(nobodys):08d}"  # another each time: what was asked about one is in the log, and told to the next who asks
        real = self.thing(name, schema)
        if real is None or not twins:
            return real
        self.twins[name] = self.twins.get(name) or twin(real)
        return self.twins[name]

    def rows(self):
        """A digest of every table's rows that are the owner's. Tries to sign in are counted for logins that do not exist, too,
        and folders in staging are swept by the clock."""
        tables = query("select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                       f" join pg_attribute a on a.attrelid = c.oid and a.attname = '{'care_provider' if self.provider else 'tenant'}'"
                       " where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema')"
                       " and c.relname not in ('login_try', 'staged') order by 1")
        return sorted(query(" union all ".join(
            f"select '{t} ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') from {t} t where {self.whose(t)}" for t in tables)))


def twin(value):
    """One of the same form that does not exist."""
    if isinstance(value, int):
        return 32000
    ids = {m.group(0): str(uuid.uuid4()) for m in UUID.finditer(value)}
    if ids:
        for one, other in ids.items():
            value = value.replace(one, other)
        return value
    last = str((int(value[-1]) + 7) % 10) if value[-1].isdigit() else "x" if value[-1] != "x" else "y"
    return value[:-1] + last


class Filling:
    """Values for the names of an operation; those of things are the owner's, or their twins."""

    def __init__(self, document, owner, twins):
        self.document, self.owner, self.twins = document, owner, twins

    def resolve(self, node):
        while "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def at(self, reference):
        """In the document, or a file beside it, whole."""
        if not reference.startswith("#"):
            with open(os.path.join(TOP, "schemas", "openapi", reference), encoding="utf-8") as file:
                return json.load(file)
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
                    if n in schema.get("required", []) or n in THINGS or n in ("person", "unit")}
        if schema.get("type") == "array":
            return [self.value(name, schema.get("items", {}))]
        value = self.owner.value(name, schema, self.twins)
        if value is not None:
            return value
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


# --- asking
# A caller is what it shows: a header with a token, a certificate, or neither.
def bearer(token):
    return {"Authorization": "Bearer " + token}


def people(names):
    return {n: bearer(os.environ[f"R7_TOKEN_{n.upper()}"]) for n in names}


def system(region, name):
    return {name: {"certificate": f"{os.environ['R7_KEYS']}/system-{region}-{name}"}}


connections = {}


def send(room, method, address, headers, body):
    """Status, headers and body as text; one connection for each room and certificate, made again when the room has ended it."""
    certificate = headers.pop("certificate", None)
    for _ in range(2):
        house = connections.get((room, certificate))
        if house is None:
            context = ssl.create_default_context(cafile=os.environ["R7_CA"])
            if certificate:
                context.load_cert_chain(certificate + ".crt", certificate + ".key")
            where = urllib.parse.urlparse(os.environ[f"R7_{room.upper()}_URL"])
            house = http.client.HTTPSConnection(where.hostname, where.port, timeout=20, context=context)
            connections[room, certificate] = house
        try:
            house.request(method.upper(), address, body, headers)
            answer = house.getresponse()
            head = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in answer.getheaders())]
            return "\n".join(head) + "\n\n" + answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            house.close()
            connections[room, certificate] = None
    return ""


def ask(owner, told, caller, twins, optional):
    room, method, address, item, operation, document = told
    filling = Filling(document, owner, twins)
    headers, parts, data = dict(caller), {}, None
    for parameter in map(filling.resolve, item.get("parameters", []) + operation.get("parameters", [])):
        name, schema = parameter["name"], parameter.get("schema", {})
        if parameter["in"] == "path":
            address = address.replace("{%s}" % name, urllib.parse.quote(str(filling.value(name, schema)), safe=""))
        elif parameter["in"] == "query" and (
                parameter.get("required") or (optional and owner.thing(name, filling.resolve(schema)) is not None)):
            parts[name] = filling.value(name, schema)
        elif parameter["in"] == "header" and parameter.get("required"):
            headers[name] = str(filling.value(name, schema))
    for kind, body in filling.resolve(operation.get("requestBody", {})).get("content", {}).items():
        data = json.dumps(filling.value("", body.get("schema", {}))) if "json" in kind else "x"
        headers["Content-Type"] = kind
        break
    if operation["operationId"] == "logExtract":
        wait_sealed()
    return plain_answer(owner, send(room, method, address + ("?" + urllib.parse.urlencode(parts) if parts else ""), headers, data))


def wait_sealed():
    """Until each row of the disclosure log that is there has its leaf: an extract has none that has not."""
    deadline = time.monotonic() + 20
    while query("select 1 from access.disclosure d left join access.log l using (tenant) where d.leaf is null or d.leaf >= l.size limit 1"):
        if time.monotonic() > deadline:
            sys.exit("the log is not sealed")
        time.sleep(0.05)


def plain_answer(owner, text):
    """Without what differs between any two answers: times, ids, and the things that were asked about, now or before: an
    answer may tell what the caller has said."""
    head, _, body = UUID.sub("<id>", text).partition("\n\n")
    for pattern, told in SEALED:  # first: in a hash any short name may stand
        body = pattern.sub(told, body)
    for name in owner.twins:
        for value in (owner.thing(name, {}), owner.twins[name]):
            if isinstance(value, str) and not UUID.search(value):
                head, body = (t.replace(value, f"<{name}>") for t in (head, body))
    lines = [l for l in head.split("\n") if not l.lower().startswith(("date:", "content-length:"))]
    return "\n".join(lines + [TOKEN.sub('"<token>"', TIME.sub("<time>", body))])


def operations():
    """All but the one by which who asks is nobody from then on: that is oidc_logout.sh's."""
    for path in sorted(glob.glob(f"{TOP}/schemas/openapi/*.yaml")):
        with open(path, encoding="utf-8") as file:
            document = yaml.safe_load(file)
        for address, item in document["paths"].items():
            for method in METHODS:
                if method in item and item[method]["operationId"] != "signOut":
                    yield os.path.basename(path)[: -len(".yaml")], method, address, item, item[method], document


def both(owner, told, caller):
    """The answers about a thing of the owner's and about one that does not exist; each without and with those things that may
    be left out of the question."""
    filling = Filling(told[5], owner, False)
    left_out = [p for p in map(filling.resolve, told[3].get("parameters", []) + told[4].get("parameters", []))
                if p["in"] == "query" and not p.get("required") and owner.thing(p["name"], filling.resolve(p.get("schema", {}))) is not None]
    return [[ask(owner, told, caller, twins, optional) for optional in ([False, True] if left_out else [False])] for twins in (False, True)]


def until_sealed():
    """Rows of the log are sealed within a second or so of what they tell of."""
    deadline = time.monotonic() + 60
    while query("select count(*) from access.disclosure where sealed_at is null") != ["0"] and time.monotonic() < deadline:
        time.sleep(0.1)


def walk(owner, callers):
    """Every route, by every caller: it tells nothing of the owner, and no row of the owner is another afterwards."""
    until_sealed()
    before, routes = owner.rows(), 0
    check("there are rows to be compared", len(before) > 3, before)
    for told in operations():
        room, operation = told[0], told[4]
        routes += 1
        # A route that is open to anyone is asked by nobody in particular, or the tries to sign in would be too many.
        if operation.get("security", told[5].get("security")) == []:
            asking = {name: caller for name, caller in callers.items() if not caller}
        else:
            asking = callers
        for name, caller in asking.items():
            real, other = both(owner, told, caller)
            check(f"{name}: {room} {operation['operationId']} tells nothing of {owner.provider or owner.region}",
                  real == other and all(answer.startswith("HTTP/") for answer in real),
                  "".join(f"\n--- what is there\n{r[:1500]}\n--- what is not\n{o[:1500]}" for r, o in zip(real, other) if r != o))
    check("there are routes", routes > 20, routes)
    after = owner.rows()
    check(f"no row of {owner.provider or owner.region} is another", before == after, sorted(set(before) ^ set(after)))
