"""A folder of templates, content, target groups and test profiles → images for each recipient."""

from inkmerge.campaign.campaign import Campaign
from inkmerge.campaign.elements import Choice, Choices, Element, origin_of
from inkmerge.campaign.settings import campaign_schema

__all__ = ["Campaign", "Choice", "Choices", "Element", "campaign_schema", "origin_of"]
