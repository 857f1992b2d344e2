/* r7: the table of its commands, and which one was meant. */
#include "cli.h"

/* "  word            meaning\n" for each reason of one kind. */
#define LISTED(word, meaning) "    " word ": " meaning "\n"
#define NOT_LISTED(word, meaning)
#define REASON(what, word, meaning) what##_REASON(word, meaning)
#define TIME_REASON                 NOT_LISTED

/* r7 log verify, which the standalone r7 has too. */
#define VERIFY_USAGE                                                                               \
    "verify [--key KEY] [--changes FILE] [--checkpoint FILE] [--tiles FOLDER]\n"                   \
    "        [--journal FOLDER] EXTRACT\n"
#define VERIFY_TEXT                                                                                \
    "verify needs no server: EXTRACT is FOLDER/log.jsonl of r7 log fetch, or one person's "        \
    "extract,\n"                                                                                   \
    "which has its proofs in it. KEY is the region's verifier key, or a file with it, that you "   \
    "were\n"                                                                                       \
    "given, one in a line when there were several; FILE of --changes what the region tells of a "  \
    "key\n"                                                                                        \
    "that took over (changes of r7 log fetch); FILE of --checkpoint one that was kept; the tiles " \
    "are a fetched FOLDER, the journal a "                                                         \
    "region's\n"                                                                                   \
    "folder in the vault. Each row that was removed, changed, inserted, reordered, truncated or\n" \
    "backdated is named, and each tile. Exit 0: all is as it was sealed. 1: it is not. 2: it "     \
    "could\n"                                                                                      \
    "not be told."

