/* The rulings on formats. */
#include "validate/format_policy.h"

#include "base/base.h"

const char *const format_verdicts[] = {"approved", "warned", "refused", NULL};

static const struct {
    const char *puid;
    enum format_verdict verdict;
    const char *reason;
} shipped[] = {
#define FORMAT(puid, verdict, reason) {puid, FORMAT_##verdict, reason},
#include "validate/format_policy.def"
#undef FORMAT
};

bool format_policy_is_ruled(struct str puid)
{
    static const char *const registries[] = {"fmt/", "x-fmt/", "sfw/", "x-sfw/", "chr/", "x-chr/"};
    enum { DIGITS_MAX = 6 };
    if (str_equal(puid, S("*")) || str_equal(puid, S("?")))
        return true;
    for (size_t i = 0; i < COUNT(registries); i++) {
        struct str prefix = str_from(registries[i]);
        struct str number = str_slice(puid, prefix.len, puid.len);
        size_t digits = 0;
        while (digits < number.len && number.ptr[digits] >= '0' && number.ptr[digits] <= '9')
            digits++;
        if (str_starts(puid, prefix) && digits > 0 && digits <= DIGITS_MAX && digits == number.len)
            return true;
    }
    return false;
}

bool format_policy_shipped(size_t at, struct format_ruling *out)
{
    if (at >= COUNT(shipped))
        return false;
    *out = (struct format_ruling){str_from(shipped[at].puid),
                                  str_from(format_verdicts[shipped[at].verdict]),
                                  str_from(shipped[at].reason)};
    return true;
}

static enum format_verdict verdict_of(struct str word)
{
    for (unsigned i = 0; format_verdicts[i] != NULL; i++)
        if (str_equal(str_from(format_verdicts[i]), word))
            return (enum format_verdict)i;
    return FORMAT_REFUSED;
}

static bool find(const struct format_policy *policy, struct str puid,
                 enum format_verdict *out_verdict, struct str *out_reason)
{
    for (size_t i = 0; policy != NULL && i < policy->count; i++)
        if (str_equal(policy->rulings[i].puid, puid)) {
            *out_verdict = verdict_of(policy->rulings[i].verdict);
            *out_reason = policy->rulings[i].reason;
            return true;
        }
    for (size_t i = 0; i < COUNT(shipped); i++)
        if (str_equal(str_from(shipped[i].puid), puid)) {
            *out_verdict = shipped[i].verdict;
            *out_reason = str_from(shipped[i].reason);
            return true;
        }
    return false;
}

enum format_verdict format_policy_judge(const struct format_policy *policy, struct str puid,
                                        struct str *out_reason)
{
    enum format_verdict verdict = FORMAT_REFUSED;
    if ((puid.len > 0 && find(policy, puid, &verdict, out_reason)) ||
        find(policy, puid.len > 0 ? S("*") : S("?"), &verdict, out_reason))
        return verdict;
    abort(); /* both stand in format_policy.def */
}
