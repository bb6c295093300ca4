#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fills the root of the image: the installed programs, the libraries that they need, what these read,
and what a scanner reads. Nothing else gets in. Writes the bill of materials and the list of
packages, too."""

import argparse
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import elf
import sbom
from debian import Package, Root

LICENCE = Path(__file__).resolve().parents[2] / "LICENSE"
PROGRAM_FOLDERS = ("usr/bin", "usr/sbin", "usr/libexec")
USER = 65532

# Scanners read the release. The programs read CA certificates where a kubeconfig names none
# (SYSTEM_CA_FILE in common/kubeconfig/kubeconfig.c).
DEBIAN_FILES = ("etc/os-release", "usr/lib/os-release")
CA_FILE = "etc/ssl/certs/ca-certificates.crt"
CA_PACKAGE = "ca-certificates"
LICENCE_TEXTS = "usr/share/common-licenses"

# Without nsswitch.conf, the C library would not read /etc/hosts first.
TEXTS = {
    "etc/passwd": "root:x:0:0:root:/:/usr/sbin/nologin\n"
                  f"tlsrouted:x:{USER}:{USER}:tlsrouted:/:/usr/sbin/nologin\n",
    "etc/group": f"root:x:0:\ntlsrouted:x:{USER}:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "etc/tlsrouted/tlsrouted.yaml": "# In a Pod, the defaults will do. Mount a file of your own here.\n"
                                    "{}\n",
}

# Folders and links that the programs and the container runtimes expect.
LINKS = {"lib": "usr/lib", "lib64": "usr/lib64", "var/run": "../run"}
FOLDERS = ("dev", "proc", "sys", "run", "etc")
# Where the control socket is. Usually a volume is mounted over it, and podman gives a folder in memory
# the mode of this one, but not the owner: whatever user it runs as may write there.
SOCKET_FOLDER = "run/tlsrouted"


class Contents:
    """The root of the image while it is being filled."""

    def __init__(self, folder: Path, root: Root):
        self.folder = folder
        self.root = root
        self.programs: list[str] = []
        self.files: dict[str, Package] = {}

    def place(self, path: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def add_text(self, path: str, text: str) -> None:
        self.place(path).write_text(text, encoding="utf-8")

    def add_debian(self, path: str) -> None:
        """A file of a package, and if it is a link, what it leads to."""
        path = self.root.path(path)
        if path in self.files:
            return
        self.files[path] = self.root.owner(path)
        source = self.root.folder / path
        if source.is_symlink():
            target = os.readlink(source)
            self.place(path).symlink_to(target)
            self.add_debian(os.path.normpath(os.path.join("/", os.path.dirname(path), target)))
        else:
            shutil.copyfile(source, self.place(path))
            self.folder.joinpath(path).chmod(source.stat().st_mode & 0o777)

    def add_programs(self, install: Path) -> list[Path]:
        """All that `make install` has put where programs are; what it has installed."""
        found = sorted(path for folder in PROGRAM_FOLDERS for path in (install / folder).rglob("*")
                       if path.is_file())
        for program in found:
            path = str(program.relative_to(install))
            shutil.copyfile(program, self.place(path))
            self.folder.joinpath(path).chmod(0o755)
            self.programs.append(path)
        return found

    def add_trust(self) -> None:
        """Debian's list of CA certificates, which the package puts together when it is installed."""
        package = next(each for each in self.root.packages if each.name == CA_PACKAGE)
        self.files[CA_FILE] = package
        shutil.copyfile(self.root.folder / CA_FILE, self.place(CA_FILE))

    def packages(self) -> list[Package]:
        return sorted(set(self.files.values()), key=lambda package: package.name)

    def add_licences(self) -> None:
        for package in self.packages():
            source = self.root.copyright(package)
            if source is None:
                raise SystemExit(f"contents.py: {package.name} has no copyright file")
            shutil.copyfile(source, self.place(f"usr/share/doc/{package.name}/copyright"))
        shutil.copyfile(LICENCE, self.place("usr/share/doc/tlsrouted/copyright"))
        for text in sorted((self.root.folder / LICENCE_TEXTS).iterdir()):
            self.add_debian(f"{LICENCE_TEXTS}/{text.name}")

    def add_status(self) -> None:
        """For scanners: each package that a file is from, and the files that are."""
        for package in self.packages():
            place = f"var/lib/dpkg/status.d/{package.name}"
            self.add_text(place, package.paragraph + "\n")
            sums = self.root.checksums(package)
            self.add_text(f"{place}.md5sums", "".join(
                f"{sums[path]}  {path}\n" for path in sorted(self.files)
                if self.files[path] == package and path in sums))

    def finish(self) -> None:
        """Owners and modes do not follow from those of the machine that builds."""
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, 0, 0, follow_symlinks=False)
            if path.is_symlink():
                continue
            if path.is_dir():
                path.chmod(0o755)
            else:
                path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        socket_folder = self.folder / SOCKET_FOLDER
        socket_folder.mkdir(parents=True)
        socket_folder.chmod(0o1777)


def fill(contents: Contents, install: Path, triplet: str) -> None:
    for name in FOLDERS:
        contents.place(f"{name}/.").mkdir(exist_ok=True)
    for path, text in TEXTS.items():
        contents.add_text(path, text)
    for library in elf.closure(contents.root.folder, triplet, contents.add_programs(install)):
        contents.add_debian(library)
    for path in DEBIAN_FILES:
        contents.add_debian(path)
    contents.add_trust()
    contents.add_licences()
    contents.add_status()
    for path, target in LINKS.items():
        if contents.place(path).parent.joinpath(target).is_dir():
            contents.place(path).symlink_to(target)
    contents.finish()


def list_packages(contents: Contents) -> str:
    """All that the image depends on: the packages in it, and those that it was built with."""
    inside = {(package.name, package.architecture) for package in contents.packages()}
    rows = sorted((package.name, package.architecture, package.version,
                   "image" if (package.name, package.architecture) in inside else "build")
                  for package in contents.root.packages)
    return "".join(" ".join(row) + "\n" for row in rows)


def triplet_of(root: Path, architecture: str) -> str:
    return subprocess.run(
        ["chroot", root, "dpkg-architecture", "--host-arch", architecture, "--query",
         "DEB_HOST_MULTIARCH"], check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description="fills the root of the image")
    for name in ("root", "work", "output"):
        parser.add_argument(name, type=Path)
    for name in ("architecture", "version", "release"):
        parser.add_argument(name)
    options = parser.parse_args()
    contents = Contents(options.work / "root", Root(options.root))
    contents.folder.mkdir()
    fill(contents, options.work / "install", triplet_of(options.root, options.architecture))
    image = sbom.Image(contents.folder, options.version, options.architecture, options.release,
                       int(os.environ["SOURCE_DATE_EPOCH"]), contents.programs, contents.files)
    document = json.dumps(sbom.describe(image, contents.root), indent=1) + "\n"
    options.output.with_name(f"{options.output.name}.spdx.json").write_text(document, encoding="utf-8")
    options.output.with_name(f"{options.output.name}.packages").write_text(list_packages(contents))


if __name__ == "__main__":
    main()
