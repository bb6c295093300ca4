/* SPDX-License-Identifier: Apache-2.0 */
/* A 403 may come from RBAC, from an admission policy, from a webhook or from a quota, and a 500
 * from a webhook as well as from etcd: only the message tells them apart, and each needs somebody
 * else.
 */
#include "common/api/remedy.h"

#include <stddef.h>
#include <string.h>

enum {
    ANY = -1
};

/* The first row whose error is that one, and whose text is part of the message, has the remedy. The
 * texts are those of Kubernetes 1.30 to 1.37. */
static const struct {
    int error;        /* enum api_error, or ANY */
    const char *text; /* "": any */
    const char *remedy;
} rows[] = {
    {ANY, "failed calling webhook",
     "find out why that webhook does not answer; it keeps everybody from writing such objects"},
    {ANY, "conversion webhook",
     "find out why the conversion webhook of that CRD does not answer; nobody can read or write "
     "such objects without it"},
    {ANY, "ValidatingAdmissionPolicy 'tlsrouted-",
     "see in packaging/kustomize/policies what tlsrouted may write; labels of the namespace change "
     "some of it"},
    {ANY, "ValidatingAdmissionPolicy", "have that policy admit what tlsrouted writes"},
    {ANY, "denied the request", "have that webhook admit what tlsrouted writes"},
    {ANY, "exceeded quota", "raise that quota of the namespace, or delete what is not needed"},
    {API_FORBIDDEN, "cannot get path",
     "bind the ClusterRole system:discovery to the group system:authenticated, as Kubernetes does "
     "by default, or to this account"},
    {API_FORBIDDEN, "because it is being terminated", NULL},
    {API_FORBIDDEN, " cannot ",
     "grant this account the right that the reason names; packaging/kustomize has all that are "
     "needed"},
    {API_FORBIDDEN, "",
     "find out who forbids it, such as an authorization webhook or a proxy before the API server"},
    {ANY, "etcdserver", "look at the health and the load of etcd"},
    {ANY, "could not find the requested resource",
     "check that the CRD is installed, and served in this version"},
    {API_TOO_MANY, "",
     "nothing, if it passes; otherwise have API Priority and Fairness give this account more"},
    {API_TIMEOUT, "",
     "nothing, if it passes; otherwise look at the load of the API server, of etcd and of "
     "webhooks"},
};

const char *api_remedy(enum api_error error, const char *message)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((rows[i].error == ANY || rows[i].error == (int)error) &&
            strstr(message, rows[i].text) != NULL)
            return rows[i].remedy;
    }
    return NULL;
}
