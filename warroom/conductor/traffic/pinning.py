"""After the last rung: whether the service is as ordinary deploys need it."""

from warroom.rollout.traffic import Service


def next_deploy(service: Service, tag: str) -> str:
    """Whether the next ordinary deploy would serve, and whether the hotfix's tag is gone, in a sentence."""
    latest = sum(share.percent for share in service.spec if share.latest) if service.spec else 100
    left = any(share.tag == tag for share in service.spec) if tag else False
    tagged = f"; its tag {tag} is still there" if left else f"; its tag {tag} is gone" if tag else ""
    if latest == 100:
        return f"checked: traffic of {service.ref.name} follows the latest revision, the next deploy will serve{tagged}"
    return f"checked: the next deploy of {service.ref.name} would get {latest} %, its traffic is still pinned{tagged}"
