"""Compute the digests of stored artifacts again, from their bytes.

An artifact is a folder `<namespace>/sha256/<hex>` with its files below files/. Its digest is the sha256 of the canonical
manifest: JSON without white space, {"kind": ..., "files": [{"path", "bytes", "sha256"}, ...]}, sorted by path in UTF-16
code units. Only the kind, Directory or File, is taken from the manifest.json that lies there. Prints one digest a path and
exits with 1 when one differs from the name of its folder.
"""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path


def files_of(folder: Path) -> list[dict[str, object]]:
    """Every file below a folder, as the manifest describes it."""
    files: list[dict[str, object]] = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            files.append({"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": digest})
    return sorted(files, key=lambda file: str(file["path"]).encode("utf-16-be"))


def digest_of(artifact: Path) -> str:
    kind = json.loads((artifact / "manifest.json").read_bytes())["kind"]
    manifest = json.dumps({"kind": kind, "files": files_of(artifact / "files")}, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="where the store is mounted")
    parser.add_argument("--path", nargs="+", required=True, help="artifacts below it, as <namespace>/sha256/<hex>")
    args = parser.parse_args()

    altered = False
    for path in args.path:
        digest = digest_of(args.root / path)
        print(digest)
        altered |= digest != f"sha256:{Path(path).name}"
    sys.exit(int(altered))


if __name__ == "__main__":
    main()
