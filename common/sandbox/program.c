/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock must allow the dynamic loader, whose path depends on the architecture and the C library.
 */
#include "common/sandbox/program.h"

#include <link.h>
#include <stddef.h>

static int find_interpreter(struct dl_phdr_info *, size_t, void *path);

const char *program_interpreter(void)
{
    const char *path = NULL;

    dl_iterate_phdr(find_interpreter, &path);
    return path;
}

/* The first object is the program itself. */
static int find_interpreter(struct dl_phdr_info *program, size_t size, void *path)
{
    (void)size;
    for (size_t i = 0; i < program->dlpi_phnum; i++) {
        if (program->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)path =
                (const char *)(program->dlpi_addr + program->dlpi_phdr[i].p_vaddr);
    }
    return 1;
}
