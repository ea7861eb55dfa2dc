"""What is shipped to deploy Candor names only what there is. Docker is not needed to see that."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families as families
from remembered import NoEngine

from api.decoding import Decoding
from api.metrics import Metrics
from api.serving import FINISH_S
from api.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS = {f"CANDOR_{name.upper()}" for name in Settings.model_fields}
OF_COMPOSE = {"CANDOR_DOMAIN"}
"""Read by compose.yaml itself, and not by the service."""


def test_the_services_are_candor_its_store_and_a_proxy() -> None:
    assert set(SERVICES) == {"candor", "mongo", "proxy"}


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["mongo"]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert "back" not in SERVICES["proxy"]["networks"]


def test_every_service_is_watched_and_limited() -> None:
    for name, service in SERVICES.items():
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        assert "healthcheck" in service or (name == "candor" and "HEALTHCHECK" in DOCKERFILE)


def test_candor_may_write_to_its_data_only() -> None:
    candor = SERVICES["candor"]
    assert candor["read_only"] is True
    assert candor["cap_drop"] == ["ALL"]
    assert "USER candor" in DOCKERFILE
    assert candor["volumes"] == ["data:/data"]
    assert "CANDOR_DATA_DIR=/data" in DOCKERFILE


def test_every_volume_and_file_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    named = {mount.split(":")[0] for mount in mounts}
    files = {name for name in named if name.startswith("./")}
    assert files
    assert [name for name in files if not (ROOT / name).is_file()] == []
    assert named - files == set(COMPOSE["volumes"])


def test_the_service_takes_what_it_is_given() -> None:
    given: dict[str, str] = SERVICES["candor"]["environment"]
    assert set(given) <= SETTINGS
    values = {name.removeprefix("CANDOR_").lower(): value for name, value in given.items()}
    settings = Settings(**values)
    assert "candor" in settings.allowed_hosts
    assert settings.host == "0.0.0.0"
    grace = SERVICES["candor"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > settings.drain_s + FINISH_S


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml", "docs/deployment.md"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"\bCANDOR_[A-Z_]+", (ROOT / name).read_text(encoding="utf-8")))
    assert named
    assert named - OF_COMPOSE <= SETTINGS


def test_the_proxy_lets_through_what_the_service_would_take() -> None:
    caddy = re.findall(r"max_size (\d+)MB", (ROOT / "deploy" / "Caddyfile").read_text())
    nginx = re.findall(r"client_max_body_size (\d+)m;", GUIDE)
    for told in ([int(size) * 10**6 for size in caddy], [int(size) * 2**20 for size in nginx]):
        pictures, batches, clips = told
        assert pictures > Settings().max_bytes + 2**16
        assert batches > max(Settings().batch_max_bytes, Settings().jobs_max_bytes)
        assert clips > Settings().video_max_bytes


def test_what_the_image_copies_is_there_and_let_into_the_build() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    assert names
    for name in names:
        assert (ROOT / name).exists()
        assert f"!{name}" in let_in


def test_every_figure_that_the_guide_asks_for_is_told() -> None:
    content, _ = Metrics(NoEngine(), Decoding(Settings())).exposition("")
    told = {family.name for family in families(content.decode())}
    ends = ("_total", "_bucket", "_count", "_sum", "_info")
    asked = set(re.findall(r"\b(?:candor|process)_[a-z_]+(?=[{\[\s)`])", GUIDE))
    assert len(asked) > 5
    bare = {name[: -len(end)] for name in asked for end in ends if name.endswith(end)}
    whole = {name for name in asked if not name.endswith(ends)}
    assert bare | whole <= told | {name.removesuffix("_info") for name in told}


def test_every_file_that_the_guide_links_to_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", GUIDE) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


@pytest.mark.slow
def test_what_is_installed_has_all_that_the_page_is_made_of(tmp_path: Path) -> None:
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("api", "model", "extension"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True)

    [wheel] = tmp_path.glob("*.whl")
    packed = set(ZipFile(wheel).namelist())
    for folder in ("api/web", "extension/verdict"):
        there = {f"{folder}/{path.name}" for path in (ROOT / folder).iterdir()}
        assert there <= packed
    assert not [name for name in packed if name.startswith("extension/page")]
