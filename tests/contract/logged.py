"""Holds logged.tsv against the code: each route, contract and word of r7 stands there once, and its actions are words of
permission_words.def. `logged.py BUILD WORD...`: the words are those that access.disclosure takes. Ends with `N passed, N failed`."""
import glob
import os
import re
import subprocess
import sys

import yaml

top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
os.chdir(top)
passed = failed = 0


def check(what, good, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print("FAILED ", what, detail)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def same(what, code, listed):
    check(what, set(code) == set(listed) and len(listed) == len(set(listed)),
          f"not in logged.tsv: {sorted(set(code) - set(listed))}; only there: {sorted(set(listed) - set(code))}")


def routes():
    for path in glob.glob("schemas/openapi/*.yaml"):
        for item in yaml.safe_load(read(path))["paths"].values():
            for method, operation in item.items():
                if method != "parameters":
                    yield f"{os.path.basename(path)[:-len('.yaml')]} {operation['operationId']}"


def contracts():
    for path in ("services/gateway/contracts.c", "services/access/register_read.c"):
        yield from re.findall(r'{(?:CONTRACT|REGISTER)_\w+,\s*(?:\w+,\s*\w+,\s*)?"(\w+)"', read(path))


def words():
    help_text = subprocess.run([f"{sys.argv[1]}/bin/r7", "help"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^  ([a-z-]+) ", help_text, re.M)


lines = [line.split("\t") for line in read("tests/contract/logged.tsv").splitlines() if not line.startswith("#")]
check("four cells in each line", all(len(line) == 4 for line in lines), [line for line in lines if len(line) != 4])
for kind, code in (("route", routes), ("contract", contracts), ("word", words)):
    same(f"every {kind} is told to be logged, or why not", code(), [line[1] for line in lines if line[0] == kind])
check("of no other kind", {line[0] for line in lines} == {"route", "contract", "word"})
vocabulary = re.findall(r'^(?:ACTION|LOGGED)\(\w+, "(\w+)"', read("libcommon/domain/permission_words.def"), re.M)
for kind, name, actions, what in lines:
    check(f"{kind} {name}: words of the vocabulary, or a reason", set(actions.split()) <= set(vocabulary) if actions != "-" else what)
check("access.disclosure takes the words of the vocabulary and no other", sorted(vocabulary) == sorted(sys.argv[2:]), (vocabulary, sys.argv[2:]))
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
