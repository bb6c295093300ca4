"""Labs and folders that live as long as a fixture does."""

import shutil
import tempfile
from pathlib import Path

from lab import AUDIT_POLICY, Lab


def short_folder():
    """A socket's path is limited, so not pytest's own folder, which has the test's name in it."""
    folder = Path(tempfile.mkdtemp(prefix="tlsrouted-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def running_lab(folder: Path, gateway_api: bool = True, audit_policy: dict = AUDIT_POLICY):
    lab = Lab(folder / "lab", crds=gateway_api)
    lab.audit_policy = audit_policy
    try:
        lab.start()
        if not gateway_api:
            lab.install_openvox_crds()
        yield lab
    finally:
        lab.remove()
