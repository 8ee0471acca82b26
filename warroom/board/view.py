"""How one terminal looks at the board: its own cursor and focus, and what is wrong with this very process."""

from msgspec import Struct


class View(Struct, frozen=True):
    """Not part of the incident: two terminals may differ in it.

    `trouble` says why the journal can't be written and `unwritten` how many facts it is owed. `progress` is Cloud
    Run's own word on a change under way, `logs` what the request logs say just now, both by service. `connected` is
    False until the Google clients are loaded. `fault` is what fails in warroom itself. `elsewhere` says why the
    incident can only be looked at from here.
    """

    service: str = ""
    step: str = ""
    operator: str = ""
    trouble: str = ""
    unwritten: int = 0
    connected: bool = True
    progress: dict[str, str] = {}
    fault: str = ""
    elsewhere: str = ""
    logs: dict[str, str] = {}
