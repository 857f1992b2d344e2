/* Does the decision follow the table of cases (data/permission.tsv), and does the table name every
 * reason? */
#include "permission_cases.h"

static struct permission decide(struct inputs *in)
{
    in->facts.blocks = in->blocks;
    in->facts.lifts = in->lifts;
    in->facts.predecessors = in->predecessors;
    in->facts.agreements = in->agreements;
    return permission_decide(&in->subject, &in->resource, &in->intent, &in->facts);
}

/* --- the questions --- */

static void every_case(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct permission permission = decide(&rows[i].inputs);
        autobuf struct buf reasons = buf_new(4096);
        autobuf struct buf obligations = buf_new(4096);
        permission_print_reasons(&permission, &reasons);
        permission_print_obligations(&permission, &obligations);
        if (str_equal(rows[i].outcome, str_from(permission_outcomes[permission.outcome])) &&
            str_equal(rows[i].reasons, buf_str(&reasons)) &&
            str_equal(rows[i].obligations, buf_str(&obligations)))
            continue;
        wrong++;
        print_error("%.*s: %s %.*s [%.*s]\n", STR_ARG(rows[i].name),
                    permission_outcomes[permission.outcome], STR_ARG(buf_str(&reasons)),
                    STR_ARG(buf_str(&obligations)));
    }
    print_message("permission: %zu cases\n", row_count);
    assert_true(row_count >= 300);
    assert_int_equal(wrong, 0);
}

static bool is_named(struct str list, const char *word)
{
    struct str part;
    while (str_cut(&list, ',', &part))
        if (str_equal(part, str_from(word)))
            return true;
    return false;
}

/* A rule that no case needs is a rule that nobody would miss. */
static void every_word_has_a_case(void **state)
{
    (void)state;
    static const char *const reasons[] = {
#define REASON(name, word, effect, swedish, english, source) word,
#include "domain/permission_reasons.def"
#undef REASON
    };
    static const char *const obligations[] = {
#define OBLIGATION(name, word, swedish, english) word,
#include "domain/permission_words.def"
    };
    for (size_t w = 0; w < COUNT(reasons); w++) {
        size_t i = 0;
        while (i < row_count && !is_named(rows[i].reasons, reasons[w]))
            i++;
        if (i == row_count)
            fail_msg("no case has the reason %s", reasons[w]);
    }
    for (size_t w = 0; w < COUNT(obligations); w++) {
        size_t i = 0;
        while (i < row_count && !is_named(rows[i].obligations, obligations[w]))
            i++;
        if (i == row_count)
            fail_msg("no case has the obligation %s", obligations[w]);
    }
}

/* Whatever else is said: those who operate the archive see no content, and no one sees another
 * region's. */
static void walls(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        struct inputs in = rows[i].inputs;
        in.resource.tenant = in.subject.tenant + 1;
        struct permission permission = decide(&in);
        assert_int_equal(permission.outcome, PERMISSION_DENY);
        assert_int_equal(permission.reasons, 1ULL << REASON_OTHER_TENANT);
        in = rows[i].inputs;
        in.subject.kind = SUBJECT_PERSON;
        for (unsigned role = ROLE_LOCAL_ADMINISTRATOR; role <= ROLE_ORGANISATION_ADMINISTRATOR;
             role++) {
            in.subject.assignment.role = (enum permission_role)role;
            assert_int_equal(decide(&in).outcome, PERMISSION_DENY);
        }
    }
}

