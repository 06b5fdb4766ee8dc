"""Send a mailing with Celery: a task a recipient, composed and sent by whichever worker takes it.

With a broker running, in two shells:

    celery --app celery_task worker
    python -c 'from celery_task import send; send.delay("campaign", {"id": "a", "email": "anna@example.com"})'
"""

import functools
import os
import smtplib

from celery import Celery, Task

from inkmerge import Mailing

app = Celery("mailing", broker=os.environ.get("CELERY_BROKER_URL", "amqp://localhost"))

opened = functools.cache(Mailing.open)  # once in each worker: what is the same for everybody is drawn once


@app.task(bind=True, max_retries=20, default_retry_delay=60)
def send(self: Task, campaign: str, recipient: dict[str, str]) -> None:
    """Compose one message and hand it over; try again later, as long as no message has left, so that nobody gets two."""
    message = opened(campaign).compose(recipient)
    host, port = os.environ.get("SMTP_HOST", "localhost"), int(os.environ.get("SMTP_PORT", "25"))
    try:
        server = smtplib.SMTP(host, port, timeout=60)
    except OSError as fault:  # smtplib's own errors too
        raise self.retry(exc=fault) from None
    with server:
        server.send_message(message)
