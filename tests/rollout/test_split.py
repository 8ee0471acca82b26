"""Split arithmetic, against gcloud's rules and Cloud Run's demands."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from warroom.rollout.split import (
    apportioned,
    check,
    percents,
    restored,
    same,
    shifted,
    unpinned,
    without_traffic,
)
from warroom.rollout.traffic import Share, Split

NAMES = ("shop-00001", "shop-00002", "shop-00003", "shop-00004")
LATEST = "shop-00004"
FIX = "shop-hotfix"


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Any split that Cloud Run would accept: LATEST or named, repeated entries, tags with or without traffic."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), max_size=4)))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    tags = iter(draw(st.permutations(["blue", "green", "old", "live", "t5", "t6", "t7"])))
    holder = st.sampled_from(["", *NAMES])
    tagged = st.booleans()
    entries = [Share(draw(holder), part, next(tags) if draw(tagged) else "") for part in parts]
    idle = [Share(draw(holder), 0, next(tags)) for _ in range(draw(st.integers(0, 2)))]
    return tuple(draw(st.permutations([*entries, *idle]))) if draw(st.booleans()) else tuple(entries)


def tags_of(split: Split) -> dict[str, str]:
    """Tag → revision, LATEST resolved."""
    return {share.tag: share.revision or LATEST for share in split if share.tag}


def test_empty_spec_is_latest() -> None:
    """An empty spec means that the latest ready revision takes everything."""
    assert percents((), LATEST) == {LATEST: 100}
    check(())


def test_percents_add_up_per_revision() -> None:
    """A revision may stand in several entries and under LATEST: its percent is the sum; idle ones are left out."""
    split = (Share(LATEST, 30), Share("", 20), Share("shop-00001", 50), Share("shop-00002", 0, "old"))
    assert percents(split, LATEST) == {LATEST: 50, "shop-00001": 50}


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ((Share("a", 101), Share("b", -1)), "only 0–100"),
        ((Share("a", 60), Share("b", 39)), "make 99"),
        ((Share("a", 60, "t"), Share("b", 40, "t")), "tag t"),
    ],
)
def test_check_refuses_what_cloud_run_would(split: Split, words: str) -> None:
    """Percents out of range, a sum that isn't 100 and a tag on two entries are refused with the reason."""
    with pytest.raises(ValueError, match=words):
        check(split)


def test_deploy_pins_latest_in_the_same_call() -> None:
    """A service that follows LATEST keeps its serving revision at 100 %, and the new one gets 0 % and the tag."""
    assert without_traffic((), LATEST, FIX, "hotfix-1") == (Share(LATEST, 100), Share(FIX, 0, "hotfix-1"))


def test_deploy_moves_the_tag() -> None:
    """A tag that stood elsewhere goes to the new revision, and its old idle entry goes away."""
    spec = (Share("", 100, "live"), Share("shop-00001", 0, "hotfix-1"))
    after = without_traffic(spec, LATEST, FIX, "hotfix-1")
    assert after == (Share(LATEST, 100), Share("", 0, "live"), Share(FIX, 0, "hotfix-1"))


def test_deploy_refuses_a_serving_name_and_a_service_without_a_ready_revision() -> None:
    """A revision that serves is not new, and LATEST cannot be pinned when nothing is ready."""
    with pytest.raises(ValueError, match="already serves 100 %"):
        without_traffic((Share(FIX, 100),), LATEST, FIX, "t")
    with pytest.raises(ValueError, match="no ready revision"):
        without_traffic((), "", FIX, "t")


def test_the_rest_is_scaled_in_proportion() -> None:
    """60/40 with 10 % for the hotfix becomes 54/36, its tag kept on its entry."""
    spec = (Share("shop-00001", 60), Share("shop-00002", 40), Share(FIX, 0, "fix"))
    assert shifted(spec, LATEST, FIX, 10) == (Share("shop-00001", 54), Share("shop-00002", 36), Share(FIX, 10, "fix"))


def test_at_100_the_others_keep_only_tags() -> None:
    """The last rung leaves nothing on the others but their tags at 0 %."""
    spec = (Share("", 50, "live"), Share("shop-00001", 25, "old"), Share(FIX, 25, "fix"))
    after = shifted(spec, LATEST, FIX, 100)
    assert after == (Share(FIX, 100, "fix"), Share("", 0, "live"), Share("shop-00001", 0, "old"))


def test_a_shift_names_latest() -> None:
    """After a shift no traffic follows LATEST any more, so a later deployment moves nothing."""
    assert shifted((), LATEST, FIX, 25) == (Share(LATEST, 75), Share(FIX, 25))


