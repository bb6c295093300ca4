# SPDX-License-Identifier: Apache-2.0
"""The bill of materials of an image, as SPDX 2.3: tlsrouted, each Debian package that a file of the
image is from, and each library and program with its checksum."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import quote

from debian import Package, Root, spdx_licence

NOT_KNOWN = "NOASSERTION"


@dataclass(frozen=True)
class Image:
    """What is described."""

    folder: Path                     # the root of the image
    version: str                     # of tlsrouted
    architecture: str
    release: str                     # of Debian
    time: int                        # of the commit, in seconds since 1970
    programs: list[str]              # paths in the folder
    files: dict[str, Package]        # the packages of all other files


def _id(*parts: str) -> str:
    return "SPDXRef-" + "-".join(re.sub(r"[^A-Za-z0-9.]", "-", part) for part in parts)


def _relation(one: str, kind: str, other: str) -> dict:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _file(image: Image, path: str) -> dict:
    content = (image.folder / path).read_bytes()
    return {"SPDXID": _id("File", path), "fileName": f"./{path}",
            "checksums": [{"algorithm": "SHA1", "checksumValue": hashlib.sha1(content).hexdigest()},
                          {"algorithm": "SHA256",
                           "checksumValue": hashlib.sha256(content).hexdigest()}],
            "licenseConcluded": NOT_KNOWN, "copyrightText": NOT_KNOWN}


def _own_package(image: Image) -> dict:
    return {"SPDXID": _id("Package", "tlsrouted"), "name": "tlsrouted", "versionInfo": image.version,
            "supplier": NOT_KNOWN, "downloadLocation": NOT_KNOWN, "filesAnalyzed": False,
            "primaryPackagePurpose": "APPLICATION", "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0", "copyrightText": NOT_KNOWN,
            "externalRefs": [_purl(f"pkg:generic/tlsrouted@{image.version}")]}


def _purl(text: str) -> dict:
    return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": text}


def _debian_package(image: Image, root: Root, package: Package) -> dict:
    short = root.short_licence(package)
    declared = spdx_licence(short) if short else None
    version = quote(package.version, safe="")
    name = quote(package.name, safe="")
    described = {
        "SPDXID": _id("Package", package.name), "name": package.name,
        "versionInfo": package.version, "supplier": "Organization: Debian",
        "downloadLocation": f"https://snapshot.debian.org/package/{quote(package.source)}/",
        "filesAnalyzed": False, "sourceInfo": f"built from the source package {package.source}",
        "primaryPackagePurpose": "LIBRARY", "licenseConcluded": NOT_KNOWN,
        "licenseDeclared": declared or NOT_KNOWN, "copyrightText": NOT_KNOWN,
        "licenseComments": f"see /usr/share/doc/{package.name}/copyright in the image"
                           + (f"; most files: {short}" if short else ""),
        "externalRefs": [_purl(f"pkg:deb/debian/{name}@{version}?arch={package.architecture}"
                               f"&distro=debian-{image.release}")]}
    if package.homepage:
        described["homepage"] = package.homepage
    return described


def describe(image: Image, root: Root) -> dict:
    """The document. The same image has the same one."""
    packages = {package.name: package for package in image.files.values()}
    document, own = "SPDXRef-DOCUMENT", _id("Package", "tlsrouted")
    relations = [_relation(document, "DESCRIBES", own)]
    relations += [_relation(own, "CONTAINS", _id("File", path)) for path in image.programs]
    relations += [_relation(own, "DEPENDS_ON", _id("Package", name)) for name in sorted(packages)]
    described = [path for path in sorted(image.files) if not (image.folder / path).is_symlink()]
    relations += [_relation(_id("Package", image.files[path].name), "CONTAINS", _id("File", path))
                  for path in described]
    content = {
        "packages": [_own_package(image),
                     *(_debian_package(image, root, packages[name]) for name in sorted(packages))],
        "files": [_file(image, path) for path in sorted([*image.programs, *described])],
        "relationships": relations}
    fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    name = f"tlsrouted-{image.version}-{image.architecture}"
    created = datetime.fromtimestamp(image.time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": document, "name": name,
            "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{fingerprint}",
            "creationInfo": {"created": created, "creators": ["Tool: tlsrouted-packaging-container"]},
            **content}
