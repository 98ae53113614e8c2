"""PDF files made here, good ones and hostile ones."""
import subprocess
import tempfile
import zlib


def pdf(objects=None, catalog="", trailer="", version=b"1.7", more=b""):
    """One page; `objects` are added from number 5 on, `catalog` and `trailer` are entries of those dictionaries."""
    content = zlib.compress(b"BT /F1 24 Tf 72 720 Td (Certificate) Tj ET")
    bodies = [f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(), b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
              b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>",
              b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(content), content)]
    bodies += [o if isinstance(o, bytes) else o.encode() for o in objects or []]
    out, offsets = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n" + more, []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % at for at in offsets)
    return out + f"trailer\n<</Size {len(bodies) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{xref}\n%%EOF\n".encode()


def stream(data, entries=""):
    packed = zlib.compress(data, 9)
    return f"<</Length {len(packed)}/Filter/FlateDecode{entries}>>\nstream\n".encode() + packed + b"\nendstream"


def bomb(size):
    """A stream that unpacks to so many bytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(size >> 20)) + packer.flush()
    return (f"<</Length {len(packed)}/Filter/FlateDecode>>\nstream\n".encode() + packed + b"\nendstream")


def twice_packed(size):
    """A small stream that unpacks to one that unpacks to so many bytes."""
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(size >> 20)) + packer.flush()
    packed = zlib.compress(once, 9)
    return f"<</Length {len(packed)}/Filter[/FlateDecode/FlateDecode]>>\nstream\n".encode() + packed + b"\nendstream"


def far_object(number):
    """A later version of the file (7.5.6) adds one object with such a number, and says there are so many."""
    whole = pdf()
    before, at = whole.rsplit(b"startxref\n", 1)[1].split()[0].decode(), len(whole)
    whole += b"%d 0 obj\n<<>>\nendobj\n" % number
    return whole + (f"xref\n{number} 1\n{at:010d} 00000 n \ntrailer\n<</Size {number + 1}/Root 1 0 R/Prev {before}"
                    f"/X {number} 0 R>>\nstartxref\n{at + len(str(number)) + len(' 0 obj' + '<<>>' + 'endobj') + 3}\n%%EOF\n").encode()


def hidden(objects, catalog):
    """The same with its objects packed into a stream (ISO 32000-2, 7.5.7): no word of them can be found in the bytes."""
    plain = pdf(objects, catalog)
    with tempfile.TemporaryDirectory() as folder:
        source, made = f"{folder}/plain.pdf", f"{folder}/hidden.pdf"
        with open(source, "wb") as file:
            file.write(plain)
        subprocess.run(["qpdf", "--object-streams=generate", "--static-id", source, made], check=True, timeout=60)
        with open(made, "rb") as file:
            return file.read()


HOSTILE = {
    "page of html": (pdf(more=b"%<html><script>alert(1)</script>\n"), "pdf_more"),
    "script out of sight": (hidden(["<</S/JavaScript/JS(x)>>"], "/OpenAction 5 0 R"), "pdf_script"),
    "file out of sight": (hidden(["<</Type/Filespec/F(a.exe)/EF<<>>>>"], "/X 5 0 R"), "pdf_files"),
    "film": (pdf(["<</Type/Annot/Subtype/RichMedia>>"], catalog="/X 5 0 R"), "pdf_action"),
    "packed twice": (pdf([twice_packed(300 << 20)], catalog="/X 5 0 R"), "file_too_large"),
    "object bomb": (far_object(200001), "file_too_large"),
    "page behind": (pdf() + b"<html><script>alert(1)</script></html>", "pdf_more"),
    "half": (pdf()[:len(pdf()) // 2], "pdf_broken"),
    "script": (pdf(catalog="/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), "pdf_script"),
    "escaped script": (pdf(catalog="/OpenAction<</S/J#61vaScript/#4aS(x)>>"), "pdf_script"),
    "script in names": (pdf([" <</Names[(a) 6 0 R]>>", "<</S/JavaScript/JS(x)>>"],
                            catalog="/Names<</JavaScript 5 0 R>>"), "pdf_script"),
    "form with scripts": (pdf(catalog="/AcroForm<</XFA[(a)(b)]>>"), "pdf_script"),
    "launch": (pdf(["<</S/Launch/F(cmd.exe)>>"], catalog="/OpenAction 5 0 R"), "pdf_action"),
    "submit": (pdf(catalog="/AA<</WC<</S/SubmitForm/F(https://example.com)>>>>"), "pdf_action"),
    "another file": (pdf(catalog="/OpenAction<</S/GoToR/F(other.pdf)>>"), "pdf_action"),
    "embedded file": (pdf([stream(b"MZ", "/Type/EmbeddedFile"), "<</Type/Filespec/F(a.exe)/EF<</F 5 0 R>>>>"],
                          catalog="/Names<</EmbeddedFiles<</Names[(a)6 0 R]>>>>"), "pdf_files"),
    "attachment": (pdf(["<</Type/Annot/Subtype/FileAttachment/FS 6 0 R>>", "<</Type/Filespec/F(a)>>"],
                       catalog="/X 5 0 R"), "pdf_files"),
    "encrypted": (pdf(["<</Filter/Standard/V 1/R 2/O(" + "a" * 32 + ")/U(" + "b" * 32 + ")/P -4>>"],
                      trailer="/Encrypt 5 0 R/ID[(a)(a)]"), "pdf_encrypted"),
    "no end": (pdf()[:-40], "pdf_broken"),
    "wrong table": (pdf().replace(b"startxref\n", b"startxref\n9"), "pdf_broken"),
    "only a head": (b"%PDF-1.7\n%%EOF\n", "pdf_broken"),
    "archive behind": (pdf() + b"PK\x05\x06" + bytes(18), "pdf_more"),
    "program behind": (pdf() + b"MZ" + b"x" * 3000, "pdf_more"),
    "archive inside": (pdf(more=b"% PK\x05\x06\n"), "pdf_more"),
    "bomb": (pdf([bomb(300 << 20)], catalog="/X 5 0 R"), "file_too_large"),
    "deep": (pdf(catalog="/X" + "[" * 400 + "]" * 400), "pdf_broken"),
    "no page": (pdf().replace(b"/Kids[3 0 R]/Count 1", b"/Kids[     ]/Count 0"), "pdf_broken"),
}
GOOD = {
    "plain": pdf(),
    "old": pdf(version=b"1.4"),
    "link to a site": pdf(["<</Type/Annot/Subtype/Link/A<</S/URI/URI(https://example.com)>>>>"], catalog="/X 5 0 R"),
    "circle": pdf(["<</Next 6 0 R>>", "<</Next 5 0 R>>"], catalog="/Outlines 5 0 R"),
    "long chain": pdf([f"<</Next {n} 0 R>>" for n in range(6, 3000)] + ["<<>>"], catalog="/Outlines 5 0 R"),
}
