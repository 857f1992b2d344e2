/* Does an answer of the national person service say what it says, and nothing else
 * (services/access/person_service.h); which links follow from it (services/access/person_links.h)?
 */
#include "services/access/person_links.h"
#include "services/access/person_service.h"

#include "arena.h"

#define PERSONS "urn:riv:strategicresourcemanagement:persons:person:"
#define ANSWER(content)                                                                            \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"" SOAP_ENVELOPE               \
    "\"><s:Body><a:GetPersonsForProfileResponse xmlns:a=\"" PERSONS                                \
    "GetPersonsForProfileResponder:5\" xmlns=\"" PERSONS "5\">" content                            \
    "</a:GetPersonsForProfileResponse></s:Body></s:Envelope>"
#define PNR(number) "<root>1.2.752.129.2.1.3.1</root><extension>" number "</extension>"
#define ASKED(number, record)                                                                      \
    "<a:requestedPersonRecord><requestedPersonalIdentity>" PNR(                                    \
        number) "</requestedPersonalIdentity>" record "</a:requestedPersonRecord>"
#define RECORD(number, content)                                                                    \
    "<personRecord><personalIdentity>" PNR(number) "</personalIdentity>" content "</personRecord>"
#define OPEN_PERSON                                                                                \
    "<protectedPersonIndicator>false</protectedPersonIndicator><testIndicator>0</testIndicator>"   \
    "<primaryIdentity>true</primaryIdentity>"
#define TOLVAN "191212121212"
#define OTHER  "190310139803"
#define DATE(name, format, value)                                                                  \
    "<" name "><format>" format "</format><value>" value "</value></" name ">"

static struct person_number number_of(const char *digits)
{
    return (struct person_number){PERSON_TYPE_PERSONNUMMER, {str_from(digits)}};
}

/* One answer about TOLVAN. */
static struct err *read_answer(const char *message, struct person_told *out)
{
    autosoap struct soap_request answer = {0};
    const struct person_number asked = number_of(TOLVAN);
    TRY(soap_open_answer(S("text/xml; charset=utf-8"), str_from(message), SOAP_ANSWER_MAX, arena,
                         &answer));
    TRY(person_service_read(answer.body, &asked, 1, arena, out));
    return soap_end(&answer);
}

static const char *text_of(struct str text)
{
    return arena_cstr(arena, text);
}

static void a_record_is_read(void **state)
{
    (void)state;
    struct person_told told = {0};
    assert_null(read_answer(
        ANSWER(ASKED(
            TOLVAN,
            RECORD(TOLVAN, OPEN_PERSON
                   "<name><givenName>Tolvan</givenName></name>"
                   "<linkedIdentity><referredPersonalIdentity><root>1.2.752.74.9.1</root>"
                   "<extension>R1</extension></referredPersonalIdentity><assuranceLevel>3"
                   "</assuranceLevel><primaryIdentity>false</primaryIdentity></linkedIdentity>"
                   "<referredPersonalIdentities><referredPersonalIdentity>" PNR(
                       OTHER) "</referredPersonalIdentity></referredPersonalIdentities>"
                              "<referredPersonalIdentities><referredPersonalIdentity>" PNR(
                                  "190312049802") "</"
                                                  "referredPersonalIdentity><"
                                                  "referredPersonalIdentityStatus>"
                                                  "AS</referredPersonalIdentityStatus></"
                                                  "referredPersonalIdentities>"
                                                  "<deregistration><deregistrationReasonCode>UV</"
                                                  "deregistrationReasonCode>" DATE(
                                                      "deregistrationDate", "YYYY-MM",
                                                      "1999-02") "</deregistration>"))),
        &told));
    assert_true(told.known);
    assert_false(told.is_protected || told.deceased || told.is_test);
    assert_string_equal(text_of(told.deregistered), "UV");
    assert_string_equal(text_of(told.deregistered_on), "1999-02");
    assert_int_equal(told.link_count, 2);
    assert_string_equal(text_of(told.links[0].number.root), "1.2.752.74.9.1");
    assert_string_equal(text_of(told.links[0].assurance), "3");
    assert_string_equal(text_of(told.links[1].number.extension.digits), OTHER);
    assert_string_equal(text_of(told.links[1].assurance), "referred");
}

static void nobody_is_no_error(void **state)
{
    (void)state;
    struct person_told told = {.known = true};
    assert_null(read_answer(ANSWER(ASKED(TOLVAN, "")), &told));
    assert_false(told.known);
}

