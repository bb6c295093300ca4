# SPDX-License-Identifier: Apache-2.0
# common/worker: The life of a worker or helper: handshake, sandbox, links, replies to queries,
#     heartbeats.
# common/kubeconfig: Kubeconfigs and all that they name: YAML with line numbers, PEM, token files,
#     exec plugins.
# common/api: The client for the Kubernetes API: requests, watches, connections, back-pressure.
# common/objects: What API objects mean, without I/O: decoding, specs, hostnames, the ledger, rules
#     of injection.
# common/sandbox: How a process confines itself: system calls, files, privileges, limits.
# common/message: What processes can say to each other: roles, messages, metrics, kinds, and the
#     channel that carries them.
# common/base: Log, memory, loop, clock, delays, text and JSON: knows neither Kubernetes nor other
#     processes.

noinst_LIBRARIES += common/base/libbase.a common/message/libmessage.a common/sandbox/libsandbox.a \
	common/objects/libobjects.a common/api/libapi.a common/kubeconfig/libkubeconfig.a \
	common/worker/libworker.a

common_base_libbase_a_SOURCES = \
	common/base/arena.c common/base/arena.h \
	common/base/backoff.c common/base/backoff.h \
	common/base/cause_log.c common/base/cause_log.h \
	common/base/cause_words.c common/base/cause_words.h \
	common/base/causes.c common/base/causes.h \
	common/base/clock.c common/base/clock.h \
	common/base/coarse_timer.c common/base/coarse_timer.h \
	common/base/delays.c common/base/delays.h \
	common/base/installation.h \
	common/base/json.c common/base/json.h \
	common/base/line.c common/base/line.h \
	common/base/list_reader.c common/base/list_reader.h \
	common/base/log.c common/base/log.h \
	common/base/loop.c common/base/loop.h \
	common/base/memory.c common/base/memory.h \
	common/base/path_tree.c common/base/path_tree.h \
	common/base/privacy.c common/base/privacy.h \
	common/base/projection.c common/base/projection.h \
	common/base/scanner.c common/base/scanner.h \
	common/base/text_list.c common/base/text_list.h \
	common/base/text_set.c common/base/text_set.h \
	common/base/transient.c common/base/transient.h \
	common/base/utf8.c common/base/utf8.h \
	common/base/value.c common/base/value.h common/base/value_json.c \
	common/base/value_read.c common/base/value_write.c
BASE_LIBS = common/base/libbase.a $(EVENT_LIBS) $(JSONC_LIBS) $(OPENSSL_LIBS)

common_message_libmessage_a_SOURCES = \
	common/message/batch.c common/message/batch.h \
	common/message/channel.c common/message/channel.h \
	common/message/findings.h \
	common/message/kind.c common/message/kind.h \
	common/message/kinds.h \
	common/message/message.c common/message/message.h \
	common/message/messages.h \
	common/message/metric.c common/message/metric.h \
	common/message/metrics.h \
	common/message/query.c common/message/query.h \
	common/message/role.c common/message/role.h \
	common/message/settings.h
MESSAGE_LIBS = common/message/libmessage.a $(BASE_LIBS) $(MSGPACK_LIBS)

common_sandbox_libsandbox_a_SOURCES = \
	common/sandbox/calls.c common/sandbox/calls.h \
	common/sandbox/filter.c common/sandbox/filter.h \
	common/sandbox/landlock.c common/sandbox/landlock.h \
	common/sandbox/landlock_abi.h \
	common/sandbox/limits.c common/sandbox/limits.h \
	common/sandbox/log_mode.c common/sandbox/log_mode.h \
	common/sandbox/privileges.c common/sandbox/privileges.h \
	common/sandbox/program.c common/sandbox/program.h \
	common/sandbox/sandbox.c common/sandbox/sandbox.h \
	common/sandbox/trap.c common/sandbox/trap.h
