# SPDX-License-Identifier: Apache-2.0
# supervisor: Reads configuration and credentials and keeps the workers running, linked and
#     supplied.
# supervisor/control: The control socket: who may connect, what they may do, and the replies.
# supervisor/metrics: The metrics of all workers and the health of the whole, for the exporter.
# supervisor/workers: Worker processes: started, greeted, linked, checked for life, ended, started
#     again.
# supervisor/credentials: The workers' credentials and the exporter's TLS files, read from disk or
#     given by exec plugins.
# supervisor/connections: TCP connections to the API server, opened for the workers, and the helper
#     processes.
# supervisor/config: The file tlsrouted.yaml: its keys, their defaults and bounds, and what a reload
#     may change.
# supervisor/processes: Child processes: fork and exec, the helpers, and what a process uses.

sbin_PROGRAMS += tlsrouted
noinst_LIBRARIES += supervisor/libsupervisor.a

supervisor_libsupervisor_a_SOURCES = \
	supervisor/config/capacity.c supervisor/config/capacity.h \
	supervisor/config/change.c supervisor/config/change.h \
	supervisor/config/checks.c supervisor/config/checks.h \
	supervisor/config/config.c supervisor/config/config.h \
	supervisor/config/fields.c supervisor/config/fields.h \
	supervisor/config/help.c supervisor/config/help.h \
	supervisor/config/keys.c supervisor/config/keys.h \
	supervisor/config/read.c supervisor/config/read.h \
	supervisor/config/schema.c supervisor/config/schema.h \
	supervisor/config/settings.c supervisor/config/settings.h \
	supervisor/config/sources.c supervisor/config/sources.h \
	supervisor/connections/broker.c supervisor/connections/broker.h \
	supervisor/connections/dial.c supervisor/connections/dial.h \
	supervisor/connections/endpoint.c supervisor/connections/endpoint.h \
	supervisor/connections/rate_limit.c supervisor/connections/rate_limit.h \
	supervisor/control/client.c supervisor/control/client.h \
	supervisor/control/control.c supervisor/control/control.h \
	supervisor/control/daemon.h \
	supervisor/control/requests.c supervisor/control/requests.h \
	supervisor/control/rights.c supervisor/control/rights.h \
	supervisor/control/socket.c supervisor/control/socket.h \
	supervisor/credentials/credentials.c supervisor/credentials/credentials.h \
	supervisor/credentials/exec_plugins.c supervisor/credentials/exec_plugins.h \
	supervisor/credentials/expiry.c supervisor/credentials/expiry.h \
	supervisor/credentials/tls_files.c supervisor/credentials/tls_files.h \
	supervisor/metrics/exporter_feed.c supervisor/metrics/exporter_feed.h \
	supervisor/metrics/worker_metrics.c supervisor/metrics/worker_metrics.h \
	supervisor/notification.c supervisor/notification.h \
	supervisor/notify.c supervisor/notify.h \
	supervisor/processes/helpers.c supervisor/processes/helpers.h \
	supervisor/processes/spawn.c supervisor/processes/spawn.h \
	supervisor/processes/usage.c supervisor/processes/usage.h \
	supervisor/reload.c supervisor/reload.h \
	supervisor/renewal.c supervisor/renewal.h \
	supervisor/supervisor.c supervisor/supervisor.h \
	supervisor/workers/child.c supervisor/workers/child.h \
	supervisor/workers/health.c supervisor/workers/health.h \
	supervisor/workers/heartbeat.c supervisor/workers/heartbeat.h \
	supervisor/workers/liveness.c supervisor/workers/liveness.h \
	supervisor/workers/receive.c supervisor/workers/receive.h \
	supervisor/workers/refusals.c supervisor/workers/refusals.h \
	supervisor/workers/send.c supervisor/workers/send.h \
	supervisor/workers/workers.c supervisor/workers/workers.h
SUPERVISOR_LIBS = supervisor/libsupervisor.a $(KUBECONFIG_LIBS) common/objects/libobjects.a \
	$(SANDBOX_LIBS)
tlsrouted_SOURCES = supervisor/main.c
tlsrouted_LDADD = $(SUPERVISOR_LIBS)
