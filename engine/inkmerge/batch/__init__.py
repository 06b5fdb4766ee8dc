"""Recipients in a file → images in a folder, with a manifest and a contact sheet."""

from inkmerge.batch.contact_sheet import Section, contact_sheet
from inkmerge.batch.recipients import Recipient, read_recipients
from inkmerge.batch.run import MANIFEST, ManifestLine, manifest_line, run_batch, write_aside

__all__ = [
    "MANIFEST",
    "ManifestLine",
    "Recipient",
    "Section",
    "contact_sheet",
    "manifest_line",
    "read_recipients",
    "run_batch",
    "write_aside",
]
