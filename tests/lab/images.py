# SPDX-License-Identifier: Apache-2.0
"""Container images as files, in the format that `ctr images import` takes, without a registry."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

_TYPE = "application/vnd.oci.image"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def pack_image(name: str, files: dict[str, Path], entrypoint: list[str], target: Path,
               machine: str) -> None:
    """One with these files (path in the image: path here) and nothing else, for a machine as
    `uname -m` names it. NAME has a tag."""
    layer = _layer(files)
    blobs: dict[str, bytes] = {}

    def add(kind: str, data: bytes, **more) -> dict:
        blobs[_digest(data)] = data
        return {"mediaType": f"{_TYPE}.{kind}", "digest": _digest(data), "size": len(data), **more}

    config = add("config.v1+json", json.dumps({
        "architecture": _ARCHITECTURES.get(machine, machine), "os": "linux",
        "config": {"Entrypoint": entrypoint},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]}}).encode())
    manifest = add("manifest.v1+json", json.dumps({
        "schemaVersion": 2, "mediaType": f"{_TYPE}.manifest.v1+json", "config": config,
        "layers": [add("layer.v1.tar+gzip", gzip.compress(layer, mtime=0))]}).encode(),
        annotations={"io.containerd.image.name": name})
    _write(target, {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode(),
        **{f"blobs/{digest.replace(':', '/')}": data for digest, data in blobs.items()}})


def _layer(files: dict[str, Path]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for path, source in sorted(files.items()):
            entry = tar.gettarinfo(str(source), path)
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = "root"
            with source.open("rb") as data:
                tar.addfile(entry, data)
    return made.getvalue()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _write(target: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(target, "w") as tar:
        for path, data in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
