/* The story of the demo (README.md tells it): region A with three systems, region B with one. */
#include "demo.h"

#define PERSONNUMMER      "1.2.752.129.2.1.3.1"
#define SAMORDNINGSNUMMER "1.2.752.129.2.1.3.3"
#define LOCAL_RESERVE     "2.999.752.1"
#define REGION_A          "SE0000000001-1001"
#define SURGERY           "SE0000000003-1001"
#define REGION_B          "SE0000000002-1001"

/* Tolvan is one person with three numbers: unknown at the emergency department in 1996 (a reserve
 * number of region A's own), and in 2000 given a coordination number by mistake although he had a
 * personal number. */
static const struct person tolvan = {"191212121212", PERSONNUMMER, "121212-1212", false};
static const struct person tolvan_mistaken = {"191401682396", SAMORDNINGSNUMMER, "140168-2396",
                                              false};
static const struct person tolvan_unknown = {"990000000042", LOCAL_RESERVE, "990000000042", false};
static const struct person protected_person = {"190312049802", PERSONNUMMER, "031204-9802", true};
static const struct person deceased = {"190310139803", PERSONNUMMER, "031013-9803", false};

/* Closed on the last day of 1998; its patients went to a unit that came after. */
static const struct unit medicine_1998 = {"MED", "SE0000000001-2001", "Medicinkliniken 1998",
                                          REGION_A};
static const struct unit orthopaedics = {"ORT", "SE0000000001-2002", "Ortopedkliniken", REGION_A};
static const struct unit health_centre = {"VCE", "SE0000000001-2003", "Ekeby vårdcentral",
                                          REGION_A};
static const struct unit private_surgery = {"SJT", "SE0000000003-2001", "Sjötorps läkarhus",
                                            SURGERY};
static const struct unit medicine_b = {"MBF", "SE0000000002-2001", "Medicinkliniken Björkfors",
                                       REGION_B};

/* Kurvan, 1996 to 2002: text, scans and a photograph. */
static const struct note kurvan[] = {
    {"K-1001", &tolvan_unknown, &medicine_1998, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT,
     "19961103021500", "Åsa Öberg", "Läkare", "Akutanteckning", NULL,
     "Okänd man inkommer med ambulans från tågstationen, frusen och trött.\nSaknar handlingar. "
     "Reservnummer satt.\n"
     "Värms, dropp, läggs in för observation.\n"},
    {"K-1002", &tolvan_mistaken, &orthopaedics, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT,
     "20000504093000", "Måns Sjöö", "Läkare", "Inskrivning", NULL,
     "Hittas inte i registret, inskriven med samordningsnummer.\nTidigare väsentligen frisk.\n"},
    {"K-1003", &tolvan, &medicine_1998, NOTE_TEXT, NOTE_SIGNED, PAPER_PDF, "19980312140500",
     "Björn Ärlig", "Överläkare", "Epikris", NULL,
     "EPIKRIS\n\nPatienten vårdad för lunginflammation. Förbättrad på penicillin.\nÅter till "
     "hemmet. Återbesök om sex "
     "veckor (vårdcentralen).\n"},
    {"K-1004", &tolvan, &medicine_1998, NOTE_TEXT, NOTE_NULLIFIED, PAPER_TEXT, "19980312150000",
     "Björn Ärlig", "Överläkare", "Daganteckning", NULL,
     "Anteckningen hör till en annan patient och är makulerad.\n"},
    {"K-1005", &tolvan, &medicine_1998, NOTE_TEXT, NOTE_SIGNED, PAPER_TIFF, "19980402101500",
     "Karin Lindkvist", "Sjuksköterska", "Inskannad remiss", NULL, "En sida"},
    {"K-1006", &tolvan, &orthopaedics, NOTE_TEXT, NOTE_SIGNED, PAPER_JPEG, "20010516093000",
     "Måns Sjöö", "Läkare", "Foto av höger fot", NULL, "En bild"},
    {"K-1007", &tolvan, &orthopaedics, NOTE_DIAGNOSIS, NOTE_SIGNED, PAPER_TEXT, "20010516094500",
     "Måns Sjöö", "Läkare", "Hallux valgus", "M20.1",
     "Diagnos satt vid besök på ortopedmottagningen.\n"},
    {"K-1008", &tolvan, &orthopaedics, NOTE_CONTACT, NOTE_SIGNED, PAPER_TEXT, "20010516090000",
     "Måns Sjöö", "Läkare", "Smärta i höger fot", NULL, "Mottagningsbesök.\n"},
    {"K-1009", &tolvan, &orthopaedics, NOTE_TEXT, NOTE_UNSIGNED, PAPER_TEXT, "20020110113000",
     "Måns Sjöö", "Läkare", "Telefonkontakt; \"vill vänta\"", NULL,
     "Patienten vill avvakta operation. Ej signerad.\n"},
    {"K-2001", &protected_person, &medicine_1998, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT,
     "19970825130000", "Åsa Öberg", "Läkare", "Mottagningsanteckning", NULL,
     "Blodtryck 145/85. Fortsatt medicinering.\n"},
    {"K-3001", &deceased, &medicine_1998, NOTE_TEXT, NOTE_SIGNED, PAPER_PDF, "19981120221000",
     "Åsa Öberg", "Läkare", "Dödsfallsanteckning", NULL,
     "Patienten avlider lugnt klockan 22.10. Anhöriga underrättade.\n"},
};

