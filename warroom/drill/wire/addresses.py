"""Where an embedded cloud listens."""

from msgspec import Struct

OTHERS_VARIABLE = "WARROOM_OTHERS_HOST"
"""Leads a client beside an emulated Cloud Run to the other systems of the same embedded cloud, as HOST:PORT."""


class Addresses(Struct, frozen=True):
    """The listeners of one embedded cloud, each as host:port on loopback.

    `token` is for its faults, its ledger and its other systems: other users of this machine reach the ports as well.
    """

    run: str
    monitoring: str
    http: str
    token: str = ""
    logging: str = ""

    def environment(self) -> dict[str, str]:
        """The variables that point a client of Cloud Run, Cloud Monitoring, Logging and the other systems here."""
        return {
            "CLOUD_RUN_EMULATOR_HOST": self.run,
            "CLOUD_MONITORING_EMULATOR_HOST": self.monitoring,
            "CLOUD_LOGGING_EMULATOR_HOST": self.logging,
            OTHERS_VARIABLE: self.http,
        }
