/* SPDX-License-Identifier: Apache-2.0 */
/* What an attacker in a process would try. Each attempt returns 0 if it works, or an errno. */
#ifndef TLSROUTED_TESTS_UNIT_ATTEMPTS_H
#define TLSROUTED_TESTS_UNIT_ATTEMPTS_H

#include <netinet/in.h>
#include <sys/types.h>
#include <sys/un.h>

/* What the attempts are made on. */
struct scene {
    pid_t sibling;              /* another worker, in its sandbox */
    char token[64];             /* a file of the user that started all, for its eyes only */
    struct sockaddr_in server;  /* listens on loopback */
    struct sockaddr_un service; /* an abstract socket that listens */
    int listener, service_listener;
    int tcp, unix_socket, file; /* open, unconnected, for writing */
};
extern struct scene scene;

/* The errno of a system call that returned RESULT, 0 if it worked; and that of
 * open() with FLAGS. */
int result_of(long result);
int opens(const char *path, int flags);

typedef int attempt_make(void);

attempt_make reads_passwd, reads_token, reads_memory, changes_memory, reads_environment,
    looks_at_file, writes_file, truncates_file, grows_file, makes_folder, removes_file,
    renames_file, changes_mode, opens_new_way, makes_tcp_socket, makes_unix_socket,
    makes_netlink_socket, makes_packet_socket, connects, connects_by_sending, connects_to_service,
    binds, listens, accepts, attaches, asks_to_be_traced, reads_other_memory, kills_sibling,
    kills_thread_of_sibling, queues_signal, signals_by_descriptor, owns_descriptor_of_sibling,
    forks, forks_new_way, makes_thread, executes, executes_descriptor, maps_program,
    makes_program_of_data, raises_limit, raises_limit_new_way, loads_filter, loads_filter_old_way,
    takes_new_privileges, shows_itself, leaves_landlock, replaces_handler,
    executes_with_blocked_signal, becomes_root, takes_capabilities, unshares, mounts, changes_root,
    loads_program_into_kernel, loads_module, asks_for_key, sets_clock, submits_by_ring,
    makes_memory_file, makes_call_of_tomorrow, makes_call_of_another_abi, aborts,
    sets_option_that_it_uses, attaches_filter_to_socket, binds_socket_to_device, marks_as_urgent,
    types_for_terminal, lists_interfaces, works_on;

#endif
