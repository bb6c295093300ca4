# SPDX-License-Identifier: Apache-2.0
# ctl: The command line tlsroutectl: finds the command and runs it.
# ctl/commands: The commands of tlsroutectl, each in a file of its own.
# ctl/verify: The TLS handshake of an agent, and the step that is missing where a certificate lacks
#     the name.
# ctl/setup: What tlsrouted needs in a cluster and on a host, created and removed again.
# ctl/connect: The way to a server from the command line: names, connections, exec plugins, and
#     requests that are waited for.
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
	ctl/arguments/timeout.c ctl/arguments/timeout.h \
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
	ctl/commands/setup.c \
	ctl/commands/setup_arguments.c ctl/commands/setup_arguments.h \
	ctl/commands/status.c ctl/commands/status.h \
	ctl/commands/tree.c \
	ctl/commands/verify.c \
	ctl/commands/verify_arguments.c ctl/commands/verify_arguments.h \
	ctl/commands/watch.c \
	ctl/connect/connection.c ctl/connect/connection.h \
	ctl/connect/dial.c ctl/connect/dial.h \
	ctl/connect/endpoint.c ctl/connect/endpoint.h \
	ctl/connect/login.c ctl/connect/login.h \
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
	ctl/setup/apply.c \
	ctl/setup/compose.c ctl/setup/compose.h \
	ctl/setup/exchange.c ctl/setup/exchange.h \
	ctl/setup/files.c ctl/setup/files.h \
	ctl/setup/host.c \
	ctl/setup/manifests.h \
	ctl/setup/mark.h \
	ctl/setup/minter_token.c ctl/setup/minter_token.h \
	ctl/setup/remove.c \
	ctl/setup/report.c ctl/setup/report.h \
	ctl/setup/resource.c ctl/setup/resource.h \
	ctl/setup/setup.h \
	ctl/setup/texts.c ctl/setup/texts.h \
	ctl/setup/yaml_objects.c ctl/setup/yaml_objects.h \
	ctl/verify/advice.c ctl/verify/advice.h \
	ctl/verify/answerer.c ctl/verify/answerer.h \
	ctl/verify/cluster.c ctl/verify/cluster.h \
	ctl/verify/gateway.c ctl/verify/gateway.h \
	ctl/verify/handshake.c ctl/verify/handshake.h \
	ctl/verify/report.c ctl/verify/report.h \
	ctl/verify/served_certificate.c ctl/verify/served_certificate.h \
	ctl/verify/stage.c ctl/verify/stage.h \
	ctl/verify/verification.c ctl/verify/verification.h \
	ctl/verify/x509.c ctl/verify/x509.h
nodist_ctl_libctl_a_SOURCES = ctl/setup/manifests.c
CTL_LIBS = ctl/libctl.a common/kubeconfig/libkubeconfig.a $(WORKER_LIBS) $(CYAML_LIBS)
tlsroutectl_SOURCES = ctl/main.c
tlsroutectl_LDADD = $(CTL_LIBS)

# packaging/kustomize as data: who may do what is said there and nowhere else.
KUSTOMIZE = $(top_srcdir)/packaging/kustomize
MANIFESTS_BASE = $(KUSTOMIZE)/base/namespace.yaml $(KUSTOMIZE)/base/watcher.yaml \
	$(KUSTOMIZE)/base/reconciler.yaml $(KUSTOMIZE)/base/certpatcher.yaml $(KUSTOMIZE)/base/minter.yaml
MANIFESTS_POLICIES = $(KUSTOMIZE)/policies/reconciler.yaml $(KUSTOMIZE)/policies/certpatcher.yaml
EMBED = $(top_srcdir)/ctl/setup/embed.awk
CLEANFILES += ctl/setup/manifests.c

ctl/setup/manifests.c: $(EMBED) $(MANIFESTS_BASE) $(MANIFESTS_POLICIES)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && { \
	  echo '#include "ctl/setup/manifests.h"' && \
	  $(AWK) -v name=manifests_base -f $(EMBED) $(MANIFESTS_BASE) && \
	  $(AWK) -v name=manifests_policies -f $(EMBED) $(MANIFESTS_POLICIES); \
	} >$@.new && mv $@.new $@
