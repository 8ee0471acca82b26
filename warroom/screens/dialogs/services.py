"""Which services an incident is about: several may be, and a list says so better than a menu."""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import SelectionList
from textual.widgets.selection_list import Selection

from warroom.rollout.traffic import ServiceRef
from widgets.safe import safe


class ServiceList(SelectionList[str]):
    """All services to choose from, by their path; space chooses one or leaves it out. `chosen` begin as chosen."""

    DEFAULT_CSS = """
    ServiceList { height: auto; max-height: 8; max-width: 100; border: none; background: $panel; padding: 0 1; }
    ServiceList:focus { border: none; }
    """

    def __init__(self, services: Sequence[ServiceRef], chosen: Sequence[ServiceRef], *, id: str) -> None:
        super().__init__(
            *(
                Selection(Content(safe(f"{ref.name} · {ref.region} · {ref.project}")), ref.path, ref in chosen)
                for ref in services
            ),
            id=id,
        )
        self._services = tuple(services)

    def words(self) -> str:
        """What is chosen, said in words: the list itself tells it by colour alone."""
        if len(self._services) == 1 and self.selected:
            return "Service"
        return f"Services, space chooses: {', '.join(ref.name for ref in self.chosen()) or 'none yet'}"

    def chosen(self) -> tuple[ServiceRef, ...]:
        """Those chosen now, in the order of the list."""
        return tuple(ref for ref in self._services if ref.path in self.selected)