SANDBOX_LIBS = common/sandbox/libsandbox.a $(MESSAGE_LIBS) $(SECCOMP_LIBS)

common_objects_libobjects_a_SOURCES = \
	common/objects/abbreviation.c common/objects/abbreviation.h \
	common/objects/conditions.c common/objects/conditions.h \
	common/objects/gateway_status.c common/objects/gateway_status.h \
	common/objects/contention.c common/objects/contention.h \
	common/objects/hostname.c common/objects/hostname.h \
	common/objects/injection.c common/objects/injection.h \
	common/objects/injection_demands.c common/objects/injection_demands.h \
	common/objects/json_patch.c common/objects/json_patch.h \
	common/objects/key.c common/objects/key.h \
	common/objects/ledger.c common/objects/ledger.h \
	common/objects/managers.c common/objects/managers.h \
	common/objects/object.c common/objects/object.h \
	common/objects/paths.h \
	common/objects/route_spec.c common/objects/route_spec.h \
	common/objects/route_status.c common/objects/route_status.h \
	common/objects/service_spec.c common/objects/service_spec.h
OBJECTS_LIBS = common/objects/libobjects.a $(MESSAGE_LIBS)

common_api_libapi_a_SOURCES = \
	common/api/api.c common/api/api.h \
	common/api/call.c common/api/call.h \
	common/api/coalesce.c common/api/coalesce.h \
	common/api/credential.c common/api/credential.h \
	common/api/foreign.c common/api/foreign.h \
	common/api/handle.c common/api/handle.h \
	common/api/health.c common/api/health.h \
	common/api/loop.c common/api/loop.h \
	common/api/pace.c common/api/pace.h \
	common/api/pages.c common/api/pages.h \
	common/api/pause.c common/api/pause.h \
	common/api/request.h \
	common/api/remedy.c common/api/remedy.h \
	common/api/result.c common/api/result.h \
	common/api/settings.h \
	common/api/stall.c common/api/stall.h \
	common/api/status.c common/api/status.h \
	common/api/supply.c common/api/supply.h \
	common/api/token_request.c common/api/token_request.h \
	common/api/transfer.c common/api/transfer.h \
	common/api/verb.c common/api/verb.h
API_LIBS = common/api/libapi.a $(MESSAGE_LIBS) $(CURL_LIBS) $(OPENSSL_LIBS)

common_kubeconfig_libkubeconfig_a_SOURCES = \
	common/kubeconfig/address.c common/kubeconfig/address.h \
	common/kubeconfig/credential.c common/kubeconfig/credential.h \
	common/kubeconfig/exec_plugin.c common/kubeconfig/exec_plugin.h \
	common/kubeconfig/file.c common/kubeconfig/file.h \
	common/kubeconfig/kubeconfig.c common/kubeconfig/kubeconfig.h \
	common/kubeconfig/kubeconfig_schema.c common/kubeconfig/kubeconfig_schema.h \
	common/kubeconfig/pem.c common/kubeconfig/pem.h \
	common/kubeconfig/token.c common/kubeconfig/token.h \
	common/kubeconfig/yaml.c common/kubeconfig/yaml.h \
	common/kubeconfig/yaml_check.c common/kubeconfig/yaml_check.h \
	common/kubeconfig/yaml_plan.h
KUBECONFIG_LIBS = common/kubeconfig/libkubeconfig.a $(CYAML_LIBS) $(BASE_LIBS)

common_worker_libworker_a_SOURCES = \
	common/worker/answer.c common/worker/answer.h \
	common/worker/api_worker.c common/worker/api_worker.h \
	common/worker/helper.c common/worker/helper.h \
	common/worker/startup.c common/worker/startup.h \
	common/worker/worker.c common/worker/worker.h
WORKER_LIBS = common/worker/libworker.a common/api/libapi.a common/objects/libobjects.a \
	$(SANDBOX_LIBS) $(CURL_LIBS) $(OPENSSL_LIBS)
