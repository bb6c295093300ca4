# SPDX-License-Identifier: Apache-2.0
# Unit tests: make check.
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
UNIT_TESTS = \
	tests/unit/test_abbreviation \
	tests/unit/test_address \
	tests/unit/test_adoption \
	tests/unit/test_alike \
	tests/unit/test_answerer \
	tests/unit/test_api_failure \
	tests/unit/test_api_health \
	tests/unit/test_api_http2 \
	tests/unit/test_api_parts \
	tests/unit/test_api_request \
	tests/unit/test_api_status \
	tests/unit/test_api_stream \
	tests/unit/test_api_verb \
	tests/unit/test_apply \
	tests/unit/test_arguments \
	tests/unit/test_backoff \
	tests/unit/test_batches \
	tests/unit/test_bounds \
	tests/unit/test_cause_log \
	tests/unit/test_causes \
	tests/unit/test_caveat \
	tests/unit/test_capacity \
	tests/unit/test_certificate \
	tests/unit/test_certificate_plan \
	tests/unit/test_certificate_state \
	tests/unit/test_batch \
	tests/unit/test_channel \
	tests/unit/test_channel_end \
	tests/unit/test_child \
	tests/unit/test_coalesce \
	tests/unit/test_coarse_timer \
	tests/unit/test_command_table \
	tests/unit/test_conditions \
	tests/unit/test_config \
	tests/unit/test_config_change \
	tests/unit/test_config_keys \
	tests/unit/test_conflict \
	tests/unit/test_contention \
	tests/unit/test_control \
	tests/unit/test_crd_watch \
	tests/unit/test_credential \
	tests/unit/test_delays \
	tests/unit/test_dial \
	tests/unit/test_discovery \
	tests/unit/test_endpoint \
	tests/unit/test_events \
	tests/unit/test_eviction \
	tests/unit/test_exec_credential \
	tests/unit/test_expiry \
	tests/unit/test_fetched \
	tests/unit/test_fetcher \
	tests/unit/test_finding \
	tests/unit/test_foreign \
	tests/unit/test_format \
	tests/unit/test_forward \
	tests/unit/test_gateway \
	tests/unit/test_gateway_report \
	tests/unit/test_gather \
	tests/unit/test_graph \
	tests/unit/test_health \
	tests/unit/test_heartbeat \
	tests/unit/test_hostname \
	tests/unit/test_http \
	tests/unit/test_index \
	tests/unit/test_injection \
	tests/unit/test_injections \
	tests/unit/test_json \
	tests/unit/test_key \
	tests/unit/test_kind \
	tests/unit/test_leader \
	tests/unit/test_lease \
	tests/unit/test_ledger \
	tests/unit/test_life \
	tests/unit/test_lines \
	tests/unit/test_lists \
	tests/unit/test_list_reader \
	tests/unit/test_log \
	tests/unit/test_loop \
	tests/unit/test_memory \
	tests/unit/test_message \
	tests/unit/test_message_decode \
	tests/unit/test_metric \
	tests/unit/test_minter_account \
	tests/unit/test_name_contention \
	tests/unit/test_notification \
	tests/unit/test_notify \
	tests/unit/test_object \
	tests/unit/test_object_owned \
	tests/unit/test_object_paths \
	tests/unit/test_object_unreadable \
	tests/unit/test_pace \
	tests/unit/test_page \
	tests/unit/test_pages \
	tests/unit/test_patch \
	tests/unit/test_pause \
	tests/unit/test_permission \
	tests/unit/test_pool_state \
	tests/unit/test_pools \
	tests/unit/test_preflight \
	tests/unit/test_projection \
	tests/unit/test_queue \
	tests/unit/test_rate_limit \
	tests/unit/test_relations \
	tests/unit/test_remedy \
	tests/unit/test_render \
	tests/unit/test_report \
	tests/unit/test_request \
	tests/unit/test_results \
	tests/unit/test_retry \
	tests/unit/test_rights \
	tests/unit/test_route_plan \
	tests/unit/test_route_spec \
	tests/unit/test_route_status \
	tests/unit/test_run \
	tests/unit/test_sandbox \
	tests/unit/test_sandbox_resolver \
	tests/unit/test_sandbox_supervisor \
	tests/unit/test_sandbox_worker \
	tests/unit/test_service_changes \
	tests/unit/test_service_plan \
	tests/unit/test_service_spec \
	tests/unit/test_session \
	tests/unit/test_setup \
	tests/unit/test_setup_arguments \
	tests/unit/test_stage \
	tests/unit/test_starts \
	tests/unit/test_store \
	tests/unit/test_stream \
	tests/unit/test_stream_failure \
	tests/unit/test_stream_few \
	tests/unit/test_task \
	tests/unit/test_text \
	tests/unit/test_text_list \
	tests/unit/test_text_set \
	tests/unit/test_tls_files \
	tests/unit/test_token \
	tests/unit/test_token_request \
	tests/unit/test_transient \
	tests/unit/test_turns \
	tests/unit/test_value \
	tests/unit/test_verdict \
	tests/unit/test_verdict_cost \
	tests/unit/test_verify_arguments \
	tests/unit/test_watch_event \
	tests/unit/test_worker_metrics \
	tests/unit/test_world \
	tests/unit/test_x509