/* Ronden, 2004 to 2019: two care providers shared it. */
static const struct note ronden_tolvan[] = {
    {"R-7001", &tolvan, &health_centre, NOTE_CONTACT, NOTE_SIGNED, PAPER_TEXT, "20050914100000",
     "Karin Lindkvist", "Läkare", "Årskontroll", NULL, NULL},
    {"R-7002", &tolvan, &health_centre, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT, "20050914103000",
     "Karin Lindkvist", "Läkare", "Årskontroll", NULL,
     "Mår bra. Blodtryck 150/80, puls 68. Fortsätter med samma läkemedel."},
    {"R-7003", &tolvan, &health_centre, NOTE_DIAGNOSIS, NOTE_SIGNED, PAPER_TEXT, "20050914104500",
     "Karin Lindkvist", "Läkare", "Hypertoni", "I10.9", NULL},
    {"R-7004", &tolvan, &private_surgery, NOTE_CONTACT, NOTE_SIGNED, PAPER_TEXT, "20120607140000",
     "Olle Åström", "Läkare", "Besvär från ryggen", NULL, NULL},
    {"R-7005", &tolvan, &private_surgery, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT, "20120607143000",
     "Olle Åström", "Läkare", "Mottagningsbesök", NULL,
     "Ont i ländryggen sedan två veckor. Inga alarmsymtom. Egenvård."},
    {"R-7006", &tolvan, &private_surgery, NOTE_DIAGNOSIS, NOTE_SIGNED, PAPER_TEXT, "20120607144000",
     "Olle Åström", "Läkare", "Lumbago", "M54.5", NULL},
    {"R-7007", &tolvan, &health_centre, NOTE_TEXT, NOTE_UNSIGNED, PAPER_TEXT, "20190228160000",
     "Karin Lindkvist", "Läkare", "Telefonrådgivning", NULL,
     "Frågar om vaccination. Hänvisas till hälsocentralen."},
};
static const struct note ronden_mistaken[] = {
    {"R-6001", &tolvan_mistaken, &health_centre, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT,
     "20040220091500", "Karin Lindkvist", "Läkare", "Överförd anteckning", NULL,
     "Uppgifter från tiden med samordningsnummer."},
};
static const struct note ronden_protected[] = {
    {"R-8001", &protected_person, &health_centre, NOTE_CONTACT, NOTE_SIGNED, PAPER_TEXT,
     "20060503083000", "Karin Lindkvist", "Läkare", "Sårvård", NULL, NULL},
    {"R-8002", &protected_person, &health_centre, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT,
     "20060503090000", "Karin Lindkvist", "Läkare", "Sårvård", NULL,
     "Omläggning av bensår, läker fint."},
};

/* Kammaren of region B: the same number, another care provider. */
static const struct note kammaren_tolvan[] = {
    {"B-0101", &tolvan, &medicine_b, NOTE_CONTACT, NOTE_SIGNED, PAPER_TEXT, "20100719190000",
     "Ylva Ek", "Läkare", "Bröstsmärta på resa", NULL, NULL},
    {"B-0102", &tolvan, &medicine_b, NOTE_TEXT, NOTE_SIGNED, PAPER_TEXT, "20100719200000",
     "Ylva Ek", "Läkare", "Akutbesök", NULL,
     "Kortvarig bröstsmärta, normalt EKG. Hem med råd att söka på hemorten."},
    {"B-0103", &tolvan, &medicine_b, NOTE_DIAGNOSIS, NOTE_SIGNED, PAPER_TEXT, "20100719201500",
     "Ylva Ek", "Läkare", "Bröstsmärtor, ospecificerade", "R07.4", NULL},
};

