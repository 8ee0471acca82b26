"""The commands to copy."""

import shlex

from warroom.rollout.gcloud import deploy_command, restore_command, shift_command, unpin_command
from warroom.rollout.traffic import ServiceRef

REF = ServiceRef("shop", "europe-west1", "shop-prod")
PLACE = "--project=shop-prod --region=europe-west1"


def test_each_command() -> None:
    """Every action's command, whole, with project and region."""
    assert deploy_command(REF, "img@sha256:1", "fix", "shop-00042-fix") == (
        f"gcloud run deploy shop --image=img@sha256:1 --tag=fix --revision-suffix=00042-fix --no-traffic {PLACE}"
    )
    assert deploy_command(REF, "img", "fix") == f"gcloud run deploy shop --image=img --tag=fix --no-traffic {PLACE}"
    update = "gcloud run services update-traffic shop"
    assert shift_command(REF, "fix", 10) == f"{update} --to-tags=fix=10 {PLACE}"
    assert shift_command(REF, "shop-00042-fix", 10) == f"{update} --to-revisions=shop-00042-fix=10 {PLACE}"
    assert restore_command(REF, {"a": 60, "b": 40}) == f"{update} --to-revisions=a=60,b=40 {PLACE}"
    assert unpin_command(REF) == f"{update} --to-latest {PLACE}"
    assert unpin_command(REF, "fix") == f"{update} --to-latest --remove-tags=fix {PLACE}"


def test_hostile_names_stay_one_word() -> None:
    """Whatever a name holds, a shell reads it as part of one argument."""
    command = deploy_command(ServiceRef("shop; rm -rf ~", "$(id)", "[/red]\x1b[2J"), "img'`id`", "t t")
    words = shlex.split(command)
    assert words[:4] == ["gcloud", "run", "deploy", "shop; rm -rf ~"]
    assert "--region=$(id)" in words
    assert "--image=img'`id`" in words