/* Those that need no server come first, and make the standalone r7 (Makefile). */
static const struct command commands[] = {
    {"pack", "make an E-ARK SIP of a folder and a description",
     "--description FILE.json --out PACKAGE [--format zip|tar]\n"
     "        [--documentation FOLDER] [--schemas FOLDER] FOLDER\n"
     "Makes a package by E-ARK CSIP 2.2.0 and SIP 2.2.0. The same folder and a description with\n"
     "objid and created give the same bytes again. The description: services/cli/PACKAGES.md.",
     pack_command},
    {"validate", "tell whether a package is valid, as the archive would",
     "[--format text|json|html|junit] [--schemas FOLDER] [--limit BYTES] [--scan SOCKET]\n"
     "        [--files FILE] PACKAGE\n"
     "PACKAGE is a ZIP, TAR, tar.gz or folder, or - for what comes on standard input, at most\n"
     "BYTES (8 GiB). Needs no server and no network. The schemas are those of the folder, or of\n"
     "R7_SCHEMAS, or the folder schemas beside this program. With --scan the files are scanned by\n"
     "the clamd that listens there (a socket's path, or IP:PORT); without, the report says that\n"
     "none was. FILE gets each file's digest and format, a line of JSON each. Exit 0: valid.\n"
     "1: not valid. 2: it could not be told.",
     validate_command},
    {"identify", "tell the format of files, by PRONOM",
     "[--signatures FILE [--containers FILE]] FILE…\n"
     "Prints a line for each file and format: PUID, name, version, basis (signature, container or\n"
     "extension) and path, with tabs between; \"-\" when nothing is known. Several lines for a "
     "file:\n"
     "it is one of these. The signature files are DROID's, from The National Archives (UK):\n"
     "--signatures and --containers, or the latest of each in the folder R7_PRONOM.",
     identify_command},
#ifdef R7_STANDALONE
    {"log", "tell whether the sealed log, or an extract of it, is as it was sealed",
     VERIFY_USAGE VERIFY_TEXT, log_verify_command},
#else
    {"deliver", "send a package to the archive, as its source system",
     "--agreement ID [--tenant T] [--system S] [--id ID]\n"
     "        [--encrypt|--upload|--uri URI] [--patience SECONDS] [--state FOLDER] PACKAGE\n"
     "        --agreement ID [--tenant T] [--system S] [--encrypt] --records FOLDER|FILE\n"
     "Writes the package to the topic deliveries.T.S and prints the delivery. Without --id it is\n"
     "named by its bytes, so that sending it again is the same delivery. With --encrypt only the\n"
     "archive can read it on the topic: R7_DELIVERY_RECIPIENT. Speaks to Kafka with the\n"
     "system's certificate: R7_KAFKA_BOOTSTRAP, R7_CA, R7_CERT, R7_KEY; R7_TENANT, R7_SYSTEM.\n"
     "A package that is too large for a message, or any with --upload, is uploaded to\n"
     "R7_INGEST_URL and announced; the same command again goes on where one that was cut short\n"
     "stood, which the state folder knows (~/.local/state/r7). While the archive is away it is\n"
     "tried again, for 600 seconds or as --patience says.\n"
     "With --uri the package lies in the agreement's object store already, as s3://bucket/key; "
     "here\n"
     "it is only read, for its size and digest, and announced.\n"
     "With --records each file of a folder (.xml, .json), or each line of a .jsonl, is one "
     "record;\n"
     "the archive gathers them into deliveries.",
     deliver_command},
    {"import", "send a disk or a folder of packages by its list",
     "--agreement ID [--tenant T] [--system S] [--list FILE] [--upload]\n"
     "        [--wait SECONDS] [--patience SECONDS] [--state FOLDER] FOLDER\n"
     "Each file of the list is checked against it and delivered as r7 deliver would, named by its\n"
     "bytes. The list has lines of sha256sum or its kind, or is a table with the columns name,\n"
     "bytes, algorithm and checksum; without --list it is consignment.csv, consignment.tsv,\n"
     "SHA256SUMS, SHA512SUMS, manifest-sha256.txt or manifest-sha512.txt in the folder. What is\n"
     "wrong is named and does not stop the rest. Run again it goes on, and delivers nothing "
     "twice.\n"
     "Exit 0 when every listed file is delivered; with --wait, when the archive has them all.",
     import_command},
    {"follow", "show the receipts of a delivery until its end",
     "[--tenant T] [--system S] [--wait SECONDS] [--until RECEIPT] DELIVERY\n"
     "Reads the topic receipts.T.S as the source system does, until searchable, tested, rejected "
     "or\n"
     "returned. Exit 0 when the last one is RECEIPT, which is searchable when not given. With\n"
     "R7_INGEST_URL, R7_CERT and R7_KEY it tells on standard error how far the archive is.",
     follow_command},
    {"report", "print what was found in a delivery, by validation or by indexing",
     "[--index] DELIVERY\n"
     "JSON on standard output: what validation found, as the source system, with its certificate\n"
     "(R7_CA, R7_CERT, R7_KEY); or what indexing could not read, as an archivist who signed in.\n"
     "The archivist's look is logged before anything is shown.",
     report_command},
    {"deliveries", "list the region's deliveries, or show one",
     "[--state STATE] [--system S] [--before TIME] [--json] [DELIVERY]\n"
     "As an archivist or local administrator. The newest first, 100 at a time; of one that a room\n"
     "has in hand, how far it is. STATE: announced (its bytes are waited for), received, "
     "rejected,\n"
     "awaiting_acceptance, returned, accepted, archived, searchable, superseded, test, removed.\n"
     "With a delivery: its milestones, and what validation found in it.",
     deliveries_command},
    {"accept", "take a delivery into the archive",
     "--reason WORD [--note TEXT] DELIVERY\n"
     "As an archivist. From then on staff may see it. WORD:\n"
#define ACCEPT_REASON LISTED
#define RETURN_REASON NOT_LISTED
#include "domain/decision_reasons.def"
     "The note is for the archive's own people and holds no personal number.",
     accept_command},
    {"return", "send a delivery back to its source system",
     "--reason WORD [--note TEXT] DELIVERY\n"
     "As an archivist. It is never shown, and removed when the agreement's time is over. WORD:\n"
#undef ACCEPT_REASON
#undef RETURN_REASON
#define ACCEPT_REASON NOT_LISTED
#define RETURN_REASON LISTED
#include "domain/decision_reasons.def"
     "The source system is told the word; the note is for the archive's own people.",
     return_command},
    {"formats", "show and decide which file formats the region archives",
     "list\n"
     "       r7 formats shipped\n"
     "       r7 formats rule PUID approved|warned|refused --reason TEXT [--type TYPE] [--from "
     "TIME]\n"
     "list: the region's own rulings, the newest of each first: PUID, verdict, from when, for "
     "which\n"
     "information type, reason. shipped: the list that holds where there is none; needs no "
     "server.\n"
     "rule: as an archivist. PUID is PRONOM's identifier, * any other, ? one that is not known; "
     "it\n"
     "holds for what is received from TIME (now) on, and the reason is told in the finding.",
     formats_command},
    {"agreement", "make a submission agreement, or read one",
     "set ID FILE.json\n"
     "       r7 agreement show ID\n"
     "set: as a local administrator, makes or changes it. The file: putAgreement in\n"
     "schemas/openapi/ingest.yaml. show: as its source system, with its certificate (R7_CERT,\n"
     "R7_KEY): what may come under it, and what to encrypt to.",
     agreement_command},
    {"status", "list every room and server with its state",
     "[--wait SECONDS]\n"
     "Exit 0 when all are ready; waits for it at most so long. Rooms are those in var/demo/env.",
     status_command},
    {"login", "sign in and keep the token",
     "[--tenant T] [--assignment ID] [--print] LOGIN\n"
     "       r7 login --oidc [--tenant T] [--assignment ID] [--print] [PROVIDER]\n"
     "The password comes from the terminal or R7_PASSWORD. The token goes to ~/.config/r7/token, "
     "or\n"
     "with --print to standard output. Without --tenant: R7_TENANT. With --oidc through the "
     "region's\n"
     "identity provider, in a browser on this machine.",
     login_command},
    {"logout", "sign out",
     "\n"
     "The token is over at once, everywhere, and ~/.config/r7/token is removed. Where the "
     "region's\n"
     "identity provider has a place to sign out, its address is printed for the browser.",
     logout_command},
    {"keys", "make a region's keys; prove that escrow opens; another key of the log (on the host)",
     "init TENANT --keys-dir DIR --offline-dir DIR\n"
     "       r7 keys prove-escrow TENANT --offline-dir DIR\n"
     "       r7 keys rotate-log TENANT --log-keys DIR\n"
     "init writes what room keys holds to KEYS/tenants/TENANT and what is kept offline to\n"
     "OFFLINE/TENANT; it never writes over anything. The escrow identity is nowhere but in three\n"
     "nested age files, one for each pair of holders. rotate-log gives the region's sealed log\n"
     "another key: DIR is R7_LOG_KEYS of room access, which lets the old key hand over.",
     keys_command},
    {"tenant", "connect a region",
     "add FILE.json\n"
     "As a central administrator, and with R7_KAFKA_* of one who may make topics. The file:\n"
     "{\"name\", \"title\", \"administrator\": {\"login\", \"name\", \"password\"},\n"
     "\"second_administrator\": {…}, \"systems\": [{\"name\", \"logical_address\",\n"
     "\"processor_agreement\"}], \"provisioners\": [{\"name\", \"certificate\"}]}. Run again it "
     "adds\n"
     "the systems and provisioners that are new. With a second administrator what opens access\n"
     "widely waits for the other from the first day. Units and their care providers are the\n"
     "region's own to tell: r7 units import, as its administrator.",
     tenant_command},
    {"system", "let a source system in: certificate, topics, rights",
     "add TENANT SYSTEM [--logical-address HSA-ID [--processor-agreement]]\n"
     "As r7 tenant add. The certificate is known by its common name, system-TENANT-SYSTEM.",
     system_command},
    {"user", "add a person with assignments",
     "add FILE.json\n"
     "As a local administrator. The file: {\"login\", \"name\", \"password\", \"hsa_id\", "
     "\"assignments\":\n"
     "[{\"role\", \"unit\", \"care_unit\", \"care_provider\", \"purposes\", "
     "\"information_types\",\n"
     "\"analysis\", \"valid_from\", \"valid_until\"}]}.\n"
     "       r7 user import FILE.csv\n"
     "A list of staff, an account with an assignment in each row. The header names the columns:\n"
     "login, name, hsa_id, password, role, unit, care_unit, care_provider, purposes,\n"
     "information_types, analysis, valid_from, valid_until; several purposes or types stand with\n"
     "spaces between. What is refused is told by its line; the same list again changes nothing.",
     user_command},
    {"analyses", "the needs-and-risk analyses that assignments rest on",
     "list\n"
     "       r7 analyses show ID\n"
     "       r7 analyses set ID FILE.json\n"
     "       r7 analyses end ID\n"
     "As a local administrator. list: each with its state and how many assignments rest on it, "
     "also\n"
     "those that have ended, whose assignments give nothing. show: which these are. set: the file "
     "is\n"
     "setAnalysis in schemas/openapi/access.yaml; what an analysis covers never changes, and\n"
     "another has another id. end: now.",
     analyses_command},
    {"units", "the register of units: fill it, and see what it lacks",
     "import FILE.csv\n"
     "       r7 units list [TEXT]\n"
     "       r7 units gaps [--json] [DELIVERY]\n"
     "       r7 units refresh [--take] HSA-ID…\n"
     "import, as a local administrator: each line is a unit, a name, a code or a succession; the\n"
     "columns are in services/cli/REGION.md. What is refused is named by its line and does not "
     "stop\n"
     "the rest; run again, it changes nothing. list: those with TEXT in an id or a name, of today "
     "or\n"
     "then, or as a source system's code. gaps, as an archivist or local administrator: how\n"
     "many records stand under each unit code that the register does not know, in a delivery or "
     "in\n"
     "all that wait to be accepted. Exit 1 when there are any. refresh asks the HSA directory; "
     "with\n"
     "--take the local administrator's own row is let go.",
     units_command},
    {"blocks", "the register of blocks: a retired system's, and what services of blocks are asked",
     "import FILE.csv\n"
     "       r7 blocks complete|incomplete SYSTEM --decided-by WHO [--service NAME]\n"
     "       r7 blocks refresh SERVICE\n"
     "       r7 blocks check NUMBER [--type OID]\n"
     "As a local administrator. import: each line is a block; the columns are in\n"
     "services/cli/REGION.md. What is refused is named by its line and does not stop the rest; "
     "run\n"
     "again, it changes nothing, so a list that was cut short is sent again whole. complete: the\n"
     "register holds all blocks of the source system; until that is said its records open in "
     "their\n"
     "own unit only. With --service they are in a service that is mirrored, and known while its\n"
     "mirror is fresh. refresh: fetches all of a mirrored service now, and tells how fresh it is.\n"
     "check, as care staff: the services that keep blocks are asked about the patient with that\n"
     "number (\"-\" reads it from standard input); what they say counts for you, at your unit, "
     "until\n"
     "the time that is told. What is blocked is told to nobody. Exit 1 when nothing has come to "
     "count.",
     blocks_command},
    {"persons", "ask the national person service about people; links between identities",
     "refresh FILE\n"
     "       r7 persons links NUMBER [--type OID] [--system ID] --reason TEXT\n"
     "       r7 persons unlink LINK --reason TEXT\n"
     "As a local administrator. links: of the person with that number (\"-\" reads it from "
     "standard\n"
     "input), each with its id; the look is logged. unlink: it joins no more. refresh: a line for "
     "each: the number, and after a space its OID when it is "
     "no\n"
     "personal or coordination number. \"-\" reads them from standard input. What the service says "
     "of\n"
     "protection, deregistration and other identities is recorded; no number is printed, lines "
     "are\n"
     "named.",
     persons_command},
    {"proposals", "list what waits for a second administrator",
     "\n"
     "As a local administrator: what would open access widely, who proposed it, and until when it\n"
     "can be approved.",
     proposals_command},
    {"approve", "let a proposal take effect",
     "PROPOSAL [--tenant TENANT]\n"
     "As another local administrator than who proposed it. As a central administrator, for a "
     "region\n"
     "whose second administrator has left, with --tenant: administrators and their passwords only.",
     approve_command},
    {"refuse", "end a proposal without effect",
     "PROPOSAL\n"
     "As a local administrator; also who proposed it.",
     refuse_command},
    {"administer", "send a list of changes to room access",
     "FILE.json\n"
     "The file: [{\"method\": \"PUT\", \"path\": \"/units/SE1\", \"body\": {…}}, …], in order; it "
     "stops at\n"
     "the first that is refused. Paths and bodies: schemas/openapi/access.yaml.",
     administer_command},
    {"find", "find records",
     "TYPE [--person NUMBER [--type OID]] [--reference TEXT] [--text WORDS] [--from DATE]\n"
     "        [--to DATE] [--unit ID] [--category CODE] [--history] [--other-units]\n"
     "        [--restricted-links] [--reason TEXT] [--purpose WORD] [--limit N] [--after CURSOR] "
     "[--json]\n"
     "\"--person -\" reads the number from standard input, so that it stands in no shell's\n"
     "history. Dates are whole days. The search is logged before anything is shown.",
     find_command},
    {"show", "show a record, or save its content",
     "RECORD [--content FILE [--attachment N]] [--other-units] [--reason TEXT]\n"
     "        [--purpose WORD] [--request-number TEXT] [--json]\n"
     "The look is logged before anything is shown.",
     show_command},
    {"print", "save a record's print-out",
     "RECORD --out FILE.pdf [--language sv|en] [--other-units] [--reason TEXT]\n"
     "        [--purpose WORD] [--request-number TEXT]\n"
     "What r7 show tells, as a page for paper; not the content. Logged as printed.",
     print_command},
    {"why", "tell why a record may be read or not, by which rule",
     "RECORD [--on DATE] [--assignment ID] [--other-units] [--reason TEXT]\n"
     "        [--purpose WORD] [--request-number TEXT] [--json]\n"
     "In Swedish and English; as of now, or of that day. With an assignment, as a local\n"
     "administrator or log reviewer: for whoever holds it. The question is logged.",
     why_command},
    {"readers", "tell whose assignments open a record, and why",
     "RECORD [--on DATE] [--json]\n"
     "As a local administrator or log reviewer; as of now, or of that day. A line for each: allow\n"
     "or ask (by an active choice, a reason or a request number), name, role, purpose, unit or\n"
     "care provider, reasons, assignment. Others are refused. The question is logged.",
     readers_command},
    {"export", "get a package as it was delivered",
     "PACKAGE --reason TEXT --out FILE [--purpose WORD] [--request-number TEXT]\n"
     "As an archivist. Logged; prints the SHA-256 to compare with the receipt.",
     export_command},
    {"who-read", "show who has read a person's records",
     "--person NUMBER [--reason TEXT]\n"
     "As a log reviewer. \"--person -\" reads the number from standard input. The look is logged.",
     who_read_command},
    {"log", "the sealed disclosure log: a person's extract of it, fetching and verifying",
     "extract --person NUMBER --reason TEXT [--from DATE] [--to DATE]\n"
     "        [--format text|json|pdf] [--language sv|en] [--out FILE]\n"
     "As a log reviewer whose assignment is for the purpose patient, on the person's request. "
     "text and\n"
     "pdf are in plain words; json has the proof of each row (r7e-log-extract-v1). Dates are "
     "whole\n"
     "days. \"--person -\" reads the number from standard input. FILE must not be there, and is "
     "made\n"
     "for its owner alone. The extract is logged before anything is shown.\n"
     "       r7 log fetch --to FOLDER\n"
     "       r7 log " VERIFY_USAGE
     "fetch, as a log reviewer or local administrator: key, checkpoint, tiles and all rows, with\n"
     "all that is about somebody withheld, into FOLDER; again it fetches what is "
     "new.\n" VERIFY_TEXT,
     log_command},
    {"review", "follow up who read what: the reviewers' queue, outcomes, samples",
     "list [--state open|taken|follow_up|done]\n"
     "       r7 review show REVIEW\n"
     "       r7 review take REVIEW\n"
     "       r7 review decide REVIEW --outcome WORD --text TEXT [--follow-up DATE]\n"
     "       r7 review statistics --from DATE --to DATE\n"
     "       r7 review draw --check SEED [--per unit|care_provider] [--rows N] FILE\n"
     "As a log reviewer: what rules found or a sample drew, of what the own care provider's staff\n"
     "did. WORD: no_remark, explained, to_be_investigated, reported. show is logged. statistics\n"
     "are JSON, also for a local administrator. draw needs no server: it draws again which of the\n"
     "rows in FILE (an extract of the log, JSON lines with id, unit and care_provider) the seed\n"
     "draws, N (5) of each unit or care provider.",
     review_command},
    {"alerts", "show emergencies and looks at marked persons; take one in hand",
     "[--follow]\n"
     "       r7 alerts --acknowledge ALERT\n"
     "As a local administrator. With --follow it goes on, and shows new ones within seconds.",
     alerts_command},
    {"set-aside", "list what rooms could not use; try it again or discard it",
     "list [--topic T]\n"
     "       r7 set-aside show ID\n"
     "       r7 set-aside retry ID\n"
     "       r7 set-aside discard ID --reason TEXT\n"
     "As an operator or central administrator; a local administrator for the own region. What "
     "came\n"
     "on a topic deliveries.T.S is written there again by retry, which then needs R7_KAFKA_* of "
     "one\n"
     "who may. Who decided what, and why, is kept.",
     set_aside_command},
    {"topics", "make the topics between rooms, and each room's rights",
     "\n"
     "Speaks to Kafka as R7_KAFKA_BOOTSTRAP, R7_KAFKA_CA, R7_KAFKA_CERT and R7_KAFKA_KEY, who may "
     "make\n"
     "topics. Run again it makes what is missing.",
     topics_command},
#endif
};

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COUNT(commands); i++)
        if (str_equal(str_from(commands[i].name), str_from(name)))
            return &commands[i];
    return NULL;
}

