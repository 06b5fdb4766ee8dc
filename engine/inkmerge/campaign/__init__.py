"""The campaign: what a marketer makes of templates, recipients and content."""
