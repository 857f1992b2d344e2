"""Holds schemas/ against the code: schemas.py BUILD. One line for each check that fails, then `N passed, N failed`.

What a room says of itself with --contract (its topics and routes) must be what asyncapi.yaml and openapi/ROOM.yaml say;
the JSON Schemas must be sound, and every event in tests/cases must be valid by them. The field tables are compared by
events_test.c.
"""
import glob
import json
import os
import re
import subprocess
import sys

import jsonschema
import yaml

top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(top)
build = sys.argv[1]
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print("FAILED ", what, detail)


def same(what, code, document):
    code, document = set(code), set(document)
    check(what, code == document, f"only in the code: {sorted(code - document)}; only in the document: {sorted(document - code)}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def contract(room):
    text = subprocess.run([f"{build}/bin/r7-{room}", "--contract"], stdin=subprocess.DEVNULL, check=True, capture_output=True, text=True).stdout
    lines = [line.split(" ") for line in text.splitlines()]
    return [l[1] for l in lines if l[0] == "topic"], [tuple(l[1:4]) for l in lines if l[0] == "route"]


def references(node):
    """Every $ref below a node of a document."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolves(document, folder, reference):
    path, _, pointer = reference.partition("#")
    if path:
        return os.path.exists(os.path.join(folder, path))
    for step in pointer.strip("/").split("/"):
        document = document.get(step) if isinstance(document, dict) else None
    return document is not None


def check_references(path, document):
    broken = [r for r in references(document) if not resolves(document, os.path.dirname(path), r)]
    check(f"{path}: every reference leads somewhere", not broken, broken)


# A room is a folder whose main.c calls svc_main.
rooms = sorted(os.path.basename(os.path.dirname(p)) for p in glob.glob("services/*/main.c") if "svc_main(" in read(p))
contracts = {room: contract(room) for room in rooms}

# --- OpenAPI
for room, (_, routes) in contracts.items():
    path = f"schemas/openapi/{room}.yaml"
    # Gateway's contracts are national WSDLs, told by the body and not by the path; schemas/README.md says so, and
    # tests/integration/gateway.sh holds the answers against them.
    if "*" in [r[1] for r in routes]:
        check(f"{room} answers national contracts only, and has no OpenAPI", len(routes) == 1 and not os.path.exists(path))
        check("schemas/README.md says what stands in its place", f"Room {room} has none" in read("schemas/README.md"))
        continue
    if not routes:
        check(f"{path} tells of a room without routes", not os.path.exists(path))
        continue
    if not os.path.exists(path):
        check(f"{path} is there", False)
        continue
    document = yaml.safe_load(read(path))
    told = []
    for address, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            told.append((method.upper(), address, operation["operationId"]))
            named = {n for p in item.get("parameters", []) + operation.get("parameters", [])
                     for n in [p.get("name") or p["$ref"].split("/")[-1]]}
            check(f"{path}: {operation['operationId']} tells its path's parameters", set(re.findall(r"{(\w+)}", address)) <= named)
            check(f"{path}: {operation['operationId']} tells its answers", bool(operation.get("responses")) and bool(operation.get("summary")))
    same(f"{path} has the room's routes", routes, told)
    check_references(path, document)

# --- AsyncAPI
path = "schemas/asyncapi.yaml"
document = yaml.safe_load(read(path))
check_references(path, document)
channels = document["channels"]
topics = dict(re.findall(r'#define (TOPIC_\w+)\s+"([^"]+)"', read("libcommon/domain/events.h")))
outside = {"deliveries.{tenant}.{system}", "receipts.{tenant}.{system}", "{topic}.set-aside"}
same(f"{path} has every topic", set(topics.values()) | outside, [c["address"] for c in channels.values()])

receives, sends = set(), set()
for name, operation in document["operations"].items():
    room, action, channel = name.split("/")
    check(f"{path}: {name} is named by what it does", operation["action"] == action and operation["channel"]["$ref"] == f"#/channels/{channel}")
    (receives if action == "receive" else sends).add((room, channel))
taken = {(room, "deliveries" if topic.startswith("^deliveries") else topic) for room, (names, _) in contracts.items() for topic in names}
same(f"{path}: who receives", taken, receives)
made = set()
for room in rooms:
    source = "".join(read(p) for p in glob.glob(f"services/{room}/*.c"))
    made |= {(room, topics[name]) for name in re.findall(r"plan_event\(\s*&?\w+,\s*S\((TOPIC_\w+)\)", source)}
    if "receipt_fields" in source:
        made.add((room, "receipts"))
same(f"{path}: who sends", made, sends)
schemas = document["components"]["schemas"]
written = re.findall(r'header\(&message, "([^"]+)"', read("libcommon/svc/postman.c"))
same(f"{path}: the postman's headers", written, schemas["headers"]["properties"])
looked_at = re.findall(r'bus_header_get\([\w>-]+, "(ce_\w+)"\)', read("services/ingest/door.c"))
same(f"{path}: the headers that ingest asks a source system for", looked_at, schemas["delivery_headers"]["required"])

# --- JSON Schema
validators = {}
for path in sorted(glob.glob("schemas/events/*.json")):
    schema = json.loads(read(path))
    name = os.path.basename(path)[: -len(".json")]
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        check(f"{path} is a schema", True)
    except jsonschema.SchemaError as error:
        check(f"{path} is a schema", False, error.message)
    check(f"{path} has its own name", schema["$id"] == f"urn:r7e:schema:{name}.v1")
    validators[name] = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
with_schema = {m["payload"]["$ref"][len("./events/"):-len(".json")] for m in document["components"]["messages"].values() if "$ref" in m["payload"]}
same("each schema of schemas/events is a message of asyncapi.yaml", validators, with_schema)

for path in sorted(glob.glob("tests/cases/*/*/plan.json")):
    for event in json.loads(read(path)).get("events", []):
        name = "receipt" if event["topic"].startswith("receipts.") else event["topic"]
        errors = [e.message for e in validators[name].iter_errors(event["data"])] if name in validators else ["no schema"]
        check(f"{path}: {name} is valid", not errors, errors)

print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
