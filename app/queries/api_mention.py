"""The wire form of a mention as a model, for those who describe it: the API document is made from what the intake checks."""

from typing import Final

from pydantic import BaseModel

from app.channels import mention_in

MENTION_FORM: Final[type[BaseModel]] = mention_in.MentionIn
