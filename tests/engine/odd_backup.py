#!/usr/bin/python3
"""odd_backup.py FILE CASE: a backup of dr's, by hand, with something about it that is not as it should be."""
import hashlib
import io
import json
import sys
import tarfile

manifest = {
    "format": 1, "service": "saved", "image": "j842/dr-helloworld", "image_id": "sha256:" + "0" * 64, "os": "linux",
    "architecture": "amd64", "time": "2024-02-29T12:34:56Z", "dr": "1.0.0", "trailer": False, "live": False,
}
config = [("imagename.txt", "f", "j842/dr-helloworld\n"), ("servicename.txt", "f", "saved\n")]
volume = [("greeting", "f", "Odd.\n")]
service = [("backed-up-at", "f", "then\n")]
file, case = sys.argv[1:]
extra = {
    "good": ([], []),
    "climbs": ([], [("../../evil", "f", "x")]),
    "absolute": ([], [("/tmp/evil", "f", "x")]),
    "through-symlink": ([], [("out", "l", "/tmp"), ("out/evil", "f", "x")]),
    "hard-link": ([], [("passwd", "h", "/etc/passwd")]),
    "hard-link-up": ([], [("passwd", "h", "dr-backup/volumes/config/../../config/imagename.txt")]),
    "duplicate": ([], [("twice", "f", "1"), ("twice", "f", "2")]),
    "8-EiB": ([], [("huge", "huge", "")]),
    "config-device": ([("a-null", "c", "")], []),
    "config-link-out": ([("a-link", "l", "../../../../etc/passwd")], []),
    "config-setuid": ([("a-root", "s", "#!/bin/sh\n")], []),
    "config-bomb": ([("a-bomb", "f", "\0" * (70 << 20))], []),
    "name-bomb": ([], [("n" * (4 << 20), "f", "x")]),
    "link-bomb": ([], [("link", "l", "l" * (4 << 20))]),
}
more_config, more_volume = extra.get(case, ([], []))
if case.startswith("manifest:"):
    manifest.update(json.loads(case[len("manifest:"):]))

if case == "manifest-bomb":
    manifest["image_id"] = "0" * (20 << 20)

tar = tarfile.open(file, "w:gz", format=tarfile.PAX_FORMAT, compresslevel=1)
sums = []


def add(name, kind, text):
    data = text.encode()
    t = tarfile.TarInfo(name)
    t.mode = 0o755 if kind == "d" else 0o4755 if kind == "s" else 0o644
    if kind in "fs":
        t.size = len(data)
        sums.append("%s  %s\n" % (hashlib.sha256(data).hexdigest(), name))
    elif kind == "huge":
        t.size = (8 << 60) - 1
    else:
        t.type = {"d": tarfile.DIRTYPE, "l": tarfile.SYMTYPE, "h": tarfile.LNKTYPE, "c": tarfile.CHRTYPE}[kind]
        t.linkname = text
    if kind == "huge":
        tar.fileobj.write(t.tobuf(tarfile.PAX_FORMAT))
        tar.fileobj.write(b"x" * 512)
    else:
        tar.addfile(t, io.BytesIO(data))


add("dr-backup/manifest.json", "f", json.dumps(manifest))
for root, members in (("config", more_config + config), ("volumes/config", volume + more_volume), ("service", service)):
    add("dr-backup/" + root, "d", "")
    for name, kind, text in members:
        add("dr-backup/" + root + "/" + name if not name.startswith("/") else name, kind, text)
if case == "checksums-bomb":
    sums.append("\0" * (40 << 20))
add("dr-backup/checksums", "f", "".join(sums))
tar.close()
