#!/usr/bin/env python3
"""Is everything that shows a record logged before its first byte? Each route, SOAP contract and word of r7 that shows records, as
tests/contract/logged.tsv lists them, is asked: its rows in the disclosure log have the caller's trace and together the listed
actions; while the row cannot be written yet, no byte has come; when it cannot be written at all, nothing is shown. Every other
route is asked too, and leaves no row.

    logged.py        beside a demo house whose var/demo/env is sourced, with case files accepted; nobody else asks meanwhile

One line for each check that fails, then `N passed, N failed`.
"""
import json
import os
import re
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

from walk import TOP, Owner, ask, bearer, check, operations, people, query, send, system, tell

AUTHORITY, SURGERY, UNIT, OTHER_UNIT = "SE0000000001-1001", "SE0000000003-1001", "SE0000000001-2003", "SE0000000001-2002"
PATIENT, CARE_SYSTEM = "191212121212", "SE0000000001-CARE"
ROOMS = ("access", "search", "gateway", "indexing", "preservation")
KEYS = os.environ["R7_KEYS"]
LISTED = [line.split("\t") for line in open(f"{TOP}/tests/contract/logged.tsv", encoding="utf-8").read().splitlines() if line[0] != "#"]
ADA = people(["ada"])["ada"]
person = {"number": PATIENT}
other_units = {"R7-Other-Units": "true", "R7-Reason": "remiss"}


# --- asking
def administer(method, address, body, caller=ADA):
    answer = send("access", method, address, {**caller, "Content-Type": "application/json"}, json.dumps(body))
    if not re.match(r"HTTP/1.1 20[014]", answer):
        sys.exit(f"could not {method} {address}: {answer}")
    text = answer.partition("\n\n")[2]
    return json.loads(text) if text else {}


def request(question, trace):
    """Room, method, address, headers and body as they are sent."""
    room, method, address, caller, body = question
    headers = {**caller, "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
    if isinstance(body, dict):
        headers["Content-Type"], body = "application/json", json.dumps(body)
    elif body:
        headers["Content-Type"] = "text/xml; charset=UTF-8"
    return room, method, address, headers, body


def actions_of(trace):
    return query(f"select action from access.disclosure where trace = '{trace}' order by 1")


def asked(question):
    """The answer, and what the log has of it."""
    trace = secrets.token_hex(16)
    return send(*request(question, trace)), actions_of(trace)


# --- whom and what
def key_of(condition):
    return query("select r.package || '-' || shard || '-' || part || '-' || number from indexing.record r join ingest.delivery d using (package) where"
                 f" d.accepted_at is not null and d.superseded_at is null and r.status <> 'nullified' and r.type = 'care' and {condition}"
                 " and r.path is not null order by r.occurred_at desc limit 1")[0]


def care_system():
    """A care system of the region, let in by the central administrator."""
    certificate = f"{KEYS}/logged-care"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30",
                    "-subj", f"/CN=cosmic/serialNumber={CARE_SYSTEM}", "-CA", f"{KEYS}/ca.crt", "-CAkey", f"{KEYS}/ca.key",
                    "-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=critical,CA:false",
                    "-keyout", certificate + ".key", "-out", certificate + ".crt"], check=True, capture_output=True)
    with open(f"{KEYS}/admin.password", encoding="utf-8") as file:
        body = {"tenant": "central", "login": "admin", "password": file.read().strip()}
    central = bearer(administer("POST", "/login", body, {})["token"])
    administer("PUT", f"/principals/{CARE_SYSTEM}", {"kind": "care_system", "tenant": "region-a", "name": "cosmic"}, central)
    administer("PUT", f"/logical-addresses/{AUTHORITY}", {"tenant": "region-a", "processor_agreement": False}, central)
    return {"certificate": certificate}


def envelope(address, body):
    return ("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Header><a:LogicalAddress"
            f" xmlns:a='urn:riv:itintegration:registry:1'>{address}</a:LogicalAddress></s:Header><s:Body>{body}</s:Body></s:Envelope>")