static int help(const char *name)
{
    const struct command *command = name != NULL ? find(name) : NULL;
    if (command != NULL) {
        printf("usage: r7 %s %s\n", command->name, command->usage);
        return 0;
    }
    if (name != NULL) {
        fprintf(stderr, "r7: there is no command \"%s\"; r7 help lists them\n", name);
        return 2;
    }
    puts("usage: r7 COMMAND …, r7 help COMMAND, r7 --version");
    for (size_t i = 0; i < COUNT(commands); i++)
        printf("  %-12s %s\n", commands[i].name, commands[i].summary);
    return 0;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct err *e = command->run(argc, argv);
    if (e == NULL)
        return 0;
    fprintf(stderr, "r7 %s: %s%s%s\n", command->name, e->field != NULL ? e->field : "",
            e->field != NULL ? ": " : "", e->detail);
    if (!cli_is_usage_error(e))
        return cli_is_undecided(e) ? 2 : 1;
    fprintf(stderr, "usage: r7 %s %s\n", command->name, command->usage);
    return 2;
}

int main(int argc, char **argv)
{
    const struct str first = argc > 1 ? str_from(argv[1]) : S("");
    if (str_equal(first, S("help")) || str_equal(first, S("--help")))
        return help(argc > 2 ? argv[2] : NULL);
    if (str_equal(first, S("--version")))
        return puts("r7 " R7_VERSION) < 0;
    const struct command *command = argc > 1 ? find(argv[1]) : NULL;
    if (command == NULL)
        return argc > 1 ? help(argv[1]) : help(NULL) + 2;
    if (argc > 2 && str_equal(str_from(argv[2]), S("--help")))
        return help(argv[1]);
    return run(command, argc - 1, argv + 1);
}
