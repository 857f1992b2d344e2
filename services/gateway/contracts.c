/* The table of contracts. */
#include "contracts.h"

const struct contract contracts[CONTRACTS] = {
    {CONTRACT_GET_CARE_DOCUMENTATION, "GetCareDocumentation", 3, GCD3_NAMESPACE,
     "/clinicalprocess/healthcond/description/GetCareDocumentation/3/rivtabp21"},
    {CONTRACT_PING_FOR_CONFIGURATION, "PingForConfiguration", 1, PING_NAMESPACE,
     "/itintegration/monitoring/PingForConfiguration/1/rivtabp21"},
};

const struct contract *contract_find(struct str namespace, struct str name)
{
    for (size_t i = 0; i < CONTRACTS; i++)
        if (str_equal(namespace, str_from(contracts[i].namespace)) &&
            str_equal(name, str_from(contracts[i].name)))
            return &contracts[i];
    return NULL;
}
