"""Makes FOLDER.tar.gz of a folder, and FOLDER.tar.gz.sha256: the same octets whoever makes it, wherever and whenever.

usage: archive.py FOLDER SECONDS     SECONDS is the time of everything in it, since 1970
"""

import gzip
import hashlib
import pathlib
import sys
import tarfile

folder, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
archive = folder.with_name(folder.name + ".tar.gz")


def plain(entry):
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = seconds
    is_program = entry.isdir() or pathlib.PurePath(entry.name).stem == "samewire" and "/" not in entry.name.split("/", 1)[1]
    entry.mode = 0o755 if is_program else 0o644
    return entry


with open(archive, "wb") as file, gzip.GzipFile("", "wb", 9, file, seconds) as packed:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in [folder, *sorted(folder.rglob("*"))]:
            tar.add(path, path.relative_to(folder.parent).as_posix(), recursive=False, filter=plain)
digest = hashlib.sha256(archive.read_bytes()).hexdigest()
archive.with_name(archive.name + ".sha256").write_text(f"{digest}  {archive.name}\n")
