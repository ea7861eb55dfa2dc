"""Who asks too often waits, and nobody else does."""

from __future__ import annotations

import pytest

from api import limiting
from api.errors import TooManyRequests
from api.limiting import Limiter, client_of


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def let_in(limiter: Limiter, client: str, cost: int = 1) -> int:
    """Seconds to wait; 0 if let in."""
    try:
        limiter.take(client, cost)
    except TooManyRequests as error:
        return error.retry_after_s
    return 0


def test_a_minute_holds_so_many_and_fills_again(clock: Clock) -> None:
    limiter = Limiter(60, clock)

    assert [let_in(limiter, "192.0.2.1") for _ in range(61)] == [0] * 60 + [1]
    clock.now += 1
    assert [let_in(limiter, "192.0.2.1") for _ in range(2)] == [0, 1]
    clock.now += 3600
    assert [let_in(limiter, "192.0.2.1") for _ in range(61)] == [0] * 60 + [1]


def test_to_wait_as_long_as_told_is_enough(clock: Clock) -> None:
    limiter = Limiter(7, clock)
    for cost in (3, 7, 1, 20, 5):
        wait = let_in(limiter, "192.0.2.1", cost)
        clock.now += wait
        assert let_in(limiter, "192.0.2.1", cost) == 0 or not wait


def test_more_than_a_minute_holds_passes_when_it_is_full_and_is_paid_for(clock: Clock) -> None:
    limiter = Limiter(60, clock)

    assert let_in(limiter, "192.0.2.1", 180) == 0
    assert let_in(limiter, "192.0.2.1") == 121
    assert let_in(limiter, "192.0.2.1", 180) == 180
    clock.now += 180
    assert let_in(limiter, "192.0.2.1", 180) == 0


def test_clients_do_not_pay_for_each_other(clock: Clock) -> None:
    limiter = Limiter(1, clock)

    assert let_in(limiter, "192.0.2.1") == 0
    assert let_in(limiter, "192.0.2.2") == 0
    assert let_in(limiter, "192.0.2.1") > 0


def test_zero_lets_everything_in(clock: Clock) -> None:
    limiter = Limiter(0, clock)

    assert let_in(limiter, "192.0.2.1", 10**9) == 0


def test_buckets_do_not_pile_up(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "CLIENTS_AT_MOST", 3)
    limiter = Limiter(1, clock)
    for last in range(100):
        assert let_in(limiter, f"192.0.2.{last}") == 0

    assert len(limiter._buckets) == 3
    assert let_in(limiter, "192.0.2.99") > 0


def test_a_network_of_ipv6_is_one_client() -> None:
    assert client_of("2001:db8:1:2::1") == client_of("2001:db8:1:2:ffff::") != client_of("::1")
    assert client_of("::ffff:192.0.2.1") == client_of("192.0.2.1")
    assert client_of("testclient") == "testclient"