static void either_mark_protects(void **state)
{
    (void)state;
    static const char *const marks[] = {
        "<protectedPersonIndicator>true</protectedPersonIndicator>",
        "<protectedPersonIndicator>1</protectedPersonIndicator>"
        "<protectedPopulationRecord>false</protectedPopulationRecord>",
        "<protectedPersonIndicator>false</protectedPersonIndicator>"
        "<protectedPopulationRecord>true</protectedPopulationRecord>"};
    for (size_t i = 0; i < COUNT(marks); i++) {
        struct person_told told = {0};
        struct str message =
            arena_format(arena, ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, "%s"))), marks[i]);
        assert_null(read_answer(text_of(message), &told));
        assert_true(told.is_protected);
    }
}

static void death_is_told_in_four_ways(void **state)
{
    (void)state;
    static const char *const deaths[] = {
        "<deregistration><deregistrationReasonCode>AV</deregistrationReasonCode></deregistration>",
        "<deregistration>" DATE("foundDeadAtDate", "YYYY-MM-DD", "2001-02-03") "</deregistration>",
        "<coOrdinationNumberData>" DATE("deceasedDate", "YYYY", "2001") "</coOrdinationNumberData>",
        "<personalIdentityStatus><identityStatusCause>AVLIDEN</identityStatusCause>"
        "</personalIdentityStatus>"};
    for (size_t i = 0; i < COUNT(deaths); i++) {
        struct person_told told = {0};
        struct str message =
            arena_format(arena, ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON "%s"))), deaths[i]);
        assert_null(read_answer(text_of(message), &told));
        assert_true(told.deceased);
    }
}

static void what_is_wrong_is_an_error(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        ANSWER(""),
        ANSWER(ASKED(OTHER, RECORD(OTHER, OPEN_PERSON))),
        ANSWER(ASKED(TOLVAN, RECORD(OTHER, OPEN_PERSON))),
        ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON)) ASKED(TOLVAN, "")),
        ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON) RECORD(TOLVAN, OPEN_PERSON))),
        ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, ""))),
        ANSWER(ASKED(TOLVAN, "<personRecord>" OPEN_PERSON "</personRecord>")),
        ANSWER(ASKED(TOLVAN,
                     RECORD(TOLVAN, "<protectedPersonIndicator>ja</protectedPersonIndicator>"))),
        ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON "<linkedIdentity><assuranceLevel>3"
                                                        "</assuranceLevel></linkedIdentity>"))),
        ANSWER(ASKED(TOLVAN,
                     RECORD(TOLVAN, OPEN_PERSON "<linkedIdentity><referredPersonalIdentity>" PNR(
                                        OTHER) "</referredPersonalIdentity></linkedIdentity>"))),
        ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON
                                    "<deregistration>" DATE("deregistrationDate", "YYYY",
                                                            "1999-02") "</deregistration>"))),
        ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON
                                    "<deregistration>" DATE("deregistrationDate", "YYYY-MM-DD",
                                                            "1912121212") "</deregistration>"))),
        ANSWER("<a:requestedPersonRecord/>"),
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct person_told told = {0};
        const struct err *e = read_answer(wrong[i], &told);
        assert_non_null(e);
        assert_null(strstr(e->detail, TOLVAN));
    }
}

static void one_has_so_many_links_at_most(void **state)
{
    (void)state;
    autobuf struct buf links = buf_new(256 * 1024);
    for (int i = 0; i <= PERSON_LINKS_MAX; i++)
        buf_format(&links,
                   "<referredPersonalIdentities><referredPersonalIdentity><root>1.2</root>"
                   "<extension>%d</extension></referredPersonalIdentity>"
                   "</referredPersonalIdentities>",
                   i);
    struct person_told told = {0};
    struct str message =
        arena_format(arena, ANSWER(ASKED(TOLVAN, RECORD(TOLVAN, OPEN_PERSON "%s"))), links.ptr);
    const struct err *e = read_answer(text_of(message), &told);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_TOO_LARGE);
}

