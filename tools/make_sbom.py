#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the bill of materials of Debian packages: SPDX 2.3, as JSON.

Lists each package with its SHA-256, what it links from Debian (its Depends, with the
versions here), and the libraries of headers alone that are compiled in. The same
packages on the same machine give the same bytes; the date is SOURCE_DATE_EPOCH.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

COMPILED_IN = ["libboost-dev", "libcli11-dev", "nlohmann-json3-dev"]


def ask(*words):
    """What a command prints; empty when it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def spdx_id(name):
    """An identifier of SPDX: letters, digits, '.' and '-'."""
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def debian_package(name):
    """What this machine has under that name."""
    version = ask("dpkg-query", "-W", "-f=${Version}", name)
    if not version:
        sys.exit(f"make_sbom.py: expected the Debian package {name}, found it not installed")
    return {"name": name, "SPDXID": spdx_id(name), "versionInfo": version,
            "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": f"pkg:deb/debian/{name}@{version}"}]}


def our_package(deb):
    """The packed file itself."""
    name = ask("dpkg-deb", "--field", str(deb), "Package")
    if not name:
        sys.exit(f"make_sbom.py: expected a Debian package, found {deb}")
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    return {"name": name, "SPDXID": spdx_id(name),
            "versionInfo": ask("dpkg-deb", "--field", str(deb), "Version"),
            "packageFileName": deb.name, "supplier": "NOASSERTION",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0",
            "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]}


def depends(deb):
    """Names of packages, the first of alternatives."""
    field = ask("dpkg-deb", "--field", str(deb), "Depends")
    return [part.split("|")[0].split()[0].split(":")[0] for part in field.split(",") if part.strip()]


def relation(one, kind, other):
    """One line of the graph."""
    return {"spdxElementId": spdx_id(one), "relationshipType": kind,
            "relatedSpdxElement": spdx_id(other)}


def main():
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("debs", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    debs = sorted(arguments.debs, key=lambda deb: deb.name)
    ours = [our_package(deb) for deb in debs]
    names = {package["name"] for package in ours}
    others, relations = set(), []
    for deb, package in zip(debs, ours):
        relations.append({"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                          "relatedSpdxElement": package["SPDXID"]})
        for name in depends(deb):
            relations.append(relation(package["name"], "DEPENDS_ON", name))
            others.update({name} - names)
        for name in COMPILED_IN:
            relations.append(relation(package["name"], "STATIC_LINK", name))
            others.add(name)
    packages = ours + [debian_package(name) for name in sorted(others)]
    created = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")),
                                              datetime.timezone.utc)
    identity = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    document = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                "name": f"updraft-{ours[0]['versionInfo']}",
                "documentNamespace": f"https://spdx.org/spdxdocs/updraft-{identity}",
                "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                 "creators": ["Tool: updraft-make_sbom"]},
                "packages": packages, "relationships": relations}
    arguments.out.write_text(json.dumps(document, indent=2) + "\n")


main()
