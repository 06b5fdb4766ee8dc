"""Send a mailing with nothing but the standard library: one connection, a message for each recipient.

From the shell:

    SMTP_HOST=mail.example SMTP_USER=post SMTP_PASSWORD=… python smtplib_send.py campaign recipients.csv
"""

import os
import smtplib
import ssl
import sys
from collections.abc import Iterable, Mapping
from csv import DictReader

from inkmerge import InkmergeError, Mailing


def send(campaign: str, recipients: Iterable[Mapping[str, str]], server: smtplib.SMTP) -> int:
    """Send to each recipient, and return how many got their message."""
    mailing = Mailing.open(campaign)
    sent = 0
    for recipient in recipients:
        try:
            server.send_message(mailing.compose(recipient))
            sent += 1
        except (InkmergeError, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as fault:
            print(f"{recipient.get('id', recipient)}: {fault}", file=sys.stderr)  # and on to the next
    return sent


def main() -> None:
    host, port = os.environ["SMTP_HOST"], int(os.environ.get("SMTP_PORT", "587"))
    campaign, recipients = sys.argv[1:]
    with (
        smtplib.SMTP(host, port, timeout=60) as server,
        open(recipients, encoding="utf-8-sig", newline="") as file,
    ):
        if host != "localhost":
            server.starttls(context=ssl.create_default_context())
        if user := os.environ.get("SMTP_USER"):
            server.login(user, os.environ["SMTP_PASSWORD"])
        rows = ({name: value for name, value in row.items() if value} for row in DictReader(file))
        print(send(campaign, rows, server), "sent")  # an empty cell is no value


if __name__ == "__main__":
    main()
