# SPDX-License-Identifier: Apache-2.0
"""Labs and folders that live as long as a fixture does."""

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from daemon import grant
from lab import AUDIT_POLICY, Lab

# Every request of a ServiceAccount, when it has been answered; of a watch when it has begun.
READS_TOO = {**AUDIT_POLICY, "rules": [{"level": "Metadata",
                                        "userGroups": ["system:serviceaccounts"]}]}


@dataclass(frozen=True)
class GrantedLab:
    """One with the rights of packaging/kustomize in it."""

    lab: Lab
    tokens: dict[str, str]  # by role


@contextmanager
def short_folder() -> Iterator[Path]:
    """A socket's path is limited, so not pytest's own folder, which has the test's name in it."""
    folder = Path(tempfile.mkdtemp(prefix="tlsrouted-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def granted_lab(gateway_api: bool = True,
                audit_policy: dict = AUDIT_POLICY) -> Iterator[GrantedLab]:
    with short_folder() as folder:
        lab = Lab(folder / "lab", crds=gateway_api)
        lab.audit_policy = audit_policy
        try:
            lab.start()
            if not gateway_api:
                lab.install_openvox_crds()
            yield GrantedLab(lab, grant(lab))
        finally:
            lab.remove()
