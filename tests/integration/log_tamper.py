"""What a superuser of the database may do to a sealed log, at random: delete, change, insert, reorder, truncate, swap tiles, claim that a row was
removed by decision, put an older copy back. After each the log is fetched over HTTP as anybody fetches it and verified against the vault's journal and a
checkpoint that was kept; each must be found, and named. `log_tamper.py COUNT SEED URL JOURNAL FOLDER R7`; FOLDER holds `checkpoint`,
which was kept, and `older`, a fetched copy of when the log was shorter; so was schema older. The environment is r7's. Ends with `N found, N named of N`."""
import collections
import os
import random
import shutil
import subprocess
import sys

count, seed, url, journal, folder, r7 = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:7]
dice = random.Random(seed)
tables = {"disclosure": "tenant = 1", "log": "tenant = 1", "log_tile": "tenant = 1", "log_entries": "tenant = 1"}


def sql(text):
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"log_tamper: {done.stderr}\n{text}")
    return [line.split("|") for line in done.stdout.splitlines()]


sql("drop schema if exists saved cascade; create schema saved;"
    + "".join(f"create table saved.{name} as select * from access.{name} where {of};" for name, of in tables.items()))
rows = [(int(leaf), row) for leaf, row in sql("select leaf, id from access.disclosure where tenant = 1 order by leaf")]
size = len(rows)
restore = "".join(f"delete from access.{name} where {of}; insert into access.{name} select * from saved.{name};" for name, of in tables.items())

changes = {
    "at": "at + interval '1 microsecond'", "subject_kind": "case subject_kind when 'person' then 'system' else 'person' end, assignment = null",
    "subject": "subject || 'x'", "subject_name": "'Eva'", "assignment": "gen_random_uuid()", "role": "null", "unit": "'U-2'",
    "care_provider": "coalesce(care_provider || 'x', 'x')", "person": "gen_random_uuid()", "action": "'listed'", "purpose": "'quality'",
    "records": "records + 1", "what": "what || '{\"more\": true}'", "reasons": "reasons || ' other'", "obligations": "'log'",
    "reason": "case when reason is null then '' end", "request": "gen_random_uuid()", "trace": "'x'", "salt": "member_salt", "member_salt": "salt",
}
forged = ("insert into access.disclosure (id, tenant, at, subject_kind, subject, subject_name, assignment, role, unit, care_provider, person, action, purpose,"
          " records, what, reasons, request, salt, sealed_at, leaf) select '{new}', 1, at, subject_kind, subject, 'Eva', assignment, role, unit, care_provider, person,"
          " action, purpose, records, what, reasons, request, salt, sealed_at, {leaf} from saved.disclosure where leaf = {like};")


def new_id():
    return f"{dice.getrandbits(32):08x}-{dice.getrandbits(16):04x}-4{dice.getrandbits(12):03x}-8{dice.getrandbits(12):03x}-{dice.getrandbits(48):012x}"


def delete():
    leaf, row = dice.choice(rows)
    return f"delete from access.disclosure where id = '{row}'", [f"leaf {leaf}, row {row}: removed"]


def change():
    leaf, row = dice.choice(rows)
    column = dice.choice(list(changes))
    return f"update access.disclosure set {column} = {changes[column]} where id = '{row}'", [f"leaf {leaf}, row {row}: changed"]


def rename():
    leaf, row = dice.choice(rows)
    new = new_id()
    return f"update access.disclosure set id = '{new}' where id = '{row}'", [f"leaf {leaf}, row {new}: inserted", f"leaf {leaf}, row {row}: removed"]


def insert():
    new, like = new_id(), dice.randrange(size)
    return forged.format(new=new, leaf=size, like=like), [f"leaf {size}, row {new}: inserted"]


def replace():
    leaf, row = dice.choice(rows)
    new = new_id()
    return (f"delete from access.disclosure where id = '{row}';" + forged.format(new=new, leaf=leaf, like=leaf),
            [f"leaf {leaf}, row {new}: inserted", f"leaf {leaf}, row {row}: removed"])


def reorder():
    (a, one), (b, two) = dice.sample(rows, 2)
    return (f"update access.disclosure set leaf = {size + 5} where id = '{one}'; update access.disclosure set leaf = {a} where id = '{two}';"
            f"update access.disclosure set leaf = {b} where id = '{one}'",
            [f"leaf {b}, row {one}: reordered: it belongs at leaf {a}", f"leaf {a}, row {two}: reordered: it belongs at leaf {b}"])


