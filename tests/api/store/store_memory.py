"""The one shape in which the contract sees every kind of store."""

from __future__ import annotations

from dataclasses import dataclass

from api.settings import Settings
from api.store import Store, store_for


@dataclass(frozen=True)
class Memory:
    """Settings of one empty memory; every `handle` stands for one process of the service."""

    settings: Settings

    def handle(self) -> Store:
        return store_for(self.settings)