noinst_HEADERS += tests/unit/api_server.h \
	tests/unit/attempts.h \
	tests/unit/certificates.h \
	tests/unit/check.h \
	tests/unit/confined.h \
	tests/unit/fake_api.h \
	tests/unit/fake_clock.h \
	tests/unit/fake_stream.h \
	tests/unit/filled_message.h \
	tests/unit/http2_server.h \
	tests/unit/identity.h \
	tests/unit/link_ends.h \
	tests/unit/working_link.h \
	tests/unit/object_text.h \
	tests/unit/world_fixture.h
FAKES = tests/unit/fake_api.c tests/unit/fake_clock.c
WORLD_FIXTURE = tests/unit/world_fixture.c
API_SERVER = tests/unit/api_server.c tests/unit/identity.c common/worker/no_connect.c
CONFINED = tests/unit/attempts.c tests/unit/confined.c
tests_unit_test_abbreviation_LDADD = $(OBJECTS_LIBS) $(CMOCKA_LIBS)
tests_unit_test_address_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_alike_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_failure_SOURCES = tests/unit/test_api_failure.c $(API_SERVER)
tests_unit_test_answerer_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_failure_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_health_SOURCES = tests/unit/test_api_health.c tests/unit/fake_clock.c
tests_unit_test_api_health_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_http2_SOURCES = tests/unit/test_api_http2.c tests/unit/http2_server.c \
	tests/unit/identity.c common/worker/no_connect.c
