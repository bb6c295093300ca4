# SPDX-License-Identifier: Apache-2.0
# reconciler: Receives objects, decides what each Pool and Certificate needs, has it written and
#     reports.
# reconciler/view: Replies to queries, read-only: what is known, what is decided, what would be
#     written.
# reconciler/work: The work on one Pool and on one Certificate, and what is remembered of each in
#     between.
# reconciler/write: All that goes to the API server: the work queue, TLSRoutes, Services, Events and
#     the Lease.
# reconciler/plan: Decisions without I/O: what a Pool should have, what is wrong with it, who gets a
#     hostname.
# reconciler/world: The API objects as the watcher sent them, with the indexes that connect them.

pkglibexec_PROGRAMS += reconciler/reconciler
noinst_LIBRARIES += reconciler/libreconciler.a

# world: the objects that exist, how they belong together, and what is not known of them.
reconciler_libreconciler_a_SOURCES = \
	reconciler/world/index.c reconciler/world/index.h \
	reconciler/world/lists.c reconciler/world/lists.h \
	reconciler/world/object.c reconciler/world/object.h \
	reconciler/world/relations.c reconciler/world/relations.h \
	reconciler/world/store.c reconciler/world/store.h \
	reconciler/world/world.c reconciler/world/world.h
# plan: what has to be done, why, and when again. Pure.
reconciler_libreconciler_a_SOURCES += \
	reconciler/plan/certificate_plan.c reconciler/plan/certificate_plan.h \
	reconciler/plan/claim.c reconciler/plan/claim.h \
	reconciler/plan/conflict.c reconciler/plan/conflict.h \
	reconciler/plan/decision.c reconciler/plan/decision.h \
	reconciler/plan/finding.c reconciler/plan/finding.h \
	reconciler/plan/gateway_report.c reconciler/plan/gateway_report.h \
	reconciler/plan/plan.c reconciler/plan/plan.h \
	reconciler/plan/preflight.c reconciler/plan/preflight.h \
	reconciler/plan/retry.c reconciler/plan/retry.h \
	reconciler/plan/route_plan.c reconciler/plan/route_plan.h \
	reconciler/plan/service_changes.c reconciler/plan/service_changes.h \
	reconciler/plan/service_fields.c reconciler/plan/service_fields.h \
	reconciler/plan/service_plan.c reconciler/plan/service_plan.h
# write: requests to the API server, and what paces them.
reconciler_libreconciler_a_SOURCES += \
	reconciler/write/apply.c reconciler/write/apply.h \
	reconciler/write/events.c reconciler/write/events.h \
	reconciler/write/leader.c reconciler/write/leader.h \
	reconciler/write/lease.c reconciler/write/lease.h \
	reconciler/write/queue.c reconciler/write/queue.h \
	reconciler/write/report.c reconciler/write/report.h
# work: the work on Pools and on Certificates, and what is remembered of it.
reconciler_libreconciler_a_SOURCES += \
	reconciler/work/awaited.c reconciler/work/awaited.h \
	reconciler/work/duplicate.c reconciler/work/duplicate.h \
	reconciler/work/injection_states.c reconciler/work/injection_states.h \
	reconciler/work/injections.c reconciler/work/injections.h \
	reconciler/work/pool_state.c reconciler/work/pool_state.h \
	reconciler/work/pools.c reconciler/work/pools.h
# view: what is shown of all this.
reconciler_libreconciler_a_SOURCES += \
	reconciler/view/gauges.c reconciler/view/gauges.h \
	reconciler/view/page.c reconciler/view/page.h \
	reconciler/view/row.c reconciler/view/row.h \
	reconciler/view/view_adoption.c reconciler/view/view_adoption.h \
	reconciler/view/view.c reconciler/view/view.h \
	reconciler/view/view_certificate.c reconciler/view/view_certificate.h \
	reconciler/view/view_diff.c reconciler/view/view_diff.h \
	reconciler/view/view_pool.c reconciler/view/view_pool.h \
	reconciler/view/view_route.c reconciler/view/view_route.h
# The whole: what it receives and reports.
reconciler_libreconciler_a_SOURCES += \
	reconciler/gather.c reconciler/gather.h \
	reconciler/receive.c reconciler/receive.h \
	reconciler/reconciler.c reconciler/reconciler.h \
	reconciler/status.c reconciler/status.h
RECONCILER_LIBS = reconciler/libreconciler.a $(WORKER_LIBS)
reconciler_reconciler_SOURCES = reconciler/main.c common/worker/no_connect.c
reconciler_reconciler_LDADD = $(RECONCILER_LIBS)
