"""Split arithmetic: what a service's traffic must read to put a percentage where it belongs.

A new split is always written between explicitly named revisions, so that a later deployment moves nothing by itself.
Tags stay where they point: one on LATEST goes on following LATEST, without traffic. A revision's percent and its first
tag share one entry; further tags are entries of 0 %. All percents are whole, 0–100.
"""

from collections.abc import Collection, Mapping

from warroom.rollout.traffic import Share, Split


def percents(split: Split, latest_ready: str) -> dict[str, int]:
    """Revision → percent, LATEST resolved to `latest_ready`, those without traffic left out; empty is LATEST 100."""
    shares: dict[str, int] = {}
    for share in split or (Share("", 100),):
        if share.percent:
            name = share.revision or latest_ready
            shares[name] = shares.get(name, 0) + share.percent
    return shares


def check(split: Split) -> None:
    """Raise ValueError, with the reason, where Cloud Run would refuse the split."""
    for share in split:
        if not 0 <= share.percent <= 100:
            raise ValueError(f"{share.revision or 'LATEST'} cannot take {share.percent} %, only 0–100")
    total = sum(share.percent for share in split)
    if split and total != 100:
        raise ValueError(f"the percents make {total}, not 100")
    tags = [share.tag for share in split if share.tag]
    twice = sorted({tag for tag in tags if tags.count(tag) > 1})
    if twice:
        raise ValueError(f"tag {twice[0]} stands on more than one entry")


def apportioned(weights: Mapping[str, int], total: int) -> dict[str, int]:
    """`total` percent in proportion to `weights`, whole by largest remainder; what rounds to zero is left out.

    Ties go to the smaller share, then to the name that sorts first, as gcloud rounds. Raises ValueError when the
    weights are all zero.
    """
    whole = sum(weights.values())
    if whole <= 0:
        raise ValueError("nothing to share the traffic between")
    parts = {name: divmod(weight * total, whole) for name, weight in weights.items()}
    short = total - sum(floor for floor, _ in parts.values())
    by_loss = sorted(parts, key=lambda name: (-parts[name][1], parts[name][0], name))
    rounded_up = set(by_loss[:short])
    shares = {name: floor + (name in rounded_up) for name, (floor, _) in parts.items()}
    return {name: percent for name, percent in shares.items() if percent}


def without_traffic(spec: Split, latest_ready: str, revision: str, tag: str) -> Split:
    """The split that deploys the new `revision` at 0 % under `tag`, LATEST's share pinned to `latest_ready`.

    A `tag` that stood elsewhere moves; without one the revision stands in no entry, as it has no traffic. Raises
    ValueError when LATEST has traffic and no revision is ready, or when `revision` already serves.
    """
    shares = _named(spec, latest_ready)
    if revision in shares:
        raise ValueError(f"{revision} already serves {shares[revision]} %")
    return _written(shares, _tags(spec) | ({tag: revision} if tag else {}))


def without_dead(spec: Split, dead: Collection[str]) -> Split:
    """The split without the tags on revisions that never became ready: they would keep Cloud Run from any new one."""
    return tuple(share for share in spec if share.percent or share.revision not in dead)


def shifted(spec: Split, latest_ready: str, revision: str, percent: int) -> Split:
    """The split that gives `revision` exactly `percent`, the other serving revisions keeping their proportions.

    Raises ValueError when `percent` is not 0–100, when no other revision serves that could take the rest, or when
    LATEST has traffic and no revision is ready.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"{revision} cannot take {percent} %, only 0–100")
    others = {name: share for name, share in _named(spec, latest_ready).items() if name != revision}
    if percent < 100 and not others:
        raise ValueError(f"no other revision serves that could take the other {100 - percent} %: choose one")
    rest = apportioned(others, 100 - percent) if percent < 100 else {}
    return _written({**rest, revision: percent}, _tags(spec))


def restored(spec: Split, latest_ready: str, target: Mapping[str, int]) -> Split:
    """The split that puts exactly `target` (revision → percent) back, tags kept.

    Takes `latest_ready` to put LATEST's name where a target was captured without one. Raises ValueError unless the
    target's percents are 0–100 and make 100.
    """
    shares = {name or latest_ready: percent for name, percent in target.items()}
    if "" in shares:
        raise ValueError("LATEST names no ready revision to go back to")
    if not shares:
        raise ValueError("no revision to go back to")
    split = _written(shares, _tags(spec))
    check(split)
    return split


def put_back(spec: Split, ours: Split) -> Split:
    """The split that gives every revision what it had in `ours`, with its tags; what `spec` tagged besides stays."""
    shares: dict[str, int] = {}
    for share in ours or (Share("", 100),):
        shares[share.revision] = shares.get(share.revision, 0) + share.percent
    split = _written(shares, _tags(spec) | _tags(ours))
    check(split)
    return split


def unpinned(spec: Split, latest_ready: str, drop_tag: str = "") -> Split:
    """The split that follows LATEST again with all traffic, tags kept but for `drop_tag`.

    Raises ValueError when no revision is ready, as LATEST would then serve nobody.
    """
    if not latest_ready:
        raise ValueError("no revision is ready that LATEST could follow")
    return _written({"": 100}, {tag: holder for tag, holder in _tags(spec).items() if tag != drop_tag})


def latest_serves(serving: Split, latest_ready: str, latest_created: str) -> bool:
    """Whether the newest revision is ready and takes all traffic: only then following LATEST moves nothing.

    One that is newer and not ready yet would take over as soon as it is.
    """
    newest = latest_created in ("", latest_ready)
    return bool(serving) and newest and percents(serving, latest_ready) == {latest_ready: 100}


def same(a: Split, b: Split, latest_ready: str) -> bool:
    """Whether both give every revision the same percent and every tag to the same revision, however written."""

    def tagged(split: Split) -> dict[str, str]:
        return {tag: holder or latest_ready for tag, holder in _tags(split).items()}

    return percents(a, latest_ready) == percents(b, latest_ready) and tagged(a) == tagged(b)


def _named(spec: Split, latest_ready: str) -> dict[str, int]:
    shares = percents(spec, latest_ready)
    if "" in shares:
        raise ValueError("LATEST has traffic but names no ready revision: it cannot be pinned")
    return shares


def _tags(split: Split) -> dict[str, str]:
    """Tag → revision, "" for LATEST."""
    return {share.tag: share.revision for share in split if share.tag}


def _written(shares: Mapping[str, int], tags: Mapping[str, str]) -> Split:
    """`shares` and `tags` (tag → revision) as entries, a revision's first tag on the entry that has its percent."""
    left = dict(tags)
    entries = []
    for revision, percent in shares.items():
        if percent:
            tag = next((tag for tag, holder in left.items() if holder == revision), "")
            left.pop(tag, None)
            entries.append(Share(revision, percent, tag))
    return (*entries, *(Share(holder, 0, tag) for tag, holder in left.items()))
