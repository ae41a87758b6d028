"""Pack the built site into one file that opens without a server: python tools/pack.py"""

import sys
import tomllib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"

# For servers and for Sphinx.
LEFT_OUT = {"404.html", ".buildinfo", ".nojekyll", "objects.inv"}


def pack(site, target):
    """Write a zip of the site, in a folder of its own; equal sites give equal bytes."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(site.rglob("*")):
            name = path.relative_to(site)
            if path.is_file() and name.as_posix() not in LEFT_OUT:
                entry = ZipInfo(f"{target.stem}/{name.as_posix()}", (1980, 1, 1, 0, 0, 0))
                entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return target


def main():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    target = pack(SITE, ROOT / "_build" / f"gate-by-gate-{version}.zip")
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB. Unpack it and open")
    print(f"index.html in the folder {target.stem}. It needs no server and no network.")


if __name__ == "__main__":
    sys.exit(main())