def soap_questions():
    base = "/informationsecurity/authorization"
    root = "<{0}:root>1.2.752.129.2.1.3.1</{0}:root><{0}:extension>" + PATIENT + "</{0}:extension>"
    actor = (f"<q:accessingActor><c:employeeId>SE1-E</c:employeeId><c:careProviderId>{AUTHORITY}</c:careProviderId>"
             f"<c:careUnitId>{UNIT}</c:careUnitId></q:accessingActor>")
    patient = "<q:patientId>" + root.format("c") + "</q:patientId>"
    entity = ("<q:informationEntities><c:informationStartDate>2001-01-01T00:00:00</c:informationStartDate><c:informationEndDate>2001-01-02T00:00:00"
              f"</c:informationEndDate><c:informationCareUnitId>{OTHER_UNIT}</c:informationCareUnitId><c:informationCareProviderId>{AUTHORITY}"
              "</c:informationCareProviderId><c:rowNumber>1</c:rowNumber></q:informationEntities>")
    caller = care_system()
    for name, domain, major, inside in (("CheckBlocks", "blocking", 4, actor + patient + entity), ("GetBlocks", "blocking", 4, patient),
                                        ("CheckConsent", "consent", 2, actor + patient)):
        urn = f"urn:riv:informationsecurity:authorization:{domain}:"
        text = f"<q:{name} xmlns:q='{urn}{name}Responder:{major}' xmlns:c='{urn}{major}'>{inside}</q:{name}>"
        yield name, ("access", "post", f"{base}/{domain}/{name}/{major}/rivtabp21", caller, envelope(AUTHORITY, text))
    urn = "urn:riv:clinicalprocess:healthcond:description:"
    text = (f"<g:GetCareDocumentation xmlns:g='{urn}GetCareDocumentationResponder:3' xmlns:c='{urn}3'><g:patientId>" + root.format("c") +
            "</g:patientId></g:GetCareDocumentation>")
    yield "GetCareDocumentation", ("gateway", "post", "/", {"certificate": os.environ["R7_NPO_CERT"][:-len(".crt")]}, envelope("SE0000000001-3001", text))


def prepare():
    """What opens another care provider's records to nora: an agreement, and an emergency."""
    administer("POST", "/provider-agreements", {"care_provider": AUTHORITY, "other_provider": SURGERY, "reference": "prov", "decided_by": "prov"})
    administer("POST", "/emergencies", {"person": person, "reason": "prov"}, people(["nora"])["nora"])
    query("insert into access.block_source (tenant, system, complete, decided_by, decided_at) select distinct tenant, source_system, true, 'prov', now()"
          " from indexing.record on conflict do nothing")
    return query("update access.block_source set complete = true where not complete returning system")


def undo(incomplete):
    """As it was, for the walks that come after."""
    query("update access.provider_agreement set valid_until = now() where reference = 'prov' and valid_until is null")
    query("update access.emergency set valid_until = now() where reason = 'prov'")
    query("delete from access.block_source where decided_by = 'prov'")
    for name in incomplete:
        query(f"update access.block_source set complete = false where system = '{name}'")


def review():
    """One of what nora did today, for lage to judge."""
    return query("insert into access.review (id, tenant, day, subject, subject_name, assignment, role, unit, care_provider, person, lines, first_at, last_at,"
                 " due_on) select gen_random_uuid(), tenant, current_date, subject, subject_name, assignment, role, unit, care_provider, person, 1, at, at,"
                 f" current_date + 30 from access.disclosure where person is not null and role = 'care_staff' and care_provider = '{AUTHORITY}'"
                 " order by at desc limit 1 returning id")[0]


def search(caller, **more):
    return ("search", "post", "/search/care", caller, {"person": person, "purpose": "care", **more})


def route_questions():
    who = people(["nora", "arne", "lage"])
    nora, arne, lage = who["nora"], who["arne"], who["lage"]
    own, other, emergency = (key_of(f"r.care_unit = '{u}'") if u != SURGERY else key_of(f"r.care_provider = '{u}'") for u in (UNIT, OTHER_UNIT, SURGERY))
    first = json.loads(send(*request(search(nora, limit=1), secrets.token_hex(16))).partition("\n\n")[2])
    package = query("select package from ingest.delivery where system = 'kurvan' and accepted_at is not null limit 1")[0]
    delivery = query("select id from ingest.delivery where system = 'kurvan' and accepted_at is not null limit 1")[0]
    yield "search searchRecords", search(nora)
    yield "search searchRecords", search(nora, limit=1, after=first["next"])
    yield "search searchRecords", search(nora, other_units=True, reason="remiss")
    yield "search searchRecords", search(nora, restricted_links=True, reason="remiss")
    for route, tail in (("getRecord", ""), ("getRecordContent", "/content"), ("printRecord", "/print")):
        yield f"search {route}", ("search", "get", f"/records/{own}{tail}", nora, None)
        yield f"search {route}", ("search", "get", f"/records/{other}{tail}", {**nora, **other_units}, None)
        yield f"search {route}", ("search", "get", f"/records/{emergency}{tail}", nora, None)
    yield "search explainRecord", ("search", "get", f"/records/{own}/why", nora, None)
    yield "search listReaders", ("search", "get", f"/records/{own}/readers", lage, None)
    yield "search exportPackage", ("search", "post", f"/packages/{package}/export", arne, {"reason": "begäran 1"})
    yield "indexing getIndexReport", ("indexing", "get", f"/deliveries/{delivery}/report", arne, None)
    yield "access findBlocks", ("access", "post", "/blocks/find", ADA, {"person": person, "reason": "prov"})
    yield "access logExtract", ("access", "post", "/log/extract", lage, {"person": person, "reason": "begäran"})
    yield "access findPersonLinks", ("access", "post", "/persons/links/find", ADA, {"person": person, "reason": "prov"})
    yield "access getReview", ("access", "get", f"/log/reviews/{review()}", lage, None)
    yield "access whoRead", ("access", "post", "/who-read", lage, {"person": person, "reason": "prov"})


