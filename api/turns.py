"""Whose turn it is, where many have work: no caller waits for another's hundred thousand."""

from __future__ import annotations

from collections.abc import Sequence

from api.jobs import OpenJob


class Turns:
    """Callers take turns, and so do the jobs of each."""

    def __init__(self) -> None:
        self._count = 0
        self._callers: dict[str, int] = {}
        self._jobs: dict[str, int] = {}

    def order(self, jobs: Sequence[OpenJob]) -> list[OpenJob]:
        """First the caller who waited longest, with the job that did; new ones before all."""
        callers, ids = {job.caller for job in jobs}, {job.id for job in jobs}
        self._callers = {one: turn for one, turn in self._callers.items() if one in callers}
        self._jobs = {one: turn for one, turn in self._jobs.items() if one in ids}
        return sorted(
            jobs, key=lambda job: (self._callers.get(job.caller, 0), self._jobs.get(job.id, 0))
        )

    def took(self, job: OpenJob) -> None:
        """This job had its turn."""
        self._count += 1
        self._callers[job.caller] = self._jobs[job.id] = self._count
