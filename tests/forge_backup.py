#!/usr/bin/env python3
"""forge_backup OUT WHAT: a small backup, packed by hand, that is good (WHAT is good) or has one thing wrong with it."""
import gzip
import hashlib
import io
import json
import sys
import tarfile

out, what = sys.argv[1:]
manifest = {"format": 1, "service": "forged", "image": "j842/dr-helloworld", "image_id": "sha256:" + 64 * "0", "os": "linux",
            "architecture": "amd64", "time": "2024-02-29T12:34:56Z", "dr": "1.0.0", "trailer": False, "live": False}
if what == "future":
    manifest["format"] = 2
if what == "hostile-name":
    manifest["service"] = "../../etc"
if what == "hostile-image":
    manifest["image"] = "-v/:/x"

# Each is a name beneath dr-backup, a type, and content or target.
members = [("config", "dir", ""), ("config/imagename.txt", "file", b"j842/dr-helloworld\n"),
           ("config/servicename.txt", "file", b"forged\n"), ("volumes/config", "dir", "")]
volume = {
    "climb": [("volumes/config/../../x", "file", b"x")],
    "absolute": [("/etc/x", "file", b"x")],
    "through-link": [("volumes/config/l", "link", "/etc"), ("volumes/config/l/x", "file", b"x")],
    "hard-link-out": [("volumes/config/h", "hard", "/etc/passwd")],
    "hard-link-climbs": [("volumes/config/h", "hard", "dr-backup/volumes/config/../../../etc/passwd")],
    "hard-link-to-config": [("volumes/config/h", "hard", "dr-backup/config/imagename.txt")],
    "twice": [("volumes/config/a", "file", b"x"), ("volumes/config/a", "file", b"y")],
    "disorder": [("volumes/config/b", "file", b"x"), ("volumes/config/a", "file", b"y")],
    "stranger": [("volumes/other", "dir", "")],
}.get(what, [("volumes/config/a", "file", b"x")])
members += volume + [("service", "dir", "")]
if what == "no-service":
    members.pop()

data, sums = io.BytesIO(), []
tar = tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT)


def add(name, kind, content, listed=True):
    info = tarfile.TarInfo(name if name.startswith("/") else "dr-backup/" + name)
    info.type = {"dir": tarfile.DIRTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE}.get(kind, tarfile.REGTYPE)
    if kind == "file":
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
        if listed:
            sums.append("%s  %s\n" % (hashlib.sha256(content).hexdigest(), info.name))
    else:
        info.linkname = content
        tar.addfile(info)


if what != "no-manifest":
    add("manifest.json", "file", b"{" if what == "no-json" else json.dumps(manifest).encode())
for m in members:
    add(*m)
if what == "huge":
    info = tarfile.TarInfo("dr-backup/volumes/config/z")
    info.pax_headers = {"size": str(2 ** 63)}
    tar.addfile(info)
if what == "missing-sum":
    sums.pop()
if what == "wrong-sum":
    sums[-1] = "0" * 64 + sums[-1][64:]
if what != "no-checksums":
    add("checksums", "file", "".join(sums).encode(), False)
if what == "behind":
    add("zzz", "file", b"x")
tar.close()
raw = data.getvalue()
if what == "bomb":
    raw += bytes(300 << 20)
packed = gzip.compress(raw)
if what == "garbage":
    packed += b"garbage"
with open(out, "wb") as f:
    f.write(packed)
