"""`candor keys`: who may use the service from outside, and how much."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from api.audit import Action, entry
from api.keys import LOCAL, ApiKey, Scope, new_key
from api.offline import with_store
from api.settings import Settings
from api.store import Store


def create(
    name: str, scopes: frozenset[Scope], pictures_per_minute: int, settings: Settings
) -> None:
    """Make a key and print it, alone on the standard output, this once."""
    key, token = new_key(name, scopes, pictures_per_minute, datetime.now(UTC))
    with_store(settings, lambda store: _added(store, key))
    click.echo(token)
    click.echo(
        f"Key {key.id} for {name} may {_list(key.scopes)}, {_limit(key)}. It is shown this once "
        "and only its digest is kept. From now on every request needs a key.",
        err=True,
    )


def show(settings: Settings, *, as_json: bool) -> None:
    """Print all keys, the oldest first, the revoked ones as well."""
    keys = with_store(settings, lambda store: store.keys())
    for key in keys:
        if as_json:
            click.echo(json.dumps(_told(key)))
        else:
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else _limit(key)
            made = f"{key.created_at:%Y-%m-%d}"
            click.echo(f"{key.id}  {made}  {_list(key.scopes)}  {state}  {key.name}")
    if not keys and not as_json:
        click.echo("There are no keys: only this machine may use the service.", err=True)


def revoke(key_id: str, settings: Settings) -> None:
    """Let a key open nothing from now on.

    Raises:
        click.ClickException: There is no such key, or it was revoked before.
    """
    now = datetime.now(UTC)
    if not with_store(settings, lambda store: _revoked(store, key_id, now)):
        raise click.ClickException(
            f"There is no key {key_id!r} that could be revoked. `candor keys list` shows all."
        )
    click.echo(f"Key {key_id} opens nothing any more.", err=True)


async def _added(store: Store, key: ApiKey) -> None:
    await store.add_entry(entry(LOCAL, Action.CREATE_KEY, key.id))
    await store.add_key(key)


async def _revoked(store: Store, key_id: str, now: datetime) -> bool:
    revoked = await store.revoke_key(key_id, now)
    if revoked:
        await store.add_entry(entry(LOCAL, Action.REVOKE_KEY, key_id))
    return revoked


def _told(key: ApiKey) -> dict[str, object]:
    """Everything but the digest of the secret."""
    told = key.model_dump(mode="json", exclude={"secret_sha256"})
    return told | {"scopes": sorted(key.scopes)}


def _list(scopes: Sequence[Scope] | frozenset[Scope]) -> str:
    return ", ".join(scope for scope in Scope if scope in scopes)


def _limit(key: ApiKey) -> str:
    count = key.pictures_per_minute
    return f"{count:,} pictures a minute" if count else "without a limit"
