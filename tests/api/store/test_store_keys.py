"""What every store promises of keys, asked of each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.errors import StoreUnavailable
from api.keys import ApiKey, Scope, new_key
from api.store import Store

NOW = datetime(2026, 3, 29, 12, 0, 0, 123457, tzinfo=UTC)


def made(name: str, minute: int = 0) -> ApiKey:
    scopes = frozenset({Scope.CHECK, Scope.ADMIN})
    return new_key(name, scopes, 60, NOW + timedelta(minutes=minute))[0]


async def test_keys_are_found_by_id_and_listed_oldest_first(store: Store, another: Store) -> None:
    assert await store.keys() == ()
    first, second = made("first"), made("second", 1)
    await store.add_key(first)
    await another.add_key(second)

    assert await another.key(first.id) == first
    assert await store.keys() == (first, second)
    assert await store.key("0" * 12) is None


async def test_a_revoked_key_stays_and_cannot_be_revoked_again(store: Store) -> None:
    key = made("a platform")
    await store.add_key(key)

    assert await store.revoke_key(key.id, NOW)
    assert await store.key(key.id) == key.model_copy(update={"revoked_at": NOW})
    assert not await store.revoke_key(key.id, NOW + timedelta(days=1))
    assert (await store.keys())[0].revoked_at == NOW
    assert not await store.revoke_key("0" * 12, NOW)


async def test_an_id_is_given_once(store: Store) -> None:
    key = made("a platform")
    await store.add_key(key)
    with pytest.raises(StoreUnavailable):
        await store.add_key(key.model_copy(update={"name": "a thief"}))

    assert await store.keys() == (key,)
