"""The mailing: an HTML page with image elements and placeholders → a message for each recipient."""

from inkmerge.mailing.composing import message_bytes
from inkmerge.mailing.mailing import FilledMailing, Mailing
from inkmerge.mailing.streaming import Composed, Start, compose_all, composed

__all__ = ["Composed", "FilledMailing", "Mailing", "Start", "compose_all", "composed", "message_bytes"]
