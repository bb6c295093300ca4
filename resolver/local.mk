# SPDX-License-Identifier: Apache-2.0
# resolver: a short-lived helper of the supervisor that looks up a name.

pkglibexec_PROGRAMS += resolver/resolver

resolver_resolver_SOURCES = resolver/main.c
resolver_resolver_LDADD = $(WORKER_LIBS)
