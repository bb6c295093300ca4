# SPDX-License-Identifier: Apache-2.0
# certpatcher: Checks each request against the API server itself and patches Certificates.

pkglibexec_PROGRAMS += certpatcher/certpatcher
noinst_LIBRARIES += certpatcher/libcertpatcher.a

certpatcher_libcertpatcher_a_SOURCES = \
	certpatcher/adoption.c certpatcher/adoption.h \
	certpatcher/batches.c certpatcher/batches.h \
	certpatcher/certificate.c certpatcher/certificate.h \
	certpatcher/certificate_state.c certpatcher/certificate_state.h \
	certpatcher/fetched.c certpatcher/fetched.h \
	certpatcher/fetcher.c certpatcher/fetcher.h \
	certpatcher/mandate.c certpatcher/mandate.h \
	certpatcher/name_contention.c certpatcher/name_contention.h \
	certpatcher/patch.c certpatcher/patch.h \
	certpatcher/patch_send.c certpatcher/patch_send.h \
	certpatcher/request.c certpatcher/request.h \
	certpatcher/results.c certpatcher/results.h \
	certpatcher/task.c certpatcher/task.h \
	certpatcher/verdict.c certpatcher/verdict.h
CERTPATCHER_LIBS = certpatcher/libcertpatcher.a $(WORKER_LIBS)
certpatcher_certpatcher_SOURCES = certpatcher/main.c common/worker/no_connect.c
certpatcher_certpatcher_LDADD = $(CERTPATCHER_LIBS)
