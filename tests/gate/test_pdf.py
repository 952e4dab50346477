"""PDFs in a request: their text is read like any other, and what may hide more than its text is `unread`."""

from __future__ import annotations

import base64
import logging
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from pdf_maker import FIRST_OWN, make_pdf, show, stream

from ringfence.gate import Gate, documents, pdf, pdf_objects
from ringfence.gate.deadline import OutOfTime
from ringfence.gate.pdf import read_pdf
from ringfence.request import Request
from ringfence.types import Findings

MakeGate = Callable[..., Gate]
SSN = "219-09-9998"
OWN = f"{FIRST_OWN} 0 R"
PIXEL = stream(
    b"\x00",
    "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
)


def file_part(raw: bytes, kind: str = "application/pdf") -> dict[str, Any]:
    url = f"data:{kind};base64,{base64.b64encode(raw).decode()}"
    return {"type": "file", "file": {"filename": "a.pdf", "file_data": url}}


def ask(part: dict[str, Any]) -> Request:
    return Request.parse({"messages": [{"role": "user", "content": [part]}]})


def read(gate: Gate, raw: bytes) -> Findings:
    return gate.read(ask(file_part(raw)))


def changed(raw: bytes) -> bytes:
    """The file with a second ending, as a change leaves one behind."""
    return raw + raw[raw.rfind(b"startxref") :]


def why(raw: bytes) -> tuple[str, ...]:
    return read_pdf(raw, lambda: None).unread


def test_the_text_of_a_pdf_is_read_and_its_page_is_told(make_gate: MakeGate) -> None:
    raw = make_pdf(show("Dear team,", "nothing here"), show(f"ssn {SSN}"))
    part = file_part(raw)
    findings = make_gate().read(ask(part))
    assert findings.labels == ("pii",)
    [finding] = findings.findings
    assert finding.path == "/messages/0/content/0/file/file_data"
    assert (finding.start, finding.end) == (0, len(part["file"]["file_data"]))
    assert finding.why.endswith("(page 2)")


def test_a_clean_pdf_with_nothing_but_text_is_clean(make_gate: MakeGate) -> None:
    findings = read(make_gate(), make_pdf(show("The sky is wide, and the sea is deep.")))
    assert (findings.labels, findings.findings) == ((), ())


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_file", "file_data": "data:application/pdf;base64,{}"},
        {"type": "file", "file": {"file_data": "{}"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "{}"},
        },
        {"type": "image_url", "image_url": {"url": "DATA:application/PDF;name=a.pdf;BASE64,{}"}},
    ],
)
def test_every_shape_of_a_part_is_opened(make_gate: MakeGate, part: dict[str, Any]) -> None:
    payload = base64.b64encode(make_pdf(show(f"ssn {SSN}"))).decode()

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        return value.replace("{}", payload)

    assert make_gate().read(ask(filled(part))).labels == ("pii",)


def test_a_value_split_over_two_pages_is_found(make_gate: MakeGate) -> None:
    raw = make_pdf(show("card number 4012 8888"), show("8888 1881"))
    assert read(make_gate(), raw).labels == ("pci",)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (make_pdf(show("text"), own=[PIXEL], resources=f"/XObject << /I {OWN} >>"), "pictures"),
        (make_pdf(show("t") + b"\nBI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI"), "pictures"),
        (make_pdf(b"0 0 m 100 100 l S"), "page 1 shows something and has no text"),
        (make_pdf(show("t") + b"\n0 0 m" + b"\n1 2 3 4 5 6 c" * 65), "drawings"),
        (make_pdf(show("t"), own=[stream(b"x")], catalog=f"/Odd {OWN}"), "no text"),
        (
            make_pdf(
                show("t"), own=[stream(b"x", "/Type /EmbeddedFile")], catalog=f"/Names [{OWN}]"
            ),
            "attached files",
        ),
        (make_pdf(show("t"), own=[stream(b"hidden text")]), "no text"),
        (
            make_pdf(
                show("t"), own=["<< /Type /Font /Subtype /Type3 >>"], fonts=f"/F1 3 0 R /F2 {OWN}"
            ),
            "letters cannot be told",
        ),
        (
            make_pdf(
                show("t"),
                own=[
                    "<< /Type /Font /Subtype /Type1 /BaseFont /X /Encoding << /Differences [65 /g12 /g13] >> >>"
                ],
                fonts=f"/F1 3 0 R /F2 {OWN}",
            ),
            "letters cannot be told",
        ),
        (make_pdf(show("t")) + b"\n%%EOF more", "earlier versions"),
        (changed(make_pdf(show("t"))), "earlier versions"),
        (make_pdf(show("t"))[:300], "cannot be read through"),
        (b"%PDF-1.7\nnothing else", "cannot be read through"),
        (make_pdf(), "no pages"),
        (make_pdf(show("\x01\x02")), "letters that cannot be told"),
    ],
)
def test_what_may_hold_more_than_its_text_is_unread_and_says_why(
    make_gate: MakeGate, raw: bytes, reason: str
) -> None:
    findings = read(make_gate(), raw)
    assert "unread" in findings.labels
    reasons = [f.why for f in findings.findings if f.entity == "UNREAD"]
    assert any(reason in said for said in reasons), reasons


