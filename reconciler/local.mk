# SPDX-License-Identifier: Apache-2.0
# reconciler: Receives objects, decides what each Pool and Certificate needs, has it written and
#     reports.
# reconciler/view: Replies to queries, read-only: what is known, what is decided, what would be
#     written.
# reconciler/write: All that goes to the API server: the work queue, TLSRoutes, Services, Events and
#     the Lease.
# reconciler/plan: Decisions without I/O: what a Pool should have, what is wrong with it, who gets a
#     hostname.
# reconciler/world: The API objects as the watcher sent them, with the indexes that connect them.

pkglibexec_PROGRAMS += reconciler/reconciler
noinst_LIBRARIES += reconciler/libreconciler.a

reconciler_libreconciler_a_SOURCES = \
	reconciler/plan/conflict.c reconciler/plan/conflict.h \
	reconciler/plan/contention.c reconciler/plan/contention.h \
	reconciler/plan/finding.c reconciler/plan/finding.h \
	reconciler/plan/plan.c reconciler/plan/plan.h \
	reconciler/plan/preflight.c reconciler/plan/preflight.h \
	reconciler/view/page.c reconciler/view/page.h \
	reconciler/world/index.c reconciler/world/index.h \
	reconciler/world/store.c reconciler/world/store.h \
	reconciler/write/apply.c reconciler/write/apply.h \
	reconciler/write/events.c reconciler/write/events.h \
	reconciler/write/leader.c reconciler/write/leader.h \
	reconciler/write/lease.c reconciler/write/lease.h \
	reconciler/write/queue.c reconciler/write/queue.h
RECONCILER_LIBS = reconciler/libreconciler.a $(WORKER_LIBS)
reconciler_reconciler_SOURCES = reconciler/main.c common/worker/no_connect.c \
	reconciler/injections.c \
	reconciler/plan/decision.c \
	reconciler/plan/decision.h \
	reconciler/view/gauges.c \
	reconciler/view/gauges.h \
	reconciler/pool_state.c \
	reconciler/pool_state.h \
	reconciler/pool.c \
	reconciler/reconciler.h \
	reconciler/view/view.c \
	reconciler/view/view.h \
	reconciler/view/view_other.c \
	reconciler/view/view_pool.c \
	reconciler/view/view_write.c
reconciler_reconciler_LDADD = $(RECONCILER_LIBS)