static void kurvan_mappings(const struct delivery *delivery, FILE *out)
{
    fputc('[', out);
    index_mapping(delivery->system_hsa_id, delivery->creator, out);
    fputc(']', out);
}

static void rivta_mappings(const struct delivery *delivery, FILE *out)
{
    (void)delivery;
    fputs("[{\"driver\":\"*/Get*.xml\",\"reader\":\"rivta\"}]", out);
}

static void case_mappings(const struct delivery *delivery, FILE *out)
{
    (void)delivery;
    fputs("[{\"driver\":\"*/erms.xml\",\"reader\":\"erms\"}]", out);
}

static struct err *make_kurvan(const char *out)
{
    static const struct delivery d = {.tenant = "region-a",
                                      .system = "kurvan",
                                      .agreement = "A-KURVAN",
                                      .objid = "demo-a-kurvan-1",
                                      .title = "Journaler ur Kurvan 1996–2002",
                                      .creator = "Region Ekeby",
                                      .system_name = "Kurvan",
                                      .system_hsa_id = "SE0000000001-3001",
                                      .from = "1996",
                                      .to = "2002",
                                      .content_type = "care",
                                      .mappings = kurvan_mappings};
    const char *folder = NULL;
    struct index_file *index = NULL;
    struct err *e = NULL;
    TRY(delivery_folder(out, &folder));
    TRY(index_open(folder, &index));
    for (size_t i = 0; i < COUNT(kurvan) && e == NULL; i++)
        e = index_add(index, &kurvan[i]);
    struct err *closed = index_close(index);
    if (e != NULL || closed != NULL)
        return e != NULL ? e : closed;
    return delivery_pack(&d, out);
}

struct life {
    const struct note *notes;
    size_t count;
};

/* A folder for each person, named by a number of no meaning. */
static struct err *make_rivta(const struct delivery *d, const struct life *lives, size_t count,
                              const char *out)
{
    const char *folder = NULL;
    char path[4096];
    TRY(delivery_folder(out, &folder));
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%04zu", folder, i + 1);
        TRY(rivta_write(path, d->system_hsa_id, lives[i].notes, lives[i].count));
    }
    return delivery_pack(d, out);
}

static struct err *make_ronden(const char *out)
{
    static const struct delivery d = {.tenant = "region-a",
                                      .system = "ronden",
                                      .agreement = "A-RONDEN",
                                      .objid = "demo-a-ronden-1",
                                      .title = "Journaler ur Ronden 2004–2019",
                                      .creator = "Region Ekeby",
                                      .system_name = "Ronden",
                                      .system_hsa_id = "SE0000000001-3002",
                                      .from = "2004",
                                      .to = "2019",
                                      .content_type = "care",
                                      .mappings = rivta_mappings};
    static const struct life lives[] = {{ronden_tolvan, COUNT(ronden_tolvan)},
                                        {ronden_mistaken, COUNT(ronden_mistaken)},
                                        {ronden_protected, COUNT(ronden_protected)}};
    return make_rivta(&d, lives, COUNT(lives), out);
}

static struct err *make_pennan(const char *out)
{
    static const struct delivery d = {.tenant = "region-a",
                                      .system = "pennan",
                                      .agreement = "A-PENNAN",
                                      .objid = "demo-a-pennan-1",
                                      .title = "Diarium 2019",
                                      .creator = "Region Ekeby",
                                      .system_name = "Pennan",
                                      .system_hsa_id = "SE0000000001-3003",
                                      .from = "2019",
                                      .to = "2019",
                                      .content_type = "citserms_v2_1",
                                      .mappings = case_mappings};
    const char *folder = NULL;
    TRY(delivery_folder(out, &folder));
    TRY(case_write(folder));
    return delivery_pack(&d, out);
}

static struct err *make_kammaren(const char *out)
{
    static const struct delivery d = {.tenant = "region-b",
                                      .system = "kammaren",
                                      .agreement = "B-KAMMAREN",
                                      .objid = "demo-b-kammaren-1",
                                      .title = "Journaler ur Kammaren 2010",
                                      .creator = "Region Björkfors",
                                      .system_name = "Kammaren",
                                      .system_hsa_id = "SE0000000002-3001",
                                      .from = "2010",
                                      .to = "2010",
                                      .content_type = "care",
                                      .mappings = rivta_mappings};
    static const struct life lives[] = {{kammaren_tolvan, COUNT(kammaren_tolvan)}};
    return make_rivta(&d, lives, COUNT(lives), out);
}

struct err *story_make(const char *out)
{
    TRY(make_kurvan(out));
    TRY(make_ronden(out));
    TRY(make_pennan(out));
    return make_kammaren(out);
}
