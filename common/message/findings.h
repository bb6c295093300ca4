/* SPDX-License-Identifier: Apache-2.0 */
/* The table of findings: everything that can be wrong with a Pool. A row is
 *
 *     X(ID, "Name", SEVERITY, HOLD, LISTS, EVENT, "meaning", "remedy")
 *
 * The name is the reason in logs and Events, and the value of the metrics' label "reason".
 * SEVERITY is WARNING (the Pool does not have what it asks for) or INFO. HOLD is HELD for what may
 * resolve itself within moments, since it is about an object that may have been created together
 * with the Pool; ONCE for what is reported when it begins and when it is over, but not whenever its
 * text changes, since others could make that happen as often as they like; and AT_ONCE for the
 * rest. LISTS are those it is read from: while one of them is being read again, what was reported
 * stands. EVENT says which objects get an Event: NO_EVENT, ON_POOL or ON_CERTIFICATE (on the Pool
 * and on the Certificate); with | NAMES_OTHERS the text may be about objects of other namespaces,
 * so the Event has a text of its own, which does not name them. Documentation uses the meaning and
 * the remedy; the text of a finding says the same with the names of what it is about. */
#ifndef TLSROUTED_COMMON_MESSAGE_FINDINGS_H
#define TLSROUTED_COMMON_MESSAGE_FINDINGS_H