/* What is not known opens nothing: taking any one input away never gives more than there was. */
static void not_known_never_opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        enum permission_outcome before = decide(&rows[i].inputs).outcome;
        for (size_t k = 0; k < COUNT(keys); k++) {
            /* A test delivery is a delivery that says so; a block is the patient's own, and known
             * or not is told, and covers a record by each name that its unit has; a provider that
             * is not told is a case of its own for what is not care, and so is an assignment at
             * none for the log. */
            if (strcmp(keys[k].name, "r.test") == 0 || keys[k].type >= BLOCK ||
                (str_starts(str_from(keys[k].name), S("r.unit")) &&
                 rows[i].inputs.facts.block_count > 0) ||
                (strcmp(keys[k].name, "r.provider") == 0 &&
                 rows[i].inputs.resource.information != INFORMATION_CARE) ||
                (strcmp(keys[k].name, "provider") == 0 &&
                 rows[i].inputs.resource.information == INFORMATION_LOG))
                continue;
            struct inputs in = rows[i].inputs;
            static const size_t sizes[] = {[TEXT] = sizeof(struct str),
                                           [NUMBER] = sizeof(int32_t),
                                           [YES] = sizeof(bool),
                                           [WHEN] = sizeof(struct instant),
                                           [SPAN] = sizeof(struct permission_span),
                                           [SPANS] = sizeof(struct permission_spans),
                                           [WORD] = sizeof(unsigned),
                                           [SET] = sizeof(unsigned),
                                           [LIST] = sizeof(struct strs)};
            memset((char *)&in + keys[k].offset, 0, sizes[keys[k].type]);
            if (decide(&in).outcome > before)
                fail_msg("%.*s: opens when %s is not known", STR_ARG(rows[i].name), keys[k].name);
        }
        struct inputs in = rows[i].inputs;
        in.facts.lift_count = in.facts.predecessor_count = in.facts.agreement_count = 0;
        if (decide(&in).outcome > before)
            fail_msg("%.*s: opens without what opens", STR_ARG(rows[i].name));
    }
}

/* The first instant at which something changes is never later than the first change of the outcome.
 */
static void until_is_early_enough(void **state)
{
    (void)state;
    const int64_t day = 86400LL * 1000000;
    for (size_t i = 0; i < row_count; i++) {
        struct inputs in = rows[i].inputs;
        struct permission first = decide(&in);
        if (!in.facts.now.known)
            continue;
        struct instant start = in.facts.now;
        for (int days = 1; days < 1000; days++) {
            in.facts.now = instant_add(start, days * day);
            if (first.until.known && !instant_before(in.facts.now, first.until))
                break;
            assert_int_equal(decide(&in).reasons, first.reasons);
            assert_int_equal(decide(&in).obligations, first.obligations);
        }
    }
}

/* What no row can say. */
static void beyond_the_table(void **state)
{
    (void)state;
    struct inputs in = row_named(S("nurse reads own unit"))->inputs;
    const struct permission_span always = {.from = {1, true}};
    assert_false(permission_in_force(always, (struct instant){0}));
    in.subject.assignment.role = (enum permission_role)99;
    assert_int_equal(decide(&in).reasons, 1ULL << REASON_ROLE_NOT_KNOWN);
    in = row_named(S("shared documentation"))->inputs;
    in.subject.assignment.reach = (enum permission_reach)99;
    assert_int_equal(decide(&in).reasons,
                     1ULL << REASON_OTHER_PROVIDER | 1ULL << REASON_BEYOND_REACH);
    in.subject.kind = (enum permission_subject_kind)99;
    assert_int_equal(decide(&in).reasons, 1ULL << REASON_SUBJECT_NOT_KNOWN);
}

