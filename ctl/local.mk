# SPDX-License-Identifier: Apache-2.0
# ctl: The command line tlsroutectl: finds the command and runs it.
# ctl/commands: The commands of tlsroutectl, each in a file of its own.
# ctl/verify: The TLS handshake of an agent, and the step that is missing where a certificate lacks
#     the name.
# ctl/daemon: The conversation with a running tlsrouted over its control socket.
# ctl/graph: How Gateways, TLSRoutes, Pools, Servers and Certificates are connected, as a picture.
# ctl/arguments: What a command line says: options, abbreviations, and the form of a command.
# ctl/output: What is printed: JSON, YAML, tables and wrapped text.

bin_PROGRAMS += tlsroutectl
noinst_LIBRARIES += ctl/libctl.a

ctl_libctl_a_SOURCES = \
	ctl/command_table.c ctl/command_table.h \
	ctl/completion.c ctl/completion.h \
	ctl/dispatch.c ctl/dispatch.h \
	ctl/usage.c ctl/usage.h \
	ctl/arguments/arguments.c ctl/arguments/arguments.h \
	ctl/arguments/command.h \
	ctl/arguments/options.c ctl/arguments/options.h \
	ctl/arguments/prefix.c ctl/arguments/prefix.h \
	ctl/commands/adopt.c \
	ctl/commands/caveat.c ctl/commands/caveat.h \
	ctl/commands/columns.c ctl/commands/columns.h \
	ctl/commands/commands.h \
	ctl/commands/control.c \
	ctl/commands/diff.c \
	ctl/commands/explain.c \
	ctl/commands/graph.c \
	ctl/commands/list.c \
	ctl/commands/query.c ctl/commands/query.h \
	ctl/commands/status.c ctl/commands/status.h \
	ctl/commands/tree.c \
	ctl/commands/verify.c \
	ctl/commands/verify_arguments.c ctl/commands/verify_arguments.h \
	ctl/commands/watch.c \
	ctl/daemon/session.c ctl/daemon/session.h \
	ctl/daemon/status.c ctl/daemon/status.h \
	ctl/graph/graph.c ctl/graph/graph.h \
	ctl/graph/layout.c ctl/graph/layout.h \
	ctl/graph/print.c ctl/graph/print.h \
	ctl/output/alike.c ctl/output/alike.h \
	ctl/output/error.c ctl/output/error.h \
	ctl/output/format.c ctl/output/format.h \
	ctl/output/output.c ctl/output/output.h \
	ctl/output/screen.c ctl/output/screen.h \
	ctl/output/table.c ctl/output/table.h \
	ctl/output/text.c ctl/output/text.h \
	ctl/verify/advice.c ctl/verify/advice.h \
	ctl/verify/answerer.c ctl/verify/answerer.h \
	ctl/verify/cluster.c ctl/verify/cluster.h \
	ctl/verify/dial.c ctl/verify/dial.h \
	ctl/verify/endpoint.c ctl/verify/endpoint.h \
	ctl/verify/gateway.c ctl/verify/gateway.h \
	ctl/verify/handshake.c ctl/verify/handshake.h \
	ctl/verify/login.c ctl/verify/login.h \
	ctl/verify/report.c ctl/verify/report.h \
	ctl/verify/served_certificate.c ctl/verify/served_certificate.h \
	ctl/verify/stage.c ctl/verify/stage.h \
	ctl/verify/verification.c ctl/verify/verification.h \
	ctl/verify/x509.c ctl/verify/x509.h
CTL_LIBS = ctl/libctl.a common/kubeconfig/libkubeconfig.a $(WORKER_LIBS) $(CYAML_LIBS)
tlsroutectl_SOURCES = ctl/main.c
tlsroutectl_LDADD = $(CTL_LIBS)
