# SPDX-License-Identifier: Apache-2.0
# minter: Requests the tokens of the other workers in a cluster, and renews them.

pkglibexec_PROGRAMS += minter/minter
noinst_LIBRARIES += minter/libminter.a

minter_libminter_a_SOURCES = \
	minter/account.c minter/account.h
MINTER_LIBS = minter/libminter.a $(WORKER_LIBS)
minter_minter_SOURCES = minter/main.c common/worker/no_connect.c
minter_minter_LDADD = $(MINTER_LIBS)
