# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev structure: holds the tree against docs/architecture.md. ./dev docs: writes the parts of the
# documents, and the files of the charts, that follow from something else.

structure() {
    "$PYTHON" -B tests/structure/check.py "$@"
}

command_structure() {
    no_arguments structure "$@"
    need build
    command_build
    heading "Structure"
    structure
}

# For ./dev check, after the build with gcc. A check that cannot fail is worth nothing, so the second
# step plants faults.
structure_steps() {
    step "Structure" structure
    count_step
    step "Structure, with planted faults" structure --self-test
    count_step
}

# build_tables : the programs that print the tables of the code as JSON
build_tables() {
    configure_gcc
    run_make gcc tests/tables/print_tables tlsrouted
}

command_docs() {
    no_arguments docs "$@"
    need build docs
    heading "Writing the generated parts of docs/ and of the charts"
    build_tables
    "$PYTHON" -B tests/structure/documents.py
}
