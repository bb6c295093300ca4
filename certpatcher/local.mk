# SPDX-License-Identifier: Apache-2.0
# certpatcher: Checks each request against the API server itself and patches Certificates.

pkglibexec_PROGRAMS += certpatcher/certpatcher
noinst_LIBRARIES += certpatcher/libcertpatcher.a

certpatcher_libcertpatcher_a_SOURCES = \
	certpatcher/contention.c certpatcher/contention.h \
	certpatcher/fetcher.c certpatcher/fetcher.h \
	certpatcher/fetched.c certpatcher/fetched.h \
	certpatcher/observed.c certpatcher/observed.h \
	certpatcher/outcomes.c certpatcher/outcomes.h \
	certpatcher/patch.c certpatcher/patch.h \
	certpatcher/record.c certpatcher/record.h \
	certpatcher/task.c certpatcher/task.h
CERTPATCHER_LIBS = certpatcher/libcertpatcher.a $(WORKER_LIBS)
certpatcher_certpatcher_SOURCES = certpatcher/main.c common/worker/no_connect.c
certpatcher_certpatcher_LDADD = $(CERTPATCHER_LIBS)
