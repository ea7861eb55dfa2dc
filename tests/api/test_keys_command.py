"""`candor keys`: made once, shown once, listed without what opens, and revoked for good."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from remembered import NoEngine, digest, opened, remembering

from api.audit import Action
from api.cli import main
from api.keys import parts_of

LOOKUP = f"/v1/reputation?sha256={digest('a picture')}"


def keys(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments, "--data-dir", str(folder)])


def created(folder: Path, *arguments: str) -> str:
    ran = keys(folder, "create", "--name", "Photo desk", *arguments)
    assert ran.exit_code == 0, ran.output
    return ran.stdout.strip()


async def status(folder: Path, token: str) -> int:
    async with remembering(folder, NoEngine()) as client:
        answer = await client.get(LOOKUP, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code


def test_a_key_is_printed_once_alone_and_opens(tmp_path: Path) -> None:
    token = created(tmp_path, "--scope", "lookup")

    assert parts_of(token)
    assert asyncio.run(status(tmp_path, token)) == 200
    listed = keys(tmp_path, "list").output
    assert "Photo desk" in listed
    assert token not in listed
    assert token.encode() not in b"".join(
        path.read_bytes() for path in tmp_path.iterdir() if path.is_file()
    )


def test_keys_are_listed_as_json_without_what_opens(tmp_path: Path) -> None:
    assert "There are no keys" in keys(tmp_path, "list").stderr
    first = created(tmp_path)
    created(tmp_path, "--scope", "admin", "--scope", "review", "--pictures-per-minute", "0")

    told = [json.loads(line) for line in keys(tmp_path, "list", "--json").stdout.splitlines()]

    assert [one["scopes"] for one in told] == [["check", "lookup"], ["admin", "review"]]
    assert [one["pictures_per_minute"] for one in told] == [600, 0]
    assert first.split("_")[1] == told[0]["id"]
    assert not any("secret" in name for one in told for name in one)


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(tmp_path: Path) -> None:
    token = created(tmp_path, "--scope", "lookup")
    key_id = token.split("_")[1]

    assert keys(tmp_path, "revoke", key_id).exit_code == 0

    assert asyncio.run(status(tmp_path, token)) == 401
    assert re.search(rf"{key_id} .* revoked \d{{4}}-", keys(tmp_path, "list").output)
    again = keys(tmp_path, "revoke", key_id)
    assert again.exit_code == 1
    assert key_id in again.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["create"], "--name"),
        (["create", "--name", ""], "--name"),
        (["create", "--name", "x" * 101], "--name"),
        (["create", "--name", "a\nb"], "--name"),
        (["create", "--name", "x", "--scope", "root"], "root"),
        (["create", "--name", "x", "--pictures-per-minute", "-1"], "-1"),
        (["revoke", "unknown"], "unknown"),
    ],
)
def test_what_cannot_be_done_is_named_and_makes_no_key(
    tmp_path: Path, arguments: list[str], named: str
) -> None:
    ran = keys(tmp_path, *arguments)
    assert ran.exit_code != 0
    assert named in ran.output
    assert isinstance(ran.exception, SystemExit)
    assert keys(tmp_path, "list", "--json").stdout == ""


def test_making_and_revoking_is_in_the_audit_log(tmp_path: Path) -> None:
    key_id = created(tmp_path).split("_")[1]
    keys(tmp_path, "revoke", key_id)

    async def written() -> list[Action]:
        async with opened(tmp_path) as store:
            return [one.action for one in await store.entries(None, 9, subject=key_id)]

    assert asyncio.run(written()) == [Action.REVOKE_KEY, Action.CREATE_KEY]
