#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes FILE.spdx.json beside each Debian package: what it is, and which packages of Debian it was
built against and needs, with their versions. The first argument is the root folder it was built in."""

import hashlib
import json
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
import os


def fields(deb: Path) -> dict[str, str]:
    """Of the package's control file."""
    text = subprocess.run(["dpkg-deb", "--field", deb], text=True, check=True, capture_output=True).stdout
    unfolded = re.sub(r"\n\s+", " ", text)
    return dict(line.split(": ", 1) for line in unfolded.splitlines() if ": " in line)


def versions(root: Path) -> dict[str, str]:
    """Of the packages in the root folder."""
    done = subprocess.run(
        ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "--show",
         "--showformat=${Package} ${Version}\n"], text=True, check=True, capture_output=True)
    return dict(line.split() for line in done.stdout.splitlines())


def package(name: str, version: str, **more) -> dict:
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": name,
            "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{version}"}], **more}


def document(deb: Path, installed: dict[str, str]) -> dict:
    control = fields(deb)
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    own = package(control["Package"], control["Version"], licenseDeclared="Apache-2.0",
                  packageFileName=deb.name,
                  checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    names = sorted({re.split(r"[ :(|]", each.strip())[0]
                    for each in control.get("Depends", "").split(",") if each.strip()})
    needed = [package(name, installed[name]) for name in names if name in installed]
    time = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or deb.stat().st_mtime),
                                  timezone.utc)
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": deb.stem, "documentNamespace": f"urn:sha256:{digest}",
            "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "creators": ["Tool: tlsrouted-release"]},
            "packages": [own, *needed],
            "relationships": [
                {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                 "relatedSpdxElement": own["SPDXID"]},
                *({"spdxElementId": own["SPDXID"], "relationshipType": "DEPENDS_ON",
                   "relatedSpdxElement": each["SPDXID"]} for each in needed)]}


def main() -> None:
    installed = versions(Path(sys.argv[1]))
    for name in sys.argv[2:]:
        deb = Path(name)
        deb.with_name(f"{deb.name}.spdx.json").write_text(
            json.dumps(document(deb, installed), indent=1) + "\n")


if __name__ == "__main__":
    main()
