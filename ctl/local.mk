# SPDX-License-Identifier: Apache-2.0
# ctl: The command line tlsroutectl: finds the command and runs it.
# ctl/commands: The commands of tlsroutectl, each in a file of its own.
# ctl/verify: The TLS handshake of an agent, and the step that is missing where a certificate lacks
#     the name.
# ctl/daemon: The conversation with a running tlsrouted over its control socket.
# ctl/graph: How Gateways, TLSRoutes, Pools, Servers and Certificates are connected, as a picture.
# ctl/output: What is printed: JSON, YAML, tables and wrapped text.

bin_PROGRAMS += tlsroutectl
noinst_LIBRARIES += ctl/libctl.a

ctl_libctl_a_SOURCES = \
	ctl/commands/caveat.c ctl/commands/caveat.h \
	ctl/commands/options.c ctl/commands/options.h \
	ctl/commands/prefix.c ctl/commands/prefix.h \
	ctl/daemon/session.c ctl/daemon/session.h \
	ctl/graph/graph.c ctl/graph/graph.h \
	ctl/graph/layout.c \
	ctl/graph/print.c \
	ctl/output/output.c ctl/output/output.h \
	ctl/output/table.c ctl/output/table.h \
	ctl/output/text.c ctl/output/text.h \
	ctl/verify/check.c ctl/verify/check.h \
	ctl/verify/cluster.c ctl/verify/cluster.h \
	ctl/verify/dial.c ctl/verify/dial.h \
	ctl/verify/endpoint.c ctl/verify/endpoint.h \
	ctl/verify/gateway.c ctl/verify/gateway.h \
	ctl/verify/handshake.c ctl/verify/handshake.h \
	ctl/verify/options.c ctl/verify/options.h \
	ctl/verify/probe.c ctl/verify/probe.h \
	ctl/verify/report.c ctl/verify/report.h \
	ctl/verify/served.c ctl/verify/served.h \
	ctl/verify/stage.c ctl/verify/stage.h
CTL_LIBS = ctl/libctl.a common/kubeconfig/libkubeconfig.a $(WORKER_LIBS) $(CYAML_LIBS)
tlsroutectl_SOURCES = \
	ctl/commands/command.h \
	ctl/commands/diff.c \
	ctl/commands/explain.c \
	ctl/commands/graph.c \
	ctl/commands/listing.c \
	ctl/commands/listing.h \
	ctl/commands/query.c \
	ctl/commands/query.h \
	ctl/commands/status.c \
	ctl/commands/status.h \
	ctl/commands/steer.c \
	ctl/commands/take.c \
	ctl/commands/verify.c \
	ctl/commands/watch.c \
	ctl/main.c
tlsroutectl_LDADD = $(CTL_LIBS)
