"""Who asks too often waits, and nobody else does."""

from __future__ import annotations

import pytest

from api import limiting
from api.errors import TooManyRequests
from api.limiting import Allowance, Budget, Limiter, client_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Door:
    """A limiter and how much it lets through, seen from outside."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self.limiter = Limiter("lookups", clock)
        self._per_minute = per_minute

    def wait_s(self, client: str, cost: int = 1) -> int:
        """Seconds to wait; 0 if let in."""
        try:
            self.limiter.take(client, self._per_minute, cost)
        except TooManyRequests as error:
            return error.retry_after_s
        return 0


def test_a_minute_holds_so_many_and_fills_again(clock: Clock) -> None:
    door = Door(60, clock)

    assert [door.wait_s("192.0.2.1") for _ in range(61)] == [0] * 60 + [1]
    clock.now += 1
    assert [door.wait_s("192.0.2.1") for _ in range(2)] == [0, 1]
    clock.now += 3600
    assert [door.wait_s("192.0.2.1") for _ in range(61)] == [0] * 60 + [1]


def test_to_wait_as_long_as_told_is_enough(clock: Clock) -> None:
    door = Door(7, clock)
    for cost in (3, 7, 1, 20, 5):
        wait = door.wait_s("192.0.2.1", cost)
        clock.now += wait
        assert door.wait_s("192.0.2.1", cost) == 0 or not wait


def test_more_than_a_minute_holds_passes_when_it_is_full_and_is_paid_for(clock: Clock) -> None:
    door = Door(60, clock)

    assert door.wait_s("192.0.2.1", 180) == 0
    assert door.wait_s("192.0.2.1") == 121
    assert door.wait_s("192.0.2.1", 180) == 180
    clock.now += 180
    assert door.wait_s("192.0.2.1", 180) == 0


def test_clients_do_not_pay_for_each_other(clock: Clock) -> None:
    door = Door(1, clock)

    assert door.wait_s("192.0.2.1") == 0
    assert door.wait_s("192.0.2.2") == 0
    assert door.wait_s("192.0.2.1") > 0


def test_what_is_left_is_told(clock: Clock) -> None:
    limiter = Limiter("pictures", clock)

    assert limiter.take("a key", 60, 10) == Budget(limit=60, left=50, reset_s=10)
    clock.now += 4
    assert limiter.budget("a key", 60) == Budget(limit=60, left=54, reset_s=6)
    assert limiter.take("a key", 60, 100 - 46) == Budget(limit=60, left=0, reset_s=60)
    assert limiter.wait_s("a key", 60) == 1


def test_an_allowance_without_a_limit_lets_everything_in_and_tells_nothing(clock: Clock) -> None:
    allowance = Allowance(Limiter("pictures", clock), "local", 0)
    allowance.take(10**9)

    assert allowance.budget is None


def test_an_allowance_tells_what_is_left_to_who_was_turned_away(clock: Clock) -> None:
    allowance = Allowance(Limiter("pictures", clock), "a key", 1)
    assert allowance.budget is None
    allowance.take()
    with pytest.raises(TooManyRequests, match="At most 1 pictures a minute"):
        allowance.take()

    assert allowance.budget == Budget(limit=1, left=0, reset_s=60)


def test_buckets_do_not_pile_up(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "CLIENTS_AT_MOST", 3)
    door = Door(1, clock)
    for last in range(100):
        assert door.wait_s(f"192.0.2.{last}") == 0

    assert len(door.limiter._buckets) == 3
    assert door.wait_s("192.0.2.99") > 0


def test_a_network_of_ipv6_is_one_client() -> None:
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::") != client_of("::1")
    assert client_of("::ffff:192.0.2.1") == client_of("192.0.2.1")
    assert client_of("testclient") == "testclient"
