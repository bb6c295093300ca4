# SPDX-License-Identifier: Apache-2.0
# plugin: A helper that runs the exec plugin of a kubeconfig and ends.

pkglibexec_PROGRAMS += plugin/plugin
noinst_LIBRARIES += plugin/libplugin.a

plugin_libplugin_a_SOURCES = \
	plugin/exec_credential.c plugin/exec_credential.h \
	plugin/run.c plugin/run.h
PLUGIN_LIBS = plugin/libplugin.a $(WORKER_LIBS)
plugin_plugin_SOURCES = plugin/main.c
plugin_plugin_LDADD = $(PLUGIN_LIBS)