def test_nobody_to_take_the_rest() -> None:
    """When nothing else serves, less than 100 % is refused: the others are never guessed."""
    with pytest.raises(ValueError, match="other 90 %"):
        shifted((Share(FIX, 100),), LATEST, FIX, 10)
    with pytest.raises(ValueError, match="only 0–100"):
        shifted((), LATEST, FIX, 101)


@pytest.mark.parametrize("target", [{}, {"a": 99}, {"a": 150, "b": -50}, {"": 100}])
def test_restore_refuses_what_is_no_target(target: dict[str, int]) -> None:
    """A target that is empty, doesn't make 100, leaves 0–100 or names nobody is refused."""
    with pytest.raises(ValueError):
        restored((), "", target)


def test_unpinned_follows_latest_and_drops_the_hotfix_tag() -> None:
    """Un-pinning puts LATEST at 100 %, keeps tags, and takes the one away that was asked for."""
    spec = (Share(FIX, 100, "fix"), Share("", 0, "live"), Share("shop-00001", 0, "old"))
    assert unpinned(spec, LATEST, drop_tag="fix") == (Share("", 100, "live"), Share("shop-00001", 0, "old"))
    assert Share(FIX, 0, "fix") in unpinned(spec, LATEST)
    with pytest.raises(ValueError, match="no revision is ready"):
        unpinned(spec, "")


def test_same_looks_through_the_way_it_is_written() -> None:
    """LATEST and its revision's name, one entry or two, in any order, are the same; another tag or percent isn't."""
    a = (Share("", 60, "live"), Share("shop-00001", 40))
    b = (Share("shop-00001", 40), Share(LATEST, 30), Share(LATEST, 30), Share(LATEST, 0, "live"))
    assert same(a, b, LATEST)
    assert not same(a, (Share("", 60), Share("shop-00001", 40)), LATEST)
    assert not same(a, (Share("", 61, "live"), Share("shop-00001", 39)), LATEST)


def test_largest_remainder_breaks_ties_as_gcloud_does() -> None:
    """Equal losses go to the smaller share first, then to the name that sorts first."""
    assert apportioned({"b": 1, "a": 1, "c": 1}, 100) == {"a": 34, "b": 33, "c": 33}
    assert apportioned({"a": 3, "b": 1}, 50) == {"a": 37, "b": 13}
    assert apportioned({"a": 99, "b": 1}, 10) == {"a": 10}
    with pytest.raises(ValueError):
        apportioned({"a": 0}, 100)


@given(splits(), st.sampled_from([*NAMES, FIX]), st.integers(0, 100))
def test_every_operation_makes_100_and_keeps_tags(spec: Split, revision: str, percent: int) -> None:
    """Whatever was there, each result is a split that Cloud Run accepts, with every tag where it was."""
    before = tags_of(spec)
    results = [unpinned(spec, LATEST), restored(spec, LATEST, {NAMES[0]: 70, NAMES[1]: 30})]
    if percent == 100 or set(percents(spec, LATEST)) - {revision}:
        moved = shifted(spec, LATEST, revision, percent)
        assert percents(moved, LATEST).get(revision, 0) == percent
        assert not any(share.latest and share.percent for share in moved)
        results.append(moved)
    for result in results:
        check(result)
        assert sum(percents(result, LATEST).values()) == 100
        assert tags_of(result) == before
    deployed = without_traffic(spec, LATEST, FIX, "live")
    check(deployed)
    assert percents(deployed, LATEST) == percents(spec, LATEST)
    assert tags_of(deployed) == before | {"live": FIX}


@given(splits(), st.integers(0, 100))
def test_shifted_then_restored_is_where_it_began(spec: Split, percent: int) -> None:
    """Going back to the captured target gives everyone what they had, however the ladder rounded."""
    target = percents(spec, LATEST)
    assume(FIX not in target)
    away = shifted(shifted(spec, LATEST, FIX, percent) if percent < 100 else spec, LATEST, FIX, 100)
    assert percents(restored(away, LATEST, target), LATEST) == target
    assert same(restored(away, LATEST, target), spec, LATEST)


@given(st.dictionaries(st.sampled_from(NAMES), st.integers(1, 100), min_size=1), st.integers(0, 100))
def test_apportioned_is_never_off_by_one_percent(weights: dict[str, int], total: int) -> None:
    """Each part is within one percent of the exact one, and the parts make the total."""
    parts = apportioned(weights, total)
    assert sum(parts.values()) == total
    whole = sum(weights.values())
    assert all(abs(parts.get(name, 0) - weight * total / whole) < 1 for name, weight in weights.items())
