# SPDX-License-Identifier: Apache-2.0
# exporter: Serves metrics and health over HTTP, without a credential.

pkglibexec_PROGRAMS += exporter/exporter
noinst_LIBRARIES += exporter/libexporter.a

exporter_libexporter_a_SOURCES = \
	exporter/accept.c exporter/accept.h \
	exporter/eviction.c exporter/eviction.h \
	exporter/guard.c exporter/guard.h \
	exporter/http.c exporter/http.h \
	exporter/render.c exporter/render.h \
	exporter/state.c exporter/state.h \
	exporter/tls.c exporter/tls.h
EXPORTER_LIBS = exporter/libexporter.a $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS)
exporter_exporter_SOURCES = exporter/main.c
exporter_exporter_LDADD = $(EXPORTER_LIBS)
