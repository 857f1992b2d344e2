/* Clamd's answers, as clamd/scanner.c and clamd/session.c of ClamAV 1.4 write them:
 * "NUMBER: stream: OK", "NUMBER: stream: SIGNATURE FOUND", "NUMBER: stream: WORDS ERROR", and
 * without "stream: " what is wrong with the stream or the session. */
#include "scan/answer.h"

#include "base/base.h"

/* With AlertExceedsMax and AlertEncrypted these are said in the form of a signature: it was not
 * looked through. */
static const struct str unseen[] = {{"Heuristics.Limits.Exceeded", 26},
                                    {"Heuristics.Encrypted", 20}};

/* Errors that are none of the file's. */
static const struct str troubles[] = {{"Can't allocate memory", 21},
                                      {"Can't write to", 14},
                                      {"Can't create", 12},
                                      {"Can't open", 10}};

static bool is_unseen(struct str signature)
{
    for (size_t i = 0; i < COUNT(unseen); i++)
        if (str_starts(signature, unseen[i]))
            return true;
    return false;
}

static bool is_trouble(struct str words)
{
    for (size_t i = 0; i < COUNT(troubles); i++)
        if (memmem(words.ptr, words.len, troubles[i].ptr, troubles[i].len) != NULL)
            return true;
    return false;
}

/* Cuts off `prefix`; false when it is not there. */
static bool take(struct str *rest, struct str prefix)
{
    if (!str_starts(*rest, prefix))
        return false;
    *rest = str_slice(*rest, prefix.len, rest->len);
    return true;
}

static bool take_end(struct str *rest, struct str suffix)
{
    if (!str_ends(*rest, suffix))
        return false;
    *rest = str_slice(*rest, 0, rest->len - suffix.len);
    return true;
}

/* Each file's number in the session stands in front. */
static void take_number(struct str *rest)
{
    size_t digits = 0;
    while (digits < rest->len && rest->ptr[digits] >= '0' && rest->ptr[digits] <= '9')
        digits++;
    struct str after = str_slice(*rest, digits, rest->len);
    if (digits > 0 && take(&after, S(": ")))
        *rest = after;
}

enum answer_kind answer_read(struct str answer, struct scan_result *out)
{
    struct str rest = str_trim(answer);
    take_number(&rest);
    bool about_file = take(&rest, S("stream: "));
    if (about_file && str_equal(rest, S("OK"))) {
        *out = (struct scan_result){SCAN_CLEAN, {0}};
        return ANSWER_RESULT;
    }
    if (about_file && take_end(&rest, S(" FOUND")) && rest.len > 0) {
        *out = (struct scan_result){is_unseen(rest) ? SCAN_NOT_SCANNED : SCAN_FOUND, rest};
        return ANSWER_RESULT;
    }
    if (!take_end(&rest, S(" ERROR")))
        return ANSWER_FOREIGN;
    *out = (struct scan_result){SCAN_NOT_SCANNED, rest};
    if (str_starts(rest, S("INSTREAM size limit exceeded")))
        return ANSWER_LAST;
    return about_file && !is_trouble(rest) ? ANSWER_LAST : ANSWER_TROUBLE;
}