def truncate():
    leaf = dice.randrange(size // 2, size)
    return f"delete from access.disclosure where tenant = 1 and leaf >= {leaf}", [f"leaves {leaf} to {size - 1}: truncated"]


def swap_tiles():
    a, b = dice.sample(range(size // 256), 2) if size >= 512 else (0, 0)
    kind = dice.choice(["hashes", "entries", "byte"])
    if kind == "byte" or a == b:
        at = dice.randrange(32)
        return (f"update access.log_tile set hashes = set_byte(hashes, {at}, get_byte(hashes, {at}) # 255) where level = 0 and number = 0"
                " and tenant = 1", ["tile/0/000: swapped"])
    if kind == "hashes":
        return ("update access.log_tile t set hashes = s.hashes from saved.log_tile s where t.tenant = 1 and t.level = 0 and s.level = 0"
                f" and (t.number, s.number) in (({a}, {b}), ({b}, {a}))", [f"tile/0/{a:03d}: swapped", f"tile/0/{b:03d}: swapped"])
    return ("update access.log_entries t set commitments = s.commitments from saved.log_entries s where t.tenant = 1"
            f" and (t.number, s.number) in (({a}, {b}), ({b}, {a}))", [f"leaf {256 * a}, row {rows[256 * a][1]}: its entry was changed"])


def older():
    return None, ["older than"]


def claim_removal():
    leaf, row = dice.choice(rows)
    return (f"delete from access.disclosure where id = '{row}'; insert into access.log_removed values (1, {leaf}, '{row}', '{new_id()}', now())",
            [f"leaf {leaf}, row {row}: removed by no decision"])


def roll_back():  # all of it as it once was, with the checkpoint that was signed then
    return ("delete from access.disclosure where tenant = 1 and leaf >= (select size from older.log where tenant = 1);"
            + "".join(f"delete from access.{name} where tenant = 1; insert into access.{name} select * from older.{name} where tenant = 1;"
                      for name in ("log", "log_tile", "log_entries")), ["being brought up to the journal"])


def verify(extract, tiles, by_journal):
    with_journal = ["--journal", journal] if by_journal else []
    done = subprocess.run([r7, "log", "verify", "--key", f"{folder}/key", "--checkpoint", f"{folder}/checkpoint", "--tiles", tiles, *with_journal, extract],
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def fetch():
    shutil.rmtree(f"{folder}/now", ignore_errors=True)
    done = subprocess.run([r7, "log", "fetch", "--to", f"{folder}/now"], capture_output=True, text=True)
    return f"{folder}/now" if done.returncode == 0 else None, done.stderr


def try_one(number, kind):
    edit, names = kind()
    if edit:
        sql(edit)
    at, refused = fetch() if edit else (f"{folder}/older", "")
    code, said = verify(f"{at}/log.jsonl", at, True) if at else (1, refused)
    alone, said_alone = verify(f"{at}/log.jsonl", at, False) if at else (1, refused)
    is_found = code == 1 and (alone == 1 or kind == claim_removal)  # only the journal has the decisions
    is_named = all(name in said for name in names)
    if not is_found or not is_named:
        print(f"FAILED  {number} {kind.__name__}: wanted {names}, exits {code} {alone}\n    {edit}\n    {said[:600]}\n    {said_alone[:300]}")
    if edit:
        sql(f"begin; delete from access.log_removed where tenant = 1; {restore} commit")
    return is_found, is_named


kinds = [delete, change, change, rename, insert, replace, reorder, truncate, swap_tiles, older, claim_removal, roll_back]
tried = collections.Counter()
found = named = 0
code, said = verify(f"{fetch()[0]}/log.jsonl", f"{folder}/now", True)
if code:
    sys.exit(f"log_tamper: it was not whole to begin with: {said}")
for number in range(count):
    kind = kinds[number % len(kinds)] if number < len(kinds) else dice.choice(kinds)
    tried[kind.__name__] += 1
    is_found, is_named = try_one(number, kind)
    found, named = found + is_found, named + is_named
code, said = verify(f"{fetch()[0]}/log.jsonl", f"{folder}/now", True)
if code:
    sys.exit(f"log_tamper: it was not put back: {said}")
sql("drop schema saved cascade")
print(" ".join(f"{kind} {times}" for kind, times in sorted(tried.items())), file=sys.stderr)
print(f"{found} found, {named} named of {count}")
