"""Which version a revision runs: by its image's tag, by its label where that is its own, else nobody knows."""

import pytest

from warroom.rollout.running import of_image, versions
from warroom.rollout.traffic import Revision


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("europe-docker.pkg.dev/p/r/pay:v1.4.2", "1.4.2"),
        ("europe-docker.pkg.dev/p/r/pay:1.4.2@sha256:aa", "1.4.2"),
        ("localhost:5000/pay:1.4.2-rc.1", "1.4.2-rc.1"),
        ("localhost:5000/pay", ""),
        ("pay:latest", ""),
        ("pay@sha256:aa", ""),
        ("", ""),
    ],
)
def test_an_images_tag(image: str, version: str) -> None:
    """Only one that is a version; a digest, a port and "latest" are none."""
    assert of_image(image) == version


def test_a_label_is_believed_of_the_oldest_image_that_carries_it() -> None:
    """A deployment keeps the template's labels: the hotfix is not the version whose label it inherited."""
    found = versions(
        [
            Revision("hotfix", True, "pay@sha256:cc", version="1-4-2"),
            Revision("again", True, "pay@sha256:bb", version="1-4-2"),
            Revision("live", True, "pay@sha256:bb", version="1-4-2"),
            Revision("named", True, "pay:v1.4.1@sha256:aa", version="1-4-0"),
            Revision("odd", True, "pay@sha256:99", version="the-best"),
        ]
    )
    assert found == {"again": "1.4.2", "live": "1.4.2", "named": "1.4.1"}
