# SPDX-License-Identifier: Apache-2.0
# watcher: Lists and watches the API objects and sends them to the reconciler.

pkglibexec_PROGRAMS += watcher/watcher
noinst_LIBRARIES += watcher/libwatcher.a

watcher_libwatcher_a_SOURCES = \
	watcher/collection.c watcher/collection.h \
	watcher/crd_watch.c watcher/crd_watch.h \
	watcher/discovery.c watcher/discovery.h \
	watcher/failure.c watcher/failure.h \
	watcher/forward.c watcher/forward.h \
	watcher/forwarded.c watcher/forwarded.h \
	watcher/lines.c watcher/lines.h \
	watcher/life.c watcher/life.h \
	watcher/permission.c watcher/permission.h \
	watcher/reading.c watcher/reading.h \
	watcher/stream.c watcher/stream.h \
	watcher/streams.c watcher/streams.h \
	watcher/starts.c watcher/starts.h watcher/turns.c watcher/turns.h \
	watcher/watch_event.c watcher/watch_event.h
WATCHER_LIBS = watcher/libwatcher.a $(WORKER_LIBS)
watcher_watcher_SOURCES = watcher/main.c common/worker/no_connect.c
watcher_watcher_LDADD = $(WATCHER_LIBS)