def test_what_is_read_of_an_unread_pdf_is_labelled_too(make_gate: MakeGate) -> None:
    raw = make_pdf(show(f"ssn {SSN}"), own=[PIXEL], resources=f"/XObject << /I {OWN} >>")
    assert read(make_gate(), raw).labels == ("pii", "unread")


@pytest.mark.parametrize(
    "raw",
    [
        make_pdf(show("t"), own=[f"<< /Title (ssn {SSN}) >>"], trailer=f"/Info {OWN}"),
        make_pdf(show("t"), page=f"/Annots [<< /Subtype /Text /Contents (ssn {SSN}) >>]"),
        make_pdf(show("t"), catalog=f"/AcroForm << /Fields [<< /T (ssn) /V ({SSN}) >>] >>"),
        make_pdf(show("t"), own=[f"(ssn {SSN})"]),
        make_pdf(
            show("t") + b" /X Do",
            own=[
                stream(show(f"ssn {SSN}"), "/Subtype /Form /Resources << /Font << /F1 3 0 R >> >>")
            ],
            resources=f"/XObject << /X {OWN} >>",
        ),
        make_pdf(
            show("t"),
            own=[
                stream(show(f"ssn {SSN}"), "/Subtype /Form /Resources << /Font << /F1 3 0 R >> >>")
            ],
            page=f"/Annots [<< /Subtype /Stamp /AP << /N {OWN} >> >>]",
        ),
        make_pdf(
            show("t"),
            own=[stream(f"<x>ssn {SSN}</x>".encode(), "/Type /Metadata /Subtype /XML")],
            catalog=f"/Metadata {OWN}",
        ),
    ],
    ids=["title", "comment", "form field", "orphan", "form", "stamp", "xmp"],
)
def test_text_outside_the_pages_is_read(make_gate: MakeGate, raw: bytes) -> None:
    assert read(make_gate(), raw).labels == ("pii",)


def test_an_encrypted_pdf_is_unread() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(_file(make_pdf(show("text")))))
    writer.encrypt("", "owner", algorithm="RC4-128")
    out = _file(b"")
    writer.write(out)
    assert why(out.getvalue()) == ("encrypted",)


def _file(raw: bytes) -> Any:
    import io

    return io.BytesIO(raw)


def test_a_pdf_that_unpacks_to_very_much_is_unread(make_gate: MakeGate) -> None:
    bomb = zlib.compress(b"0" * 80_000_000, 9)
    packed = zlib.compress(bomb)
    raw = make_pdf(
        show("t"),
        own=[
            f"<< /Length {len(packed)} /Filter [/FlateDecode /FlateDecode] /Subtype /Form >>\nstream\n".encode()
            + packed
            + b"\nendstream"
        ],
    )
    assert "unread" in read(make_gate(), raw).labels
    big = make_pdf(b"0 0 m " * 500_000)
    assert "page 1 is too large to read" in why(big)


