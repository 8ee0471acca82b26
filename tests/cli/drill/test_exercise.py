"""Recording an exercise that warroom did not run."""

from tests.e2e.home import Home


def test_an_exercise_is_recorded_and_then_known(home: Home) -> None:
    """Each kind of the protocol's; the doctor knows of it from then on, and an older date changes nothing."""
    done = home.run("exercise", "table-top")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Table-top exercise: held on 20")
    assert home.run("exercise", "table-top", "--on", "2024-01-02").returncode == 0
    assert home.run("exercise", "disaster-recovery", "--on", "2024-01-02").returncode == 0
    said = home.run("doctor").stdout
    assert "Table-top exercise: last on 20" in said and "0 days ago, due every 31" in said
    assert "Disaster recovery exercise: last on 2024-01-02" in said
    assert "Full emergency release drill: none on this machine" in said


def test_what_is_no_exercise_is_refused(home: Home) -> None:
    """An unknown kind, a day that is none or to come, a file that can't be read: one sentence each."""
    for arguments in (("nap",), ("table-top", "--on", "soon"), ("table-top", "--on", "2199-01-01")):
        refused = home.run("exercise", *arguments)
        assert refused.returncode == 2 and refused.stderr.startswith("warroom: ") and refused.stderr.count("\n") == 1
    assert home.run("exercise", "full").returncode == 0
    kept = next(home.path.rglob("exercises.json"))
    kept.write_text("[", encoding="utf-8")
    refused = home.run("exercise", "full")
    assert refused.returncode == 1 and "can't be read" in refused.stderr
