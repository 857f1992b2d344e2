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

SOURCE = "libcommon/domain/permission.c"
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


def instrument(text, spans):
    """Each condition becomes MUTANT(n, condition)."""
    opens, closes = {}, {}
    for n, (start, end) in enumerate(spans):
        opens.setdefault(start, []).append((end, n))
        closes[end] = closes.get(end, 0) + 1
    out = []
    for at in range(len(text) + 1):
        out.append(")" * closes.get(at, 0))
        out += [f"MUTANT({n}, " for _, n in sorted(opens.get(at, []), reverse=True)]
        out.append(text[at:at + 1])
    return ("#include <stdbool.h>\nextern int mutant;\n"
            "#define MUTANT(n, condition) (mutant == 2 * (n) ? false : mutant == 2 * (n) + 1 ? true : (condition))\n"
            "#line 1 \"permission.c\"\n" + "".join(out))


def build(folder, build_folder, text):
    mutated, program = os.path.join(folder, "permission.c"), os.path.join(folder, "mutants")
    with open(mutated, "w") as out:
        out.write(text)
    main = os.path.join(folder, "chosen.c")
    with open(main, "w") as out:
        out.write("#include <stdlib.h>\nint mutant = -1;\n__attribute__((constructor)) static void choose(void)\n"
                  "{\n    const char *n = getenv(\"MUTANT\");\n    mutant = n != NULL ? atoi(n) : -1;\n}\n")
    flags = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-w", "-I.", "-Ilibcommon", "-Itests/unit"]
    subprocess.run(os.environ.get("CC", "gcc").split() + flags + [main, mutated, TEST, f"{build_folder}/libcommon.a", "-o", program] +
                   ["-lcmocka", "-lcrypto", "-lm"], check=True)
    return program


def notices(program, mutant):
    try:
        return subprocess.run([program], env={**os.environ, "MUTANT": str(mutant)}, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=20).returncode != 0
    except subprocess.TimeoutExpired:  # the loop that never ends is this mutant's own
        return True


def main():
    text = open(SOURCE).read()
    code = code_only(text)
    spans = conditions(code)
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        program = build(folder, sys.argv[1], instrument(text, spans))
        if notices(program, -1):
            sys.exit("the cases do not pass as they are")
        for n, (start, end) in enumerate(spans):
            for value in (0, 1):
                if not notices(program, 2 * n + value):
                    lost += 1
                    line = text.count("\n", 0, start) + 1
                    shown = " ".join(text[start:end].split())
                    print(f"FAILED  {SOURCE}:{line}: {shown} could be {'true' if value else 'false'}: no case tells")
    print(f"{2 * len(spans) - lost} passed, {lost} failed")
    sys.exit(lost != 0)


main()
