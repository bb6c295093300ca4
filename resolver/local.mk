# SPDX-License-Identifier: Apache-2.0
# resolver: A helper that looks up one name and ends.

pkglibexec_PROGRAMS += resolver/resolver

resolver_resolver_SOURCES = resolver/main.c
resolver_resolver_LDADD = $(WORKER_LIBS)
