"""The types of roster.toml. Each field is a key there, with the same name."""

from warroom.protocol.part import Part


class Person(Part, frozen=True):
    """Who can hold a role: `handle` as shown on the board, with ways to reach them.

    `schedule`: the id of an on-call schedule of the pager's: whoever is on call there when the page goes out.
    """

    handle: str
    name: str = ""
    phone: str = ""
    email: str = ""
    slack: str = ""
    schedule: str = ""


class Duty(Part, frozen=True):
    """Who holds `role`, and who takes over."""

    role: str
    primary: Person
    backup: Person | None = None


class ExternalContact(Part, frozen=True):
    """Somebody outside the company."""

    service: str
    contact: str
    phone: str = ""
    email: str = ""


class Roster(Part, frozen=True):
    """roster.toml, whole."""

    duties: tuple[Duty, ...]
    external: tuple[ExternalContact, ...] = ()

    def duty(self, role_id: str) -> Duty | None:
        """Who holds that role, if anybody does."""
        return next((duty for duty in self.duties if duty.role == role_id), None)