/* Who keeps a register or asks who could read: in force, one of the roles, and for how long. */
static void of_a_role(void **state)
{
    (void)state;
    static const enum permission_role roles[] = {ROLE_LOCAL_ADMINISTRATOR, ROLE_LOG_REVIEWER};
    const struct inputs in = row_named(S("nurse reads own unit"))->inputs;
    const struct instant now = in.facts.now;
    const struct {
        enum permission_role role;
        bool active;
        bool assigned;
        bool analysed;
        uint64_t reasons;
    } cases[] = {
        {ROLE_LOCAL_ADMINISTRATOR, true, true, false, 1ULL << REASON_ASSIGNMENT_COVERS},
        {ROLE_LOG_REVIEWER, true, true, true, 1ULL << REASON_ASSIGNMENT_COVERS},
        {ROLE_CARE_STAFF, true, true, true, 1ULL << REASON_ROLE_ACTION},
        {ROLE_NOT_KNOWN, true, true, true, 1ULL << REASON_ROLE_ACTION},
        {(enum permission_role)99, true, true, true, 1ULL << REASON_ROLE_ACTION},
        {ROLE_LOG_REVIEWER, false, true, true, 1ULL << REASON_USER_NOT_ACTIVE},
        {ROLE_LOG_REVIEWER, true, false, true, 1ULL << REASON_ASSIGNMENT_NOT_VALID},
        {ROLE_LOG_REVIEWER, true, true, false, 1ULL << REASON_ANALYSIS_NOT_VALID},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct permission_span no_more = {.from = {1, true}, .until = now};
        struct permission_subject subject = in.subject;
        subject.assignment.role = cases[i].role;
        subject.active = cases[i].active ? subject.active : no_more;
        subject.assignment.valid = cases[i].assigned ? subject.assignment.valid : no_more;
        subject.assignment.analysis = cases[i].analysed ? subject.assignment.analysis : no_more;
        struct permission permission = permission_of_role(&subject, roles, COUNT(roles), now);
        assert_int_equal(permission.reasons, cases[i].reasons);
        assert_int_equal(permission.outcome == PERMISSION_ALLOW, i < 2);
        assert_int_equal(permission.obligations, 0);
        subject.assignment.valid.until = instant_add(now, 1);
        permission = permission_of_role(&subject, roles, COUNT(roles), now);
        assert_true(permission.until.known && permission.until.us == now.us + 1);
    }
    assert_int_equal(permission_of_role(&in.subject, roles, 0, now).outcome, PERMISSION_DENY);
}

/* An emergency is refused exactly where it opens nothing: by its assignment alone, and never where
 * any case reads by one. */
static void of_an_emergency(void **state)
{
    (void)state;
    const struct {
        enum permission_reach reach;
        uint64_t denied; /* by what; nothing: it may open something */
    } reaches[] = {
        {REACH_NOT_STATED, 0},
        {REACH_JOINT, 0},
        {REACH_CARE_PROVIDER, 1ULL << REASON_OTHER_PROVIDER | 1ULL << REASON_BEYOND_REACH},
        {REACH_CARE_UNIT, 1ULL << REASON_OTHER_PROVIDER | 1ULL << REASON_BEYOND_REACH},
        {REACH_NOT_KNOWN, 1ULL << REASON_OTHER_PROVIDER | 1ULL << REASON_BEYOND_REACH},
    };
    const struct permission_span always = {.from = {1, true}};
    const struct inputs nurse = row_named(S("emergency"))->inputs;
    for (size_t i = 0; i < COUNT(reaches); i++) {
        struct permission_assignment assignment = nurse.subject.assignment;
        assignment.reach = reaches[i].reach;
        struct permission permission = permission_of_emergency(&assignment, nurse.facts.now);
        assert_int_equal(permission.reasons,
                         reaches[i].denied != 0 ? reaches[i].denied : 1ULL << REASON_EMERGENCY);
        assignment.information_types = (struct strs){0};
        permission = permission_of_emergency(&assignment, nurse.facts.now);
        assert_int_equal(permission.reasons,
                         reaches[i].denied | 1ULL << REASON_ASSIGNMENT_INFORMATION);
    }
    size_t opened = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct inputs in = rows[i].inputs;
        in.facts.emergency = (struct permission_spans){&always, 1};
        if ((decide(&in).reasons & 1ULL << REASON_EMERGENCY) == 0)
            continue;
        opened++;
        if (permission_of_emergency(&in.subject.assignment, in.facts.now).outcome !=
            PERMISSION_ALLOW)
            fail_msg("%.*s: is read in an emergency that may not be opened", STR_ARG(rows[i].name));
    }
    assert_true(opened >= 10);
}

