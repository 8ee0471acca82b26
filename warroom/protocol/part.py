"""The base of the configuration's types."""

from msgspec import Struct


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Any table of the configuration: an unknown key is an error."""
