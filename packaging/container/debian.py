# SPDX-License-Identifier: Apache-2.0
"""What a Debian root says of its packages: which one a file is from, its version, its licence."""

import re
from dataclasses import dataclass
from pathlib import Path

# Debian's short names of licences that SPDX calls otherwise, or names in the same way.
_SPDX = {
    "apache-2.0": "Apache-2.0", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause", "bsd3": "BSD-3-Clause",
    "bsd-3-clause-attribution": "BSD-3-Clause-Attribution", "boost-1": "BSL-1.0",
    "boost-1.0": "BSL-1.0", "bsl-1.0": "BSL-1.0", "curl": "curl",
    "expat": "MIT", "mit": "MIT", "isc": "ISC", "zlib": "Zlib", "openldap-2.8": "OLDAP-2.8",
    "mpl-2.0": "MPL-2.0", "gpl-1": "GPL-1.0-only", "gpl-1+": "GPL-1.0-or-later",
    "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later", "gpl-2.0+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only", "gpl-3+": "GPL-3.0-or-later", "gpl-3.0+": "GPL-3.0-or-later",
    "lgpl-2": "LGPL-2.0-only", "lgpl-2+": "LGPL-2.0-or-later", "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later", "lgpl-3": "LGPL-3.0-only", "lgpl-3+": "LGPL-3.0-or-later",
    "lgpl-3.0+": "LGPL-3.0-or-later",
}


def fields_of(paragraph: str) -> dict[str, str]:
    """Of a Debian control paragraph; the lines of a longer field are joined by line ends."""
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line.startswith((" ", "\t")) and name:
            fields[name] += "\n" + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def spdx_licence(short: str) -> str | None:
    """The SPDX expression for Debian's short name, which may combine several with "and" or "or";
    None where it is not certain."""
    words = re.split(r"\s+(and/or|and|or)\s+", short.strip())
    found = []
    for position, word in enumerate(words):
        if position % 2:
            found.append("OR" if word == "and/or" else word.upper())
        elif word.lower() in _SPDX:
            found.append(_SPDX[word.lower()])
        else:
            return None
    if len(set(found[1::2])) > 1:
        return None  # which of them binds first is not said
    return " ".join(found)


@dataclass(frozen=True)
class Package:
    """A binary package that is installed."""

    name: str
    architecture: str
    version: str
    paragraph: str  # of the list of installed packages

    @property
    def source(self) -> str:
        return fields_of(self.paragraph).get("Source", self.name).split()[0]

    @property
    def homepage(self) -> str | None:
        return fields_of(self.paragraph).get("Homepage")


class Root:
    """A folder in which Debian packages are installed."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._info = folder / "var/lib/dpkg/info"
        status = (folder / "var/lib/dpkg/status").read_text(encoding="utf-8")
        self.packages = [self._package(each) for each in status.strip().split("\n\n")]
        self._owners: dict[str, Package] = {}
        for package in self.packages:
            for path in self._record(package, "list").splitlines():
                self._owners.setdefault(self.path(path), package)

    @staticmethod
    def _package(paragraph: str) -> Package:
        fields = fields_of(paragraph)
        return Package(fields["Package"], fields["Architecture"], fields["Version"], paragraph)

    def _record(self, package: Package, kind: str) -> str:
        for name in (f"{package.name}:{package.architecture}", package.name):
            file = self._info / f"{name}.{kind}"
            if file.exists():
                return file.read_text(encoding="utf-8")
        return ""

    @staticmethod
    def path(path: str) -> str:
        """Without the first slash, and below usr where packages still use the links beside it."""
        path = path.lstrip("/")
        return re.sub(r"^(bin|sbin|lib\w*)/", r"usr/\1/", path)

    def owner(self, path: str) -> Package:
        """The package that the file is from; KeyError if it is from none."""
        return self._owners[self.path(path)]

    def checksums(self, package: Package) -> dict[str, str]:
        """The MD5 sums of a package's files, by path: what Debian keeps."""
        lines = (line.split(None, 1) for line in self._record(package, "md5sums").splitlines())
        return {self.path(path): checksum for checksum, path in lines}

    def copyright(self, package: Package) -> Path | None:
        """The file with its licences."""
        file = self.folder / "usr/share/doc" / package.name / "copyright"
        return file if file.exists() else None

    def short_licence(self, package: Package) -> str | None:
        """What its copyright file says of most of its files, if that can be read by a program."""
        file = self.copyright(package)
        text = file.read_text(encoding="utf-8", errors="replace") if file else ""
        if "copyright-format/1.0" not in text:
            return None
        for paragraph in re.split(r"\n\s*\n", text):
            fields = fields_of(paragraph)
            if fields.get("Files", "").split()[:1] == ["*"] and "License" in fields:
                return fields["License"].splitlines()[0].strip() or None
        return None
