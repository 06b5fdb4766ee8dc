"""Send a mailing through Django: whichever `EMAIL_BACKEND` the project has set up.

One message:

    from django_send import ComposedEmail

    ComposedEmail(mailing.compose({"id": "a", "email": "anna@example.com", "first_name": "Anna"})).send()
"""

import email.message
import email.policy
from collections.abc import Iterable, Mapping
from typing import Any

from django.core import mail

from inkmerge import Mailing

AS_IT_IS = email.policy.SMTP.clone(refold_source="none")


class ComposedEmail(mail.EmailMessage):
    """A composed message as Django's backends take it: Django adds nothing to it, and changes nothing."""

    def __init__(self, composed: email.message.EmailMessage) -> None:
        super().__init__(
            composed["subject"], "", composed["from"], [str(one) for one in composed["to"].addresses]
        )
        self.composed = composed

    def message(self, *_: Any, **__: Any) -> "WireMessage":
        return email.message_from_bytes(self.composed.as_bytes(), WireMessage, policy=AS_IT_IS)


class WireMessage(email.message.EmailMessage):
    """What Django's SMTP backend asks for: `linesep` is an argument of Django's own message class up to Django 5."""

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n", policy: Any = None) -> bytes:
        return super().as_bytes(unixfrom, policy or self.policy.clone(linesep=linesep))


def send(campaign: str, recipients: Iterable[Mapping[str, str]]) -> int:
    """Send to each recipient over one connection, and return how many were handed over."""
    mailing = Mailing.open(campaign)
    with mail.get_connection() as connection:
        return sum(
            connection.send_messages([ComposedEmail(mailing.compose(recipient))]) or 0
            for recipient in recipients
        )