static void who_can_be_asked_about(void **state)
{
    (void)state;
    static const struct {
        const char *number, *type, *system;
        bool askable;
    } cases[] = {{"19121212-1212", NULL, "vas", true},
                 {"R1", "1.2.752.74.9.1", NULL, true},
                 {"R1", NULL, "vas", false},
                 {"191212121213", "1.2.752.129.2.1.3.1", NULL, false},
                 {"R1", "1", NULL, false}};
    struct person_number number;
    bool askable;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct identity_told told = {
            .number = str_from(cases[i].number),
            .type = cases[i].type != NULL ? str_from(cases[i].type) : (struct str){0},
            .system = cases[i].system != NULL ? str_from(cases[i].system) : (struct str){0}};
        const struct identity identity = identity_read(&told, arena);
        assert_null(person_number_of(&identity, &number, &askable));
        assert_int_equal(askable, cases[i].askable);
    }
    const struct identity ten =
        identity_read(&(struct identity_told){.number = S("121212-1212")}, arena);
    const struct err *e = person_number_of(&ten, &number, &askable);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_INVALID);
}

/* --- links
 * ------------------------------------------------------------------------------------------ */

static struct uuid p(uint8_t n)
{
    return (struct uuid){.bytes = {n}};
}

static struct pair_told pair(uint8_t one, uint8_t two, const char *assurance)
{
    return (struct pair_told){p(one), p(two), str_from(assurance)};
}

static struct links_decided decide(const struct pair_told *pairs, size_t pair_count,
                                   const struct link_known *links, size_t link_count,
                                   struct uuid fictitious)
{
    struct links_decided decided;
    const struct uuid asked[] = {p(1)};
    links_decide(pairs, pair_count, links, link_count, (struct uuids){asked, 1},
                 (struct uuids){&fictitious, 1}, arena, &decided);
    return decided;
}

/* Of the service, unless it is a local decision's ("sure"). */
static struct link_known link_of(uint8_t id, uint8_t one, uint8_t two, const char *assurance)
{
    return (struct link_known){.id = p(id),
                               .one = p(one),
                               .two = p(two),
                               .from_service = strcmp(assurance, "sure") != 0,
                               .assurance = str_from(assurance),
                               .in_force = true};
}

static void what_is_said_is_linked_once(void **state)
{
    (void)state;
    const struct pair_told pairs[] = {pair(1, 2, "3"), pair(2, 1, "2"), pair(1, 3, "3")};
    struct links_decided d = decide(pairs, 3, NULL, 0, p(9));
    assert_int_equal(d.made_count, 2);
    assert_string_equal(text_of(d.made[0].assurance), "3");
    assert_int_equal(d.ended_count, 0);
    const struct link_known there[] = {link_of(20, 2, 1, "3"), link_of(21, 1, 3, "sure")};
    d = decide(pairs, 3, there, 2, p(9));
    assert_int_equal(d.made_count, 0);
    assert_int_equal(d.ended_count, 0);
}

static void what_is_said_no_more_has_ended(void **state)
{
    (void)state;
    const struct pair_told pairs[] = {pair(1, 2, "4")};
    struct link_known there[] = {link_of(20, 2, 1, "3"), link_of(21, 1, 3, "3"),
                                 link_of(22, 1, 4, "3"), link_of(23, 1, 5, "sure"),
                                 link_of(24, 6, 7, "3")};
    there[2].in_force = false;
    struct links_decided d = decide(pairs, 1, there, COUNT(there), p(9));
    assert_int_equal(d.made_count, 1); /* with its new assurance */
    assert_int_equal(d.ended_count, 2);
    assert_true(uuid_equal(d.ended[0].id, p(20)) && uuid_equal(d.ended[1].id, p(21)));
}

static void officers_and_people_decide_first(void **state)
{
    (void)state;
    const struct pair_told pairs[] = {pair(1, 2, "3"), pair(3, 1, "3"), pair(1, 4, "3")};
    struct link_known there = link_of(20, 4, 1, "3");
    there.in_force = false;
    there.withdrawn = true;
    struct links_decided d = decide(pairs, 3, &there, 1, p(2));
    assert_int_equal(d.made_count, 1);
    assert_true(uuid_equal(d.made[0].one, p(3)));
    d = decide(pairs, 3, &there, 1, p(1));
    assert_int_equal(d.made_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_record_is_read),
        WITH_ARENA(nobody_is_no_error),
        WITH_ARENA(either_mark_protects),
        WITH_ARENA(death_is_told_in_four_ways),
        WITH_ARENA(what_is_wrong_is_an_error),
        WITH_ARENA(one_has_so_many_links_at_most),
        WITH_ARENA(who_can_be_asked_about),
        WITH_ARENA(what_is_said_is_linked_once),
        WITH_ARENA(what_is_said_no_more_has_ended),
        WITH_ARENA(officers_and_people_decide_first),
    };
    return cmocka_run_group_tests_name("person_service", tests, NULL, NULL);
}
