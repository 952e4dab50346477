"""Small PDFs by hand, so that a test says which objects a file has (ISO 32000)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
FIRST_OWN = 100
"""The number of the first object that a test adds; the file's own come before it."""


def show(*lines: str) -> bytes:
    """Drawing commands that set lines of text."""
    rows = "".join(f"({line}) Tj T*\n" for line in lines)
    return f"BT /F1 12 Tf 14 TL 50 700 Td\n{rows}ET".encode("latin-1")


def stream(content: bytes, entries: str = "", *, packed: bool = True) -> bytes:
    """A stream object."""
    if packed:
        content, entries = zlib.compress(content), f"{entries} /Filter /FlateDecode"
    head = f"<< /Length {len(content)} {entries} >>\nstream\n".encode()
    return head + content + b"\nendstream"


def make_pdf(
    *pages: bytes,
    own: Sequence[bytes | str] = (),
    fonts: str = "/F1 3 0 R",
    resources: str = "",
    page: str = "",
    catalog: str = "",
    trailer: str = "",
) -> bytes:
    """A file with these pages. `own` objects are numbered from `FIRST_OWN`; the rest is put where its name says."""
    kids = " ".join(f"{10 + 2 * index} 0 R" for index in range(len(pages)))
    objects: dict[int, bytes] = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        3: FONT.encode(),
    }
    for index, content in enumerate(pages):
        number = 10 + 2 * index
        objects[number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {number + 1} 0 R "
            f"/Resources << /Font << {fonts} >> {resources} >> {page} >>"
        ).encode()
        objects[number + 1] = stream(content)
    for index, value in enumerate(own):
        objects[FIRST_OWN + index] = value.encode("latin-1") if isinstance(value, str) else value
    return _written(objects, trailer)


def _written(objects: Mapping[int, bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = len(out)
        out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += f"{number} 1\n{place:010d} 00000 n \n".encode()
    size = max(objects) + 1
    out += (
        f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)