tests_unit_test_api_http2_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(NGHTTP2_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_api_parts_SOURCES = tests/unit/test_api_parts.c $(API_SERVER)
tests_unit_test_api_parts_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_request_SOURCES = tests/unit/test_api_request.c $(API_SERVER)
tests_unit_test_api_request_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_status_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_stream_SOURCES = tests/unit/test_api_stream.c $(API_SERVER)
tests_unit_test_api_stream_LDADD = $(WORKER_LIBS) $(EVENT_OPENSSL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_api_verb_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_apply_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_arguments_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_backoff_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_batches_SOURCES = tests/unit/test_batches.c $(FAKES)
tests_unit_test_batches_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_bounds_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_cause_log_SOURCES = tests/unit/test_cause_log.c tests/unit/fake_clock.c
tests_unit_test_cause_log_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_causes_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_caveat_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_capacity_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_certificate_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_certificate_plan_SOURCES = tests/unit/test_certificate_plan.c $(WORLD_FIXTURE)
tests_unit_test_certificate_plan_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_certificate_state_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_batch_SOURCES = tests/unit/test_batch.c
tests_unit_test_batch_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_channel_SOURCES = tests/unit/test_channel.c tests/unit/link_ends.c \
	tests/unit/working_link.c
tests_unit_test_channel_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_channel_end_SOURCES = tests/unit/test_channel_end.c tests/unit/link_ends.c
tests_unit_test_channel_end_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_child_SOURCES = tests/unit/test_child.c tests/unit/fake_clock.c
tests_unit_test_child_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_coalesce_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_coarse_timer_SOURCES = tests/unit/test_coarse_timer.c tests/unit/fake_clock.c
tests_unit_test_coarse_timer_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_command_table_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conditions_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_change_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_config_keys_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_conflict_SOURCES = tests/unit/test_conflict.c $(WORLD_FIXTURE)
tests_unit_test_conflict_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_contention_LDADD = $(OBJECTS_LIBS) $(CMOCKA_LIBS)
tests_unit_test_control_SOURCES = tests/unit/test_control.c tests/unit/working_link.c
tests_unit_test_control_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_crd_watch_SOURCES = tests/unit/test_crd_watch.c $(FAKES)
tests_unit_test_crd_watch_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_credential_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_delays_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_dial_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_discovery_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_endpoint_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_events_SOURCES = tests/unit/test_events.c $(FAKES)
tests_unit_test_events_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_eviction_LDADD = $(EXPORTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_exec_credential_LDADD = $(PLUGIN_LIBS) $(CMOCKA_LIBS)
tests_unit_test_expiry_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_fetched_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_fetcher_SOURCES = tests/unit/test_fetcher.c tests/unit/fake_api.c
tests_unit_test_fetcher_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_finding_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_foreign_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_format_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_gateway_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_gather_SOURCES = tests/unit/test_gather.c $(WORLD_FIXTURE)
tests_unit_test_gather_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_gateway_report_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_graph_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_health_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_heartbeat_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_hostname_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_http_LDADD = $(EXPORTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_index_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_injection_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_injections_SOURCES = tests/unit/test_injections.c $(FAKES) $(WORLD_FIXTURE)
tests_unit_test_injections_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_json_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_key_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_kind_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_leader_SOURCES = tests/unit/test_leader.c $(FAKES)
tests_unit_test_leader_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lease_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_ledger_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_life_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lines_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_lists_SOURCES = tests/unit/test_lists.c $(WORLD_FIXTURE)
tests_unit_test_lists_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_list_reader_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_log_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_loop_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_message_SOURCES = tests/unit/test_message.c tests/unit/filled_message.c
tests_unit_test_memory_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_message_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_message_decode_SOURCES = tests/unit/test_message_decode.c \
	tests/unit/filled_message.c
tests_unit_test_message_decode_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_metric_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_minter_account_LDADD = $(MINTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_name_contention_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_notification_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_notify_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_object_SOURCES = tests/unit/test_object.c tests/unit/object_text.c
tests_unit_test_object_LDADD = $(OBJECTS_LIBS) $(CMOCKA_LIBS)
tests_unit_test_object_owned_SOURCES = tests/unit/test_object_owned.c tests/unit/object_text.c
tests_unit_test_object_owned_LDADD = $(OBJECTS_LIBS) $(CMOCKA_LIBS)
tests_unit_test_object_paths_LDADD = $(OBJECTS_LIBS) $(CMOCKA_LIBS)
tests_unit_test_object_unreadable_SOURCES = tests/unit/test_object_unreadable.c \
	tests/unit/object_text.c
tests_unit_test_object_unreadable_LDADD = $(OBJECTS_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pace_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_page_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pages_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_patch_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pause_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_permission_SOURCES = tests/unit/test_permission.c tests/unit/fake_api.c
tests_unit_test_permission_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pool_state_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pools_SOURCES = tests/unit/test_pools.c $(FAKES)
tests_unit_test_pools_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_preflight_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_projection_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_queue_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_rate_limit_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_relations_SOURCES = tests/unit/test_relations.c $(WORLD_FIXTURE)
tests_unit_test_relations_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_remedy_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_render_LDADD = $(EXPORTER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_report_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_request_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_results_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_retry_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_rights_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_route_plan_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_route_spec_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_route_status_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_run_LDADD = $(PLUGIN_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c $(CONFINED)
tests_unit_test_sandbox_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sandbox_resolver_SOURCES = tests/unit/test_sandbox_resolver.c $(CONFINED)
tests_unit_test_sandbox_resolver_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sandbox_supervisor_SOURCES = tests/unit/test_sandbox_supervisor.c $(CONFINED)
tests_unit_test_sandbox_supervisor_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sandbox_worker_SOURCES = tests/unit/test_sandbox_worker.c $(CONFINED)
tests_unit_test_sandbox_worker_LDADD = $(SANDBOX_LIBS) $(CMOCKA_LIBS)
tests_unit_test_service_changes_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_service_plan_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_service_spec_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_session_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_stage_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test_store.c $(WORLD_FIXTURE)
tests_unit_test_starts_SOURCES = tests/unit/test_starts.c tests/unit/fake_clock.c
tests_unit_test_starts_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_store_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_stream_SOURCES = tests/unit/test_stream.c tests/unit/fake_stream.c
tests_unit_test_stream_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_stream_failure_SOURCES = tests/unit/test_stream_failure.c tests/unit/fake_stream.c
tests_unit_test_stream_few_SOURCES = tests/unit/test_stream_few.c tests/unit/fake_stream.c
tests_unit_test_stream_few_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_stream_failure_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_adoption_SOURCES = tests/unit/test_adoption.c $(FAKES)
tests_unit_test_adoption_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_task_SOURCES = tests/unit/test_task.c $(FAKES)
tests_unit_test_task_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_text_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_text_list_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_text_set_LDADD = $(MESSAGE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_tls_files_LDADD = $(EXPORTER_LIBS) $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_token_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_token_request_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_transient_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_turns_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_value_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_verdict_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_verdict_cost_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=strcmp,--wrap=strcasecmp,--wrap=ledger_read
tests_unit_test_verdict_cost_LDADD = $(CERTPATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_setup_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_setup_arguments_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_verify_arguments_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)
tests_unit_test_forward_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_watch_event_LDADD = $(WATCHER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_worker_metrics_LDADD = $(SUPERVISOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_world_SOURCES = tests/unit/test_world.c $(WORLD_FIXTURE)
tests_unit_test_world_LDADD = $(RECONCILER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_x509_LDADD = $(CTL_LIBS) $(CMOCKA_LIBS)

# Fuzzers: make fuzzers, in a tree that was configured as ./dev does it.
FUZZERS = \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_control \
	tests/fuzz/fuzz_kubeconfig \
	tests/fuzz/fuzz_message \
	tests/fuzz/fuzz_projection \
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
tests_fuzz_fuzz_projection_SOURCES = tests/fuzz/fuzz_projection.c $(FUZZ_SHARED)
tests_fuzz_fuzz_projection_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_projection_LDADD = $(WORKER_LIBS)
tests_fuzz_fuzz_watch_SOURCES = tests/fuzz/fuzz_watch.c $(FUZZ_SHARED)
tests_fuzz_fuzz_watch_LDFLAGS = $(LINK_FUZZER)
tests_fuzz_fuzz_watch_LDADD = \
	watcher/libwatcher.a $(CERTPATCHER_LIBS)
tests_fuzz_make_seeds_SOURCES = tests/fuzz/make_seeds.c
tests_fuzz_make_seeds_LDADD = $(MESSAGE_LIBS)

fuzzers: $(FUZZERS) tests/fuzz/make_seeds
.PHONY: fuzzers
CLEANFILES += $(FUZZERS) tests/fuzz/make_seeds

# Prints the tables of the code, for the generated parts of docs/: ./dev docs.
noinst_PROGRAMS += tests/tables/print_tables
tests_tables_print_tables_SOURCES = tests/tables/print_tables.c
tests_tables_print_tables_LDADD = $(RECONCILER_LIBS) $(JSONC_LIBS)

# What the benches compare tlsrouted with: requests sent by a program that does nothing else, and by
# one that is made of the same libraries (./dev bench).
EXTRA_PROGRAMS += tests/bench/load tests/bench/client
CLEANFILES += tests/bench/load tests/bench/client
tests_bench_load_SOURCES = tests/bench/load.c tests/bench/requests.c tests/bench/requests.h
tests_bench_load_LDADD = $(OPENSSL_LIBS) $(NGHTTP2_LIBS)
tests_bench_client_SOURCES = tests/bench/client.c tests/bench/requests.c tests/bench/requests.h
tests_bench_client_LDADD = $(CURL_LIBS) $(EVENT_LIBS)