# --- the log
class Unwritable:
    """While it lasts, no room may add to the log."""

    def __enter__(self):
        self.columns = query("select grantee || ' ' || string_agg(column_name, ', ') from information_schema.column_privileges where table_schema = 'access'"
                             " and table_name = 'disclosure' and privilege_type = 'INSERT' and grantee ~ '^r7_(?!owner|migrate)' group by grantee")
        for line in self.columns:
            room, _, names = line.partition(" ")
            query(f"revoke insert on access.disclosure from {room}; revoke insert ({names}) on access.disclosure from {room}")
        return self.columns

    def __exit__(self, *_):
        for line in self.columns:
            room, _, names = line.partition(" ")
            query(f"grant insert ({names}) on access.disclosure to {room}")


def waits():
    return query("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'insert into access.disclosure'") != ["0"]


def nothing_came_yet(question):
    """Asks while the log's table is held: when the room waits for it, has a byte come? Then the log is let go, and the whole
    answer read."""
    room, method, address, headers, body = request(question, secrets.token_hex(16))
    certificate, data = headers.pop("certificate", None), (body or "").encode()
    context = ssl.create_default_context(cafile=os.environ["R7_CA"])
    if certificate:
        context.load_cert_chain(certificate + ".crt", certificate + ".key")
    where = urllib.parse.urlparse(os.environ[f"R7_{room.upper()}_URL"])
    holder = subprocess.Popen(["psql", "-XqAt", "-d", os.environ["R7_DATABASE_URL"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holder.stdin.write("begin; lock table access.disclosure in share row exclusive mode; select 'held';\n")
    holder.stdin.flush()
    held = holder.stdout.readline()
    with context.wrap_socket(socket.create_connection((where.hostname, where.port), 20), server_hostname=where.hostname) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in {**headers, "Host": where.netloc, "Content-Length": len(data), "Connection": "close"}.items())
        connection.sendall(f"{method.upper()} {address} HTTP/1.1\r\n{head}\r\n".encode() + data)
        deadline, reached, early = time.monotonic() + 20, False, b""
        while not reached and not early and time.monotonic() < deadline:
            connection.settimeout(0.05)
            try:
                early = connection.recv(1)
            except (ssl.SSLWantReadError, TimeoutError):
                pass
            reached = waits()
        connection.setblocking(False)
        try:
            early += connection.recv(1)
        except ssl.SSLWantReadError:
            pass
        holder.communicate("rollback;\n")
        connection.settimeout(20)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return held == "held\n" and reached and early == b"" and answer.startswith(b"HTTP/1.1 20")


def shows(answer):
    return answer.startswith("HTTP/1.1 20")


# --- the checks
def everything_logged(questions, listed, kind):
    seen = {}
    for name, question in questions:
        answer, actions = asked(question)
        check(f"{kind} {name} shows something", shows(answer), answer[:600])
        check(f"{kind} {name} has rows of its trace, with listed actions", actions and set(actions) <= set(listed[name]), (actions, listed[name]))
        seen.setdefault(name, set()).update(actions)
    for name, actions in listed.items():
        check(f"{kind} {name} was seen with each of its actions", seen.get(name) == set(actions), (seen.get(name), actions))


def before_the_first_byte(questions):
    for name, question in questions.items():
        check(f"{name}: no byte comes before the row", nothing_came_yet(question))


def nothing_unlogged(questions):
    rows = query("select count(*) from access.disclosure")
    with Unwritable() as rooms:
        check("all rooms that disclose had the right", {line.partition(" ")[0] for line in rooms} >= {f"r7_{room}" for room in ROOMS}, rooms)
        for name, question in questions:
            answer = send(*request(question, secrets.token_hex(16)))
            check(f"{name}: with the log unwritable nothing is shown", not shows(answer) and answer.startswith("HTTP/1.1 5"), answer[:600])
    check("and no row came", query("select count(*) from access.disclosure") == rows)


def the_rest_shows_nothing(none):
    """Reading is asked about what is there, and every change about what is not."""
    owner, titles = Owner("region-a"), query("select distinct title from indexing.record where type = 'care' and length(title) > 8")
    callers = {**people(["ada", "nora", "arne", "rut", "lage"]), **system("region-a", "kurvan"), "nobody": {}}
    check("there are titles to look for", len(titles) > 3, titles)
    answers = {}
    for told in operations():
        name = f"{told[0]} {told[4]['operationId']}"
        if name not in none:
            continue
        for who, caller in callers.items():
            if told[4].get("security", told[5].get("security")) == [] and caller:
                continue
            trace = secrets.token_hex(16)
            answers[trace] = f"{who}: {name}", ask(owner, told, {**caller, "traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}, told[1] != "get", False)
    traces = set(query("select distinct trace from access.disclosure"))
    for trace, (what, answer) in answers.items():
        check(f"{what} shows no record", trace not in traces and not any(title in answer for title in titles), answer[:600])


def r7_words(listed):
    """Each word that shows records, as people type it."""
    own = key_of(f"r.care_unit = '{UNIT}'")
    other = key_of(f"r.care_unit = '{OTHER_UNIT}'")
    emergency = key_of(f"r.care_provider = '{SURGERY}'")
    package = query("select package from ingest.delivery where system = 'kurvan' and accepted_at is not null limit 1")[0]
    delivery = query("select id from ingest.delivery where system = 'kurvan' and accepted_at is not null limit 1")[0]
    out = f"{tempfile.mkdtemp()}/package"
    given = ["--other-units", "--reason", "remiss"]
    finding = ["find", "care", "--person", PATIENT]
    first = json.loads(r7("nora", finding + ["--limit", "1", "--json"])[1])
    lines = {"find": [("nora", finding), ("nora", finding + given), ("nora", finding + ["--limit", "1", "--after", first["next"]]),
                      ("nora", finding + ["--restricted-links", "--reason", "remiss"])],
             "show": [("nora", ["show", own]), ("nora", ["show", other] + given), ("nora", ["show", emergency])],
             "print": [("nora", ["print", own, "--out", out]), ("nora", ["print", other, "--out", out] + given),
                       ("nora", ["print", emergency, "--out", out])],
             "why": [("nora", ["why", own])], "readers": [("lage", ["readers", own])],
             "export": [("arne", ["export", package, "--reason", "begäran", "--out", out])],
             "log": [("lage", ["log", "extract", "--person", PATIENT, "--reason", "begäran"])],
             "persons": [("ada", ["persons", "links", PATIENT, "--reason", "prov"])],
             "review": [("lage", ["review", "show", review()])],
             "report": [("arne", ["report", "--index", delivery])],
             "who-read": [("lage", ["who-read", "--person", PATIENT, "--reason", "prov"])]}
    check("every word that shows records is tried", set(lines) == set(listed), set(lines) ^ set(listed))
    seen = {}
    for word, tries in lines.items():
        for who, arguments in tries:
            before = set(query("select id from access.disclosure"))
            r7(who, arguments)
            rows = [line.split() for line in query("select id || ' ' || action from access.disclosure")]
            seen.setdefault(word, set()).update(action for row, action in rows if row not in before)
        if os.path.exists(out):
            os.remove(out)
        check(f"r7 {word} has rows of its actions", seen[word] == set(listed.get(word, [])), (seen[word], listed.get(word)))
    with Unwritable():
        for word, tries in lines.items():
            for who, arguments in tries:
                code, told = r7(who, arguments)
                check(f"r7 {word}: with the log unwritable nothing is shown", code != 0 and not told.strip() and not os.path.exists(out), (code, told[:300]))


def r7(who, arguments):
    done = subprocess.run([os.environ.get("R7", "r7"), *arguments], env={**os.environ, "R7_TOKEN": os.environ[f"R7_TOKEN_{who.upper()}"]},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def restricted():
    """One of the patient's links is restricted for as long as the walk lasts."""
    return query("update indexing.person_link set visibility = 'restricted' where id = (select id from indexing.person_link where revoked_at is null"
                 " and tenant = (select id from access.tenant where name = 'region-a') order by id limit 1) returning id")


def main():
    listed = {kind: {name: actions.split() for k, name, actions, what in LISTED if k == kind and actions != "-" and not what.startswith("asks outside: ")}
              for kind in ("route", "contract", "word")}
    none = {name for kind, name, actions, _ in LISTED if kind == "route" and actions == "-"}
    incomplete = prepare()
    links = restricted()
    routes, contracts = list(route_questions()), list(soap_questions())
    as_routes = [(f"access {name[0].lower()}{name[1:]}", question) for name, question in contracts if question[0] == "access"]
    everything_logged(routes + as_routes, listed["route"], "route")
    everything_logged(contracts, listed["contract"], "contract")
    before_the_first_byte(dict(routes + contracts))
    nothing_unlogged(routes + contracts)
    r7_words(listed["word"])
    the_rest_shows_nothing(none)
    query(f"update indexing.person_link set visibility = null where id = '{links[0]}'")
    undo(incomplete)
    return tell()


sys.exit(main())
