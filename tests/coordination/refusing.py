"""A real Redis that answers and takes no writes: full, or a replica after a failover; and how it takes them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Change = Callable[[Any], None]


def full(redis: Any) -> None:
    redis.config_set("maxmemory-policy", "noeviction")
    redis.config_set("maxmemory", 1)


def emptied(redis: Any) -> None:
    redis.config_set("maxmemory", 0)


def replica(redis: Any) -> None:
    redis.replicaof("127.0.0.1", "1")


def primary(redis: Any) -> None:
    redis.replicaof("NO", "ONE")