def test_limits_of_bytes_pages_and_objects_are_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = make_pdf(show("a"), show("b"), show("c"))
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    assert why(raw) == ("over 2 pages",)
    monkeypatch.setattr(pdf_objects, "MAX_OBJECTS", 5)
    assert "over 5 objects" in why(raw)
    monkeypatch.setattr(pdf, "MAX_BYTES", 100)
    assert why(raw) == ("over 100 bytes",)


def test_a_pdf_that_takes_too_long_is_unread_and_the_rest_is_read(make_gate: MakeGate) -> None:
    ticks = iter(range(10**9))
    gate = make_gate(limits={"ms": 40_000}, clock=lambda: next(ticks) * 0.1)
    raw = make_pdf(*[show("more and more words")] * 100)
    body = {"messages": [{"role": "user", "content": [file_part(raw)]}], "metadata": {"ssn": SSN}}
    findings = gate.read(Request.parse(body))
    assert "unread" in findings.labels
    assert any("takes too long" in f.why for f in findings.findings)
    assert "pii" in findings.labels


def test_bytes_that_are_no_pdf_are_unread(make_gate: MakeGate) -> None:
    assert read(make_gate(), b"MZ\x00\x01").labels == ("unread",)
    part = {"type": "file", "file": {"file_data": "data:application/pdf;base64,@@@"}}
    assert make_gate().read(ask(part)).labels == ("unread",)
    assert make_gate().read(ask(file_part(make_pdf(show("t")), "image/png"))).labels == ("unread",)


def test_without_the_extra_a_pdf_is_unread_with_the_command(
    make_gate: MakeGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    findings = read(make_gate(), make_pdf(show("t")))
    assert findings.labels == ("unread",)
    assert "pip install 'ringfence[pdf]'" in findings.findings[0].why


def test_pypdf_is_imported_for_a_pdf_only() -> None:
    code = (
        "import sys; from ringfence.gate import Gate; from ringfence.rules import parse_policy;"
        "from ringfence.request import Request;"
        "g = Gate(parse_policy('''ringfence: 1\nname: t\nmodels: {l: {model: ollama_chat/qwen3.5:9b}}\n"
        "routes: {simple: [l]}\ngate: {names: off}'''));"
        "g.read(Request.from_text('hello')); assert 'pypdf' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_damaged_pdfs_never_raise_and_say_nothing_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A byte changed here and there: whatever pypdf makes of it, its log (which may quote the file) stays ours."""
    raw = make_pdf(show("zebra quartz"), show("more"), own=["<< /Title (zebra) >>"])
    rng = random.Random(7)
    with caplog.at_level(logging.DEBUG):
        for _ in range(150):
            damaged = bytearray(raw)
            for _ in range(rng.randint(1, 6)):
                damaged[rng.randrange(5, len(raw))] = rng.randrange(256)
            read_pdf(bytes(damaged), lambda: None)
    assert [record.name for record in caplog.records if record.name.startswith("pypdf")] == []


def test_pypdf_still_speaks_to_who_uses_it_beside_us(caplog: pytest.LogCaptureFixture) -> None:
    read_pdf(make_pdf(show("t")), lambda: None)
    logging.getLogger("pypdf._reader").warning("for its user")
    assert [record.message for record in caplog.records] == ["for its user"]


def test_a_document_without_a_payload_of_its_own_is_unread(make_gate: MakeGate) -> None:
    assert documents.open_document(
        documents.Document(path="/x", payload="", length=0), lambda: None
    ).unread == ("not what it says it is",)
    with_id = file_part(make_pdf(show("t")))
    with_id["file"]["file_id"] = "file-1"
    assert make_gate().read(ask(with_id)).labels == ("unread",)


def test_what_was_read_before_the_time_was_up_keeps_its_labels() -> None:
    raw = make_pdf(show(f"ssn {SSN}"), *[show("more")] * 40)
    asked: list[None] = []
    read_pdf(raw, lambda: asked.append(None))
    left = iter(range(len(asked) - 100))

    def check() -> None:
        if next(left, None) is None:
            raise OutOfTime

    opened = read_pdf(raw, check)
    assert "it takes too long to read (gate.limits.ms)" in opened.unread
    assert SSN in opened.text
