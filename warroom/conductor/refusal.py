"""What the conductor answers when it will not act."""


class Refused(Exception):
    """A guard said no: `title` says why, `remedy` what to do. Nothing was sent."""

    def __init__(self, title: str, remedy: str = "") -> None:
        super().__init__(f"{title}. {remedy}" if remedy else title)
        self.title = title
        self.remedy = remedy


class GaveWay(Refused):
    """A retreat went before a change that was under way: it may have been sent, and it no longer matters."""


class Forestalled(Refused):
    """Another hand does the very same: nothing is left to do here, and nothing has failed."""
