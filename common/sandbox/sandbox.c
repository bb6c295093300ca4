/* SPDX-License-Identifier: Apache-2.0 */
/* The steps into the sandbox are ordered in one table, and what each has reached is reported: a
 * part that this machine cannot offer is never missing silently. */
#include "common/sandbox/sandbox.h"

#include "common/base/installation.h"
#include "common/base/memory.h"
#include "common/base/privacy.h"
#include "common/sandbox/filter.h"
#include "common/sandbox/landlock.h"
#include "common/sandbox/limits.h"
#include "common/sandbox/log_mode.h"
#include "common/sandbox/privileges.h"
#include "common/sandbox/program.h"
#include "common/sandbox/trap.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(table)  (sizeof(table) / sizeof((table)[0]))
#define CAPABILITY(name) (1ULL << CAP_##name)

/* To read credentials of other users, to signal workers of other users, and to confine them. */
#define SUPERVISOR_CAPABILITIES                                                                    \
    (CAPABILITY(DAC_READ_SEARCH) | CAPABILITY(KILL) | CAPABILITY(SETUID) | CAPABILITY(SETGID) |    \
     CAPABILITY(SYS_CHROOT) | CAPABILITY(SETPCAP))

#define READ   LANDLOCK_ACCESS_FS_READ_FILE
#define LIST   LANDLOCK_ACCESS_FS_READ_DIR
#define WRITE  LANDLOCK_ACCESS_FS_WRITE_FILE
#define RUN    LANDLOCK_ACCESS_FS_EXECUTE
#define REMOVE LANDLOCK_ACCESS_FS_REMOVE_FILE

struct entry {
    const struct sandbox_role *role;
    const struct sandbox_options *options;
    struct sandbox_result *result;
};

/* A step: 0, or -1 with errno set. */
typedef int step(struct entry *);

static step forbid_new_privileges, load_time_zone, limit_resources, enter_empty_root,
    bound_capabilities, change_user, hide, enter_landlock, drop_capabilities, filter_calls;