/* Who is told "there is no such record", and who is told why not. */
static void hidden_is_anothers(void **state)
{
    (void)state;
    const struct inputs nurse = row_named(S("nurse reads own unit"))->inputs;
    struct inputs in = nurse;
    assert_false(decide(&in).hidden);
    in.resource.care_provider = S("p2");
    assert_true(decide(&in).hidden);
    in.subject.assignment.role =
        ROLE_SUPPLIER; /* sees nothing anywhere, and so learns nothing here */
    assert_true(decide(&in).hidden);
    in.resource.care_provider = nurse.resource.care_provider;
    assert_false(decide(&in).hidden);
    in = nurse;
    in.resource.care_provider = (struct str){0};
    assert_int_equal(decide(&in).outcome, PERMISSION_DENY);
    assert_false(decide(&in).hidden);
    in = nurse;
    in.resource.tenant = 2;
    assert_true(decide(&in).hidden);
    in = row_named(S("archivist reads a test delivery for the archive"))->inputs;
    in.subject.assignment.care_provider = (struct str){0};
    assert_int_equal(decide(&in).outcome, PERMISSION_DENY);
    assert_false(decide(&in).hidden);
    in = row_named(S("emergency"))->inputs;
    assert_false(decide(&in).hidden);
}

static void printed(void **state)
{
    (void)state;
    struct inputs in = row_named(S("emergency"))->inputs;
    in.subject.active.until = (struct instant){0};
    in.subject.assignment.valid.until = (struct instant){.us = 1795392000000000, .known = true};
    in.subject.assignment.analysis.until = (struct instant){0};
    struct permission permission = decide(&in);
    autobuf struct buf out = buf_new(4096);
    permission_print(&permission, &out);
    assert_string_equal(
        out.ptr,
        "{\"outcome\":\"allow\",\"reasons\":[{\"word\":\"emergency\",\"swedish\":\"Nödöppning: "
        "fara för patientens liv "
        "eller hälsa.\",\"english\":\"Emergency access: danger to the patient's life or "
        "health.\",\"source\":\"lag "
        "2022:913\"}],\"obligations\":[{\"word\":\"log\",\"swedish\":\"Utlämnandet ska loggas "
        "innan något visas.\","
        "\"english\":\"The disclosure is logged before anything is "
        "shown.\"},{\"word\":\"alert_administrator\","
        "\"swedish\":\"Den lokala administratören ska underrättas om "
        "nödöppningen.\",\"english\":\"The local "
        "administrator is told of the emergency access.\"}],\"until\":\"2026-11-23T00:00:00Z\"}");
}

/* The texts go into JSON as they are. */
static void texts_need_no_escape(void **state)
{
    (void)state;
    struct permission all = {.reasons = REASONS == 64 ? ~0ULL : (1ULL << REASONS) - 1,
                             .obligations = (1U << OBLIGATIONS) - 1};
    autobuf struct buf out = buf_new(1 << 20);
    permission_print(&all, &out);
    assert_null(buf_done(&out, "the texts"));
    assert_true(str_is_utf8(buf_str(&out)));
    assert_int_equal(str_find(buf_str(&out), '\\'), out.len);
    for (size_t i = 0; i < out.len; i++)
        assert_true((unsigned char)out.ptr[i] >= ' ');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case),
        cmocka_unit_test(every_word_has_a_case),
        cmocka_unit_test(walls),
        cmocka_unit_test(not_known_never_opens),
        cmocka_unit_test(until_is_early_enough),
        cmocka_unit_test(beyond_the_table),
        cmocka_unit_test(of_a_role),
        cmocka_unit_test(of_an_emergency),
        cmocka_unit_test(hidden_is_anothers),
        cmocka_unit_test(printed),
        cmocka_unit_test(texts_need_no_escape),
    };
    return cmocka_run_group_tests_name("permission", tests, read_table, drop_table);
}
