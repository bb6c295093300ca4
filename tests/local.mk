# SPDX-License-Identifier: Apache-2.0
# Unit tests: make check.
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
UNIT_TESTS = \
	tests/unit/test_address \
	tests/unit/test_api \
	tests/unit/test_api_http2 \
	tests/unit/test_api_verb \
	tests/unit/test_apply \
	tests/unit/test_backoff \
	tests/unit/test_caveat \
	tests/unit/test_channel \
	tests/unit/test_child \
	tests/unit/test_config \
	tests/unit/test_config_change \
	tests/unit/test_config_keys \
	tests/unit/test_conflict \
	tests/unit/test_contention \
	tests/unit/test_control \
	tests/unit/test_credential \
	tests/unit/test_dial \
	tests/unit/test_discovery \
	tests/unit/test_endpoint \
	tests/unit/test_events \
	tests/unit/test_exec_credential \
	tests/unit/test_finding \
	tests/unit/test_gateway \
	tests/unit/test_graph \
	tests/unit/test_health \
	tests/unit/test_heartbeat \
	tests/unit/test_hostname \
	tests/unit/test_http \
	tests/unit/test_index \
	tests/unit/test_injection \
	tests/unit/test_json \
	tests/unit/test_key \
	tests/unit/test_lease \
	tests/unit/test_ledger \
	tests/unit/test_lines \
	tests/unit/test_log \
	tests/unit/test_loop \
	tests/unit/test_message \
	tests/unit/test_metric \
	tests/unit/test_notify \
	tests/unit/test_object \
	tests/unit/test_observed \
	tests/unit/test_options \
	tests/unit/test_output \
	tests/unit/test_pace \
	tests/unit/test_page \
	tests/unit/test_patch \
	tests/unit/test_plan \
	tests/unit/test_plan_service \
	tests/unit/test_pool \
	tests/unit/test_preflight \
	tests/unit/test_queue \
	tests/unit/test_rate_limit \
	tests/unit/test_record \
	tests/unit/test_render \
	tests/unit/test_rights \
	tests/unit/test_route_spec \
	tests/unit/test_route_status \
	tests/unit/test_sandbox \
	tests/unit/test_served \
	tests/unit/test_service_spec \
	tests/unit/test_stage \
	tests/unit/test_store \
	tests/unit/test_text \
	tests/unit/test_text_list \
	tests/unit/test_tls_files \
	tests/unit/test_token \
	tests/unit/test_token_request \
	tests/unit/test_verify_options \
	tests/unit/test_watch_event \
	tests/unit/test_worker_metrics
noinst_HEADERS += tests/unit/check.h tests/unit/identity.h
tests_unit_test_address_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_SOURCES = tests/unit/test_api.c tests/unit/identity.c common/worker/no_connect.c
tests_unit_test_api_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_http2_SOURCES = tests/unit/test_api_http2.c tests/unit/identity.c common/worker/no_connect.c
tests_unit_test_api_http2_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(NGHTTP2_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_verb_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_apply_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_backoff_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_rate_limit_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_channel_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_child_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_change_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_keys_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conflict_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_contention_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_control_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_credential_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dial_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_discovery_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_caveat_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_endpoint_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_events_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_exec_credential_LDADD = $(PLUGIN_LIBS) $(CMOCKA_LIBS)
tests_unit_test_worker_metrics_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_finding_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_gateway_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_health_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_heartbeat_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_graph_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_hostname_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_http_LDADD = $(EXPORTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_index_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_injection_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_json_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_key_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lease_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ledger_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lines_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_log_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_loop_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_message_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_metric_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_notify_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_object_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_options_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_output_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pace_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_page_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_patch_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_plan_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_plan_service_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c \
	reconciler/plan/decision.c reconciler/pool_state.c reconciler/pool.c
tests_unit_test_pool_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_preflight_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_queue_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_record_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_rights_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_render_LDADD = $(EXPORTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_route_spec_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_route_status_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sandbox_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_test_served_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_service_spec_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_observed_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_stage_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_text_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_text_list_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_tls_files_LDADD = $(EXPORTER_LIBS) $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_token_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_token_request_LDADD = $(MINTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_verify_options_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_watch_event_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)

# Fuzzers: make fuzzers, in a tree that was configured as ./dev does it.
FUZZERS = \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_control \
	tests/fuzz/fuzz_kubeconfig \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_watch
EXTRA_PROGRAMS += $(FUZZERS) tests/fuzz/make_seeds
FUZZ_SHARED = tests/fuzz/fuzz.c tests/fuzz/fuzz.h
LINK_FUZZER = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(FUZZ_SHARED)
tests_fuzz_fuzz_config_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_config_LDADD = $(SUPERVISOR_LIBS)
tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c $(FUZZ_SHARED)
tests_fuzz_fuzz_control_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_control_LDADD = $(SUPERVISOR_LIBS)
tests_fuzz_fuzz_kubeconfig_SOURCES = tests/fuzz/fuzz_kubeconfig.c $(FUZZ_SHARED)
tests_fuzz_fuzz_kubeconfig_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_kubeconfig_LDADD = $(SUPERVISOR_LIBS)
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz_message.c $(FUZZ_SHARED)
tests_fuzz_fuzz_message_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_message_LDADD = $(WORKER_LIBS)
tests_fuzz_fuzz_watch_SOURCES = tests/fuzz/fuzz_watch.c $(FUZZ_SHARED)
tests_fuzz_fuzz_watch_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_watch_LDADD = \
	watcher/libwatcher.a $(CERTPATCHER_LIBS)
tests_fuzz_make_seeds_SOURCES = tests/fuzz/make_seeds.c
tests_fuzz_make_seeds_LDADD = $(MESSAGE_LIBS)

fuzzers: $(FUZZERS) tests/fuzz/make_seeds
.PHONY: fuzzers
CLEANFILES += $(FUZZERS) tests/fuzz/make_seeds
