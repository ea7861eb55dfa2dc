"""Who has much to do does not keep others waiting."""

from __future__ import annotations

from api.jobs import OpenJob
from api.turns import Turns


def served(turns: Turns, jobs: list[OpenJob], times: int) -> list[str]:
    """The jobs that have so many turns."""
    names = []
    for _ in range(times):
        job = turns.order(jobs)[0]
        turns.took(job)
        names.append(job.id)
    return names


def test_callers_take_turns_and_so_do_the_jobs_of_each() -> None:
    jobs = [OpenJob(f"a{number}", "a", 9) for number in range(3)] + [OpenJob("b", "b", 9)]
    assert served(Turns(), jobs, 8) == ["a0", "b", "a1", "b", "a2", "b", "a0", "b"]


def test_who_comes_later_is_next() -> None:
    turns, old = Turns(), OpenJob("old", "a", 9)
    served(turns, [old], 50)
    assert served(turns, [old, OpenJob("new", "b", 9)], 3) == ["new", "old", "new"]


def test_what_has_ended_is_forgotten() -> None:
    turns = Turns()
    for number in range(100):
        served(turns, [OpenJob(f"{number}", f"{number}", 1)], 1)
    turns.order([])
    assert turns._jobs == turns._callers == {}
