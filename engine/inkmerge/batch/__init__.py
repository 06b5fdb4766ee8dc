"""Recipients in a file → images, a manifest and a contact sheet."""

from inkmerge.batch.contact_sheet import write_contact_sheet
from inkmerge.batch.job import Delivery, Job
from inkmerge.batch.manifest import MANIFEST, PARQUET_MANIFEST, ManifestLine, read_manifest
from inkmerge.batch.progress import Progress
from inkmerge.batch.recipient import Recipient
from inkmerge.batch.recipients import RecipientFile, read_recipients
from inkmerge.batch.run import run_batch
from inkmerge.batch.writing import write_aside

__all__ = [
    "MANIFEST",
    "PARQUET_MANIFEST",
    "Delivery",
    "Job",
    "ManifestLine",
    "Progress",
    "Recipient",
    "RecipientFile",
    "read_manifest",
    "read_recipients",
    "run_batch",
    "write_aside",
    "write_contact_sheet",
]
