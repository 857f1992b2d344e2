#!/usr/bin/env python3
"""Does every condition of permission_decide decide something? Each one, alone, is made true and made false in all that it
says; the table of cases (tests/unit/data/permission.tsv) must notice. So each condition is seen to change an outcome by
itself, which is what MC/DC asks for, and no rule can be lost unseen.

  permission.py BUILD

Ends with "N passed, N failed"; a line for each mutant that no case notices."""
import os
import re
import subprocess
import sys
import tempfile

SOURCES = [f"libcommon/domain/{name}.c" for name in ("permission", "permission_blocks", "permission_until")]
TEST = "tests/unit/permission_test.c"


def code_only(text):
    """The text with comments, strings and preprocessor lines blanked, so that places stay."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group())
    text = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\])*"', blank, text, flags=re.S)
    return re.sub(r"^(?:#|_Static_assert)(?:.*\\\n)*.*$", blank, text, flags=re.M)


def matching(code, at, step):
    """From a bracket to its partner."""
    depth = 0
    while True:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at
        at += step


def edge(code, at, step):
    """Where the operand that begins (or ends) at `at` ends (or begins)."""
    opening, closing = ("([{", ")]}") if step > 0 else (")]}", "([{")
    while True:
        if code[at] in opening:
            at = matching(code, at, step)
        elif code[at] in closing or code[at] in ",;?:" or code[at:at + 2] in ("&&", "||") or (step < 0 and (
                code[at - 1:at + 1] in ("&&", "||") or code[at] == "=" and code[at - 1] not in "=!<>" and code[at + 1] != "=" or
                re.search(r"\breturn$", code[:at + 1]))):
            return at
        at += step


def conditions(code):
    """The (start, end) of each condition: operands of && and ||, what if, ?: and UNLESS ask, and what ! turns."""
    found = set()
    for m in re.finditer(r"&&|\|\|", code):
        found.add((edge(code, m.start() - 1, -1) + 1, m.start()))
        found.add((m.end(), edge(code, m.end(), 1)))
    for m in re.finditer(r"\b(?:if|UNLESS|obliged_if) ?\(", code):
        found.add((m.end(), edge(code, m.end(), 1)))
    for m in re.finditer(r"\?", code):
        found.add((edge(code, m.start() - 1, -1) + 1, m.start()))
    tidy = set()
    for start, end in found:
        while code[start].isspace():
            start += 1
        while code[end - 1].isspace():
            end -= 1
        tidy.add((start, end))
    # An operator's whole operand that is itself a chain is there by its parts.
    return sorted(s for s in tidy if not re.search(r"&&|\|\||^bool ", outer(code[s[0]:s[1]])))


def outer(text):
    """The text with what stands in brackets blanked."""
    while re.search(r"\([^()]*\)", text):
        text = re.sub(r"\([^()]*\)", lambda m: "_" * len(m.group()), text)
    return text


def instrument(source, text, spans, first):
    """Each condition becomes MUTANT(n, condition), n from `first` on."""
    opens, closes = {}, {}
    for n, (start, end) in enumerate(spans, first):
        opens.setdefault(start, []).append((end, n))
        closes[end] = closes.get(end, 0) + 1
    out = []
    for at in range(len(text) + 1):
        out.append(")" * closes.get(at, 0))
        out += [f"MUTANT({n}, " for _, n in sorted(opens.get(at, []), reverse=True)]
        out.append(text[at:at + 1])
    return ("#include <stdbool.h>\nextern int mutant;\n"
            "#define MUTANT(n, condition) (mutant == 2 * (n) ? false : mutant == 2 * (n) + 1 ? true : (condition))\n"
            f"#line 1 \"{source}\"\n" + "".join(out))


def build(folder, build_folder, texts):
    """The test with the mutated sources in place of the library's."""
    program, mutated = os.path.join(folder, "mutants"), []
    for source, text in texts.items():
        mutated.append(os.path.join(folder, os.path.basename(source)))
        with open(mutated[-1], "w") as out:
            out.write(text)
    main = os.path.join(folder, "chosen.c")
    with open(main, "w") as out:
        out.write("#include <stdlib.h>\nint mutant = -1;\n__attribute__((constructor)) static void choose(void)\n"
                  "{\n    const char *n = getenv(\"MUTANT\");\n    mutant = n != NULL ? atoi(n) : -1;\n}\n")
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-w", "-I.", "-Ilibcommon", "-Itests/unit"]
    subprocess.run(os.environ.get("CC", "gcc").split() + flags + [main, *mutated, TEST, f"{build_folder}/libcommon.a", "-o", program] +
                   ["-lcmocka", "-lcrypto", "-lm"], check=True)
    return program


def notices(program, mutant):
    try:
        return subprocess.run([program], env={**os.environ, "MUTANT": str(mutant)}, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=20).returncode != 0
    except subprocess.TimeoutExpired:  # the loop that never ends is this mutant's own
        return True


def main():
    found, texts, lost = [], {}, 0
    for source in SOURCES:
        text = open(source).read()
        spans = conditions(code_only(text))
        texts[source] = instrument(source, text, spans, len(found))
        found += [(source, text.count("\n", 0, start) + 1, " ".join(text[start:end].split())) for start, end in spans]
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, sys.argv[1], texts)
        if notices(program, -1):
            sys.exit("the cases do not pass as they are")
        for n, (source, line, shown) in enumerate(found):
            for value in (0, 1):
                if not notices(program, 2 * n + value):
                    lost += 1
                    print(f"FAILED  {source}:{line}: {shown} could be {'true' if value else 'false'}: no case tells")
    print(f"{2 * len(found) - lost} passed, {lost} failed")
    sys.exit(lost != 0)


main()
