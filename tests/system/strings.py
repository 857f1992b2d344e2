#!/usr/bin/env python3
"""Does every room stand every string? Each string that a route of schemas/openapi takes (in the path, the query, a header, the
body) is in turn what no honest caller would send, the rest as it should be. The answer is the room's own: what was asked for, or a
problem that says what is wrong; never a failure of the room's, never silence. Afterwards every table stands, and every room answers.

    strings.py        beside a demo house whose var/demo/env is sourced

One line for each check that fails, then `N passed, N failed`. walk.py tells how a new route is walked by itself.
"""
import json
import sys
import urllib.parse

from walk import Filling, Owner, check, operations, people, query, send, system, tell

HOSTILE = {
    "a quote": "'",
    "a statement": "x'; drop schema access cascade; --",
    "a condition": "' or '1'='1",
    "a pattern": "%_\\",
    "a format": "%s%n%1$*2$d",
    "markup": "<script>]]>&lt;\"</script>",
    "a path": "../../../../etc/passwd",
    "no text": "\u0000",
    "half a character": "\ud800",
    "a line more": "x\r\nR7-Other-Units: true",
    "JSON": "\"}],\"role\":\"archivist\"",
    "a long one": "å" * 200000,
}
PLACES = ("path", "query", "header")
owner = Owner("region-a")


def strings_of(filling, name, schema, path=()):
    """The places of strings in a body: the keys that lead to each."""
    schema = filling.resolve(schema)
    if schema.get("type") == "object" or "properties" in schema:
        for n, s in schema.get("properties", {}).items():
            yield from strings_of(filling, n, s, path + (n,))
    elif schema.get("type") == "array":
        yield from strings_of(filling, name, schema.get("items", {}), path + (0,))
    elif schema.get("type", "string") == "string":
        yield path


def put(body, path, value):
    """The body with the value at that place; what lies on the way there is made."""
    if not path:
        return value
    if path[0] == 0:
        return [put(body[0] if isinstance(body, list) and body else None, path[1:], value)]
    body = dict(body) if isinstance(body, dict) else {}
    body[path[0]] = put(body.get(path[0]), path[1:], value)
    return body


def quoted(value):
    return urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe="")


def questions(told):
    """(what, address, headers, body) of each string in turn, by each hostile value."""
    _, _, address, item, operation, document = told
    filling = Filling(document, owner, True)
    parameters = [filling.resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
    right = {(p["in"], p["name"]): filling.value(p["name"], p.get("schema", {})) for p in parameters if p["in"] == "path" or p.get("required")}
    kind, schema = next(((k, b.get("schema", {})) for k, b in filling.resolve(operation.get("requestBody", {})).get("content", {}).items()),
                        (None, None))
    body = filling.value("", schema) if kind and "json" in kind else None
    slots = [(p["in"], p["name"]) for p in parameters if p["in"] in PLACES]
    slots += [("body", path) for path in strings_of(filling, "", schema)] if body is not None else []
    for slot in slots:
        for what, value in HOSTILE.items():
            said = dict(right)
            if slot[0] != "body":
                said[slot] = value if slot[0] != "path" or value != HOSTILE["a long one"] else value[:2000]
            where, headers, parts = address, {}, []
            for (place, name), v in said.items():
                if place == "path":
                    where = where.replace("{%s}" % name, quoted(str(v)))
                elif place == "query":
                    parts.append(f"{quoted(name)}={quoted(str(v)[:4000])}")
                elif place == "header":
                    # A line break would be a header more, and the client sends none; what is left of it is still no honest value.
                    headers[name] = str(v)[:4000].replace("\r\n", " ").encode("utf-8", "surrogatepass").replace(b"\0", b"\x01")
            data = "x" if kind else None
            if body is not None:
                data = json.dumps(put(body, slot[1], value) if slot[0] == "body" else body)
                headers["Content-Type"] = kind
            yield f"{slot[0]} {slot[1]}: {what}", where + ("?" + "&".join(parts) if parts else ""), headers, data


def tables():
    return query("select n.nspname || '.' || c.relname || ' ' || pg_get_userbyid(c.relowner) from pg_class c join pg_namespace n"
                 " on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname not like 'pg_temp%' order by 1")


def is_answer(text, method="get"):
    """A status below 500; what refuses is a problem, or SCIM's form of one, where the method has a body."""
    status = text[9:12]
    return text.startswith("HTTP/1.1 ") and status < "500" and (status < "400" or method == "head" or '"detail"' in text)


def main():
    before, asked, routes = tables(), 0, set()
    roles = {**people(["ada", "nora", "arne", "rut", "lage"]), **system("region-a", "kurvan")}
    # All are filled before any is asked, since what is asked may make things of such names.
    firsts = [(told, next(questions(told), None)) for told in operations()]
    for told, first in firsts:
        room, method, _, _, operation, document = told
        is_open = operation.get("security", document.get("security")) == []
        if first is None:
            continue
        # Who gets farthest: the first who is not refused for who asks.
        callers = [{}] if is_open else list(roles.values())
        answers = [send(room, method, first[1], {**first[2], **caller}, first[3]) for caller in callers]
        caller = next((c for c, a in zip(callers, answers) if a[9:12] not in ("401", "403")), callers[0])
        routes.add(operation["operationId"])
        for what, address, headers, data in questions(told):
            asked += 1
            answer = send(room, method, address, {**headers, **caller}, data)
            check(f"{room} {operation['operationId']}: {what}", is_answer(answer, method), answer[:600])
    check("there are routes with strings, and questions", len(routes) > 50 and asked > 2000, (len(routes), asked))
    check("every table stands", before == tables() and len(before) > 20, sorted(set(before) ^ set(tables())))
    for room in sorted({told[0] for told in operations()}):
        check(f"room {room} answers", is_answer(send(room, "get", "/there-is-no-such-address", {}, None)))
    return tell()


sys.exit(main())