/* clang-format off */
#define FINDINGS(X) \
    X(POOL_UNREADABLE, "PoolUnreadable", WARNING, AT_ONCE, 0, ON_POOL, \
      "The Pool cannot be read, so nothing is changed for it.", \
      "Correct the field that the text names.") \
    X(PAUSED, "Paused", INFO, AT_ONCE, 0, NO_EVENT, \
      "The Pool is paused, so nothing is written or deleted for it.", \
      "Remove the annotation openvox.voxpupuli.org/paused.") \
    X(HOSTNAME_INVALID, "HostnameInvalid", WARNING, AT_ONCE, 0, ON_POOL, \
      "No TLSRoute can have the hostname, the Gateway's name or the port of the Pool.", \
      "Correct the field that the text names.") \
    X(HOSTNAME_CONFLICT, "HostnameConflict", WARNING, AT_ONCE, LIST(POOL) | LIST(ROUTE), ON_POOL | NAMES_OTHERS, \
      "Another Pool asks for the same hostname at the same Gateway.", \
      "Give one of the Pools another hostname or another Gateway.") \
    X(HOSTNAME_OVERLAPS, "HostnameOverlaps", INFO, ONCE, LIST(POOL) | LIST(ROUTE), ON_POOL | NAMES_OTHERS, \
      "The hostname is a wildcard that covers another Pool's at the same Gateway, or is covered by one; both have their routes, and the Gateway serves a name by the more specific one.", \
      "Nothing, if that is what was meant; otherwise give one of the Pools another hostname.") \
    X(GATEWAY_API_MISSING, "GatewayAPIMissing", WARNING, AT_ONCE, 0, ON_POOL, \
      "The cluster does not serve TLSRoute.", \
      "Install the Gateway API CRDs.") \
    X(GATEWAY_NOT_READY, "GatewayNotReady", WARNING, HELD, LIST(GATEWAY) | LIST(GATEWAY_CLASS), ON_POOL | NAMES_OTHERS, \
      "The Gateway or its listener is missing, is not TLS passthrough, does not admit the route, or is not served according to its status (Accepted, Programmed, ResolvedRefs, Conflicted).", \
      "Create or correct the Gateway, or correct spec.route.gatewayRef of the Pool.") \
    X(ROUTE_NOT_OWNED, "RouteNotOwned", WARNING, AT_ONCE, LIST(POOL) | LIST(ROUTE), ON_POOL, \
      "A TLSRoute with the Pool's name belongs to somebody else and is left alone.", \
      "Delete that TLSRoute, or give the Pool another name.") \
    X(ROUTE_UNREADABLE, "RouteUnreadable", WARNING, AT_ONCE, LIST(POOL) | LIST(ROUTE), ON_POOL, \
      "The TLSRoute cannot be read, so it is left alone.", \
      "Correct or delete the TLSRoute.") \
    X(ROUTE_CONTESTED, "RouteContested", WARNING, AT_ONCE, LIST(POOL) | LIST(ROUTE), ON_POOL, \
      "Somebody else keeps changing or deleting the TLSRoute, or making one that the Pool does not ask for, which is put right at growing intervals.", \
      "Let only one of the two manage the TLSRoute.") \
    X(ROUTE_NOT_ACCEPTED, "RouteNotAccepted", WARNING, AT_ONCE, LIST(POOL) | LIST(ROUTE), ON_POOL, \
      "The Gateway's controller refuses the TLSRoute.", \
      "Correct what its reason names.") \
    X(ROUTE_UNANSWERED, "RouteUnanswered", WARNING, AT_ONCE, LIST(POOL) | LIST(ROUTE) | LIST(GATEWAY) | LIST(GATEWAY_CLASS), ON_POOL | NAMES_OTHERS, \
      "For a minute no controller has answered for the TLSRoute or its Gateway, so nobody may serve it.", \
      "Check the GatewayClass of the Gateway, that its controller runs, and that it serves TLSRoutes.") \
    X(BACKEND_MISSING, "BackendMissing", WARNING, HELD, LIST(POOL) | LIST(SERVICE), ON_POOL, \
      "The Service is missing or lacks the port.", \
      "Create or correct the Service, or set services: auto.") \
    X(SERVICE_FIELD_DENIED, "ServiceFieldDenied", WARNING, AT_ONCE, LIST(POOL) | LIST(SERVICE), ON_POOL, \
      "The Pool asks for externalIPs, a node port or a load balancer, which this installation does not allow, so its Service is kept without.", \
      "Remove the field from spec.service of the Pool, or allow it in serviceFields.") \
    X(SERVICE_FIELD_NOT_OWNED, "ServiceFieldNotOwned", WARNING, AT_ONCE, LIST(POOL) | LIST(SERVICE), ON_POOL, \
      "Somebody else has set a field of the Pool's Service to something else than the Pool asks for, so that field is left alone.", \
      "Let them set what the Pool asks for or remove it there, or change spec.service of the Pool.") \
    X(SERVICE_CONTESTED, "ServiceContested", WARNING, AT_ONCE, LIST(POOL) | LIST(SERVICE), ON_POOL, \
      "Somebody else keeps changing or deleting the Pool's Service, which is restored at growing intervals.", \
      "Let only one of the two manage the Service, or set services: never.") \
    X(CERTIFICATE_MISSING, "CertificateMissing", WARNING, HELD, LIST(POOL) | LIST(SERVER) | LIST(CERTIFICATE), ON_POOL, \
      "The Certificate of one of the Pool's Servers does not exist or cannot be read, so it cannot get the hostname.", \
      "Create or correct the Certificate, or correct spec.certificateRef of the Server.") \
    X(CERTIFICATE_CONTESTED, "CertificateContested", WARNING, AT_ONCE, 0, ON_CERTIFICATE, \
      "Somebody else keeps removing the injected names from a Certificate.", \
      "Stop the other from changing spec.dnsAltNames, or let it list the names itself.") \
    X(CERTIFICATE_DENIED, "CertificateDenied", WARNING, AT_ONCE, 0, ON_CERTIFICATE, \
      "The API server does not accept the names in a Certificate, or that it is issued again.", \
      "Correct what the text names; it is tried again when something changes, and every 5 minutes.") \
    X(CERTIFICATE_FULL, "CertificateFull", WARNING, AT_ONCE, 0, ON_CERTIFICATE, \
      "A Certificate has no room for a name.", \
      "Give some Servers another Certificate, or raise certificates.maxNames.")
/* clang-format on */

/* The names alone, as a list. */
#define FINDING_NAME(ID, name, ...) name,
#define FINDING_NAMES               FINDINGS(FINDING_NAME)

#endif