static int confine_files(const struct entry *);
static uint64_t kept_capabilities(const struct sandbox_role *);
static void reach(struct entry *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* In this order: each step needs what later ones give up. One that fails is left out if it has a
 * word for that; all others are required. */
static const struct {
    const char *what;
    step *enter;
    const char *without; /* the word of the level; NULL: it is required */
    const char *remedy;
} steps[] = {
    {"no new privileges", forbid_new_privileges, NULL, "allow prctl(2) with PR_SET_NO_NEW_PRIVS"},
    {"the time zone", load_time_zone, NULL, ""},
    {"resource limits", limit_resources, "no-limits", "allow prlimit(2) and setrlimit(2)"},
    {"the empty root folder", enter_empty_root, "no-empty-root",
     "allow chroot(2), or drop the capability CAP_SYS_CHROOT"},
    {"the bounding set of capabilities", bound_capabilities, "no-bounding-set",
     "allow prctl(2) with PR_CAPBSET_DROP, or drop the capability CAP_SETPCAP"},
    {"a user of its own", change_user, "no-own-uid",
     "map the six user and group IDs from sandboxUids on into this user namespace, and allow "
     "setgroups(2), setresgid(2) and setresuid(2)"},
    {"hiding from other processes", hide, NULL, "allow prctl(2) with PR_SET_DUMPABLE"},
    {"Landlock", enter_landlock, "no-landlock",
     "allow landlock_create_ruleset(2), landlock_add_rule(2) and landlock_restrict_self(2); before "
     "systemd 254, SystemCallFilter=@system-service does not"},
    {"capabilities", drop_capabilities, NULL, "allow capget(2) and capset(2)"},
    {"the seccomp filter", filter_calls, NULL,
     "the kernel needs CONFIG_SECCOMP_FILTER, and a container or unit has to allow seccomp(2) and "
     "prctl(2); sandbox: off in tlsrouted.yaml does without all confinement"},
};

static const struct landlock_path resolver_files[] = {
    {"/etc/resolv.conf", READ}, {"/etc/hosts", READ},    {"/etc/nsswitch.conf", READ},
    {"/etc/host.conf", READ},   {"/etc/gai.conf", READ},
};

char *sandbox_enter(const struct sandbox_role *role, const struct sandbox_options *options,
                    struct sandbox_result *result)
{
    struct entry entry = {role, options, result};

    *result = (struct sandbox_result){0};
    if (options->mode == SANDBOX_OFF) {
        reach(&entry, "off");
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        char *problem;

        if (steps[i].enter(&entry) == 0)
            continue;
        problem = memory_format("%s: %s; %s", steps[i].what, strerror(errno), steps[i].remedy);
        if (steps[i].without == NULL)
            return problem;
        reach(&entry, "%s", steps[i].without);
        text_list_add(&result->refused, problem);
        free(problem);
    }
    return NULL;
}

static int forbid_new_privileges(struct entry *self)
{
    if (self->options->mode == SANDBOX_LOG)
        reach(self, "log-only");
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* The C library reads it when it is first used. */
static int load_time_zone(struct entry *self)
{
    (void)self;
    tzset();
    return 0;
}

static int limit_resources(struct entry *self)
{
    bool threads = self->role->creates_processes || self->options->mode == SANDBOX_LOG;
    bool limits_files;

    if (limits_set(threads, self->options->descriptors, &limits_files) != 0)
        return -1;
    reach(self, limits_files ? "limits" : "limits-but-log-file");
    return 0;
}

/* Not for roles that need files, nor without privileges: there Landlock has to do. */
static int enter_empty_root(struct entry *self)
{
    if (self->role->files == SANDBOX_SUPERVISOR_FILES)
        return 0;
    if (self->role->files == SANDBOX_NO_FILES && privileges_enter_folder() == 0)
        reach(self, "empty-root");
    else if (self->role->files == SANDBOX_NO_FILES && errno != ENOTEMPTY &&
             privileges_have(CAP_SYS_CHROOT))
        return -1;
    else
        reach(self, "no-empty-root");
    return 0;
}

static int bound_capabilities(struct entry *self)
{
    return privileges_bound(kept_capabilities(self->role));
}

/* Without CAP_KILL the supervisor could not end a process of another user. */
static int change_user(struct entry *self)
{
    if (self->role->keeps_capabilities)
        return 0;
    if (self->options->uid == 0 || !privileges_have(CAP_SETUID) || !privileges_have(CAP_SETGID) ||
        !privileges_have(CAP_KILL)) {
        reach(self, "no-own-uid");
        return 0;
    }
    if (privileges_change_user(self->options->uid) != 0)
        return -1;
    reach(self, "uid-%u", (unsigned)self->options->uid);
    return 0;
}

/* For the kernel, a process with another user is one that may be read. */
static int hide(struct entry *self)
{
    (void)self;
    return privacy_begin();
}

static int enter_landlock(struct entry *self)
{
    int abi = 0;

    if (self->options->mode == SANDBOX_ENFORCE && !self->options->without_landlock)
        abi = confine_files(self);
    if (abi < 0) {
        errno = -abi;
        return -1;
    }
    if (abi > 0)
        reach(self, "landlock-%d", abi);
    else
        reach(self, "no-landlock");
    return 0;
}

static int confine_files(const struct entry *self)
{
    const struct landlock_path supervisor_files[] = {{"/", READ | LIST},
                                                     {INSTALLATION_PROGRAMS, RUN},
                                                     {program_interpreter(), RUN},
                                                     {"/dev/null", WRITE},
                                                     {self->options->folder, REMOVE}};
    const bool connects = self->role->connects;

    switch (self->role->files) {
    case SANDBOX_SUPERVISOR_FILES:
        return landlock_enter(supervisor_files, COUNT_OF(supervisor_files), connects);
    case SANDBOX_RESOLVER_FILES:
        return landlock_enter(resolver_files, COUNT_OF(resolver_files), connects);
    default:
        return landlock_enter(NULL, 0, connects);
    }
}

static int drop_capabilities(struct entry *self)
{
    if (privileges_keep(kept_capabilities(self->role)) != 0)
        return -1;
    reach(self, privileges_have_any() ? "few-capabilities" : "no-capabilities");
    return 0;
}

static uint64_t kept_capabilities(const struct sandbox_role *role)
{
    return role->keeps_capabilities ? SUPERVISOR_CAPABILITIES : 0;
}

/* Filters are inherited, and a process can have only one that notifies: its own. */
static int filter_calls(struct entry *self)
{
    int result;

    if (self->options->mode == SANDBOX_ENFORCE && sandbox_trap_install(self->options->report) != 0)
        return -1;
    if (self->options->mode == SANDBOX_ENFORCE)
        result = sandbox_filter_load(self->role, SANDBOX_DENY);
    else if (self->role->creates_processes)
        result = sandbox_filter_load(self->role, SANDBOX_AUDIT);
    else
        result = sandbox_log_calls(self->role);
    if (result < 0) {
        errno = -result;
        return -1;
    }
    reach(self, "seccomp");
    return 0;
}

static void reach(struct entry *self, const char *format, ...)
{
    char *level = self->result->level;
    size_t used = strlen(level);
    va_list arguments;

    if (used > 0 && used + 1 < SANDBOX_LEVEL_SIZE)
        level[used++] = ' ';
    va_start(arguments, format);
    vsnprintf(level + used, SANDBOX_LEVEL_SIZE - used, format, arguments);
    va_end(arguments);
}
