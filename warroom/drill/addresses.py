"""Where an embedded cloud listens."""

from msgspec import Struct


class Addresses(Struct, frozen=True):
    """The three listeners of one embedded cloud, each as host:port on loopback."""

    run: str
    monitoring: str
    http: str

    def environment(self) -> dict[str, str]:
        """The variables that point a client of Cloud Run and Cloud Monitoring at this cloud."""
        return {"CLOUD_RUN_EMULATOR_HOST": self.run, "CLOUD_MONITORING_EMULATOR_HOST": self.monitoring}
