"""Positions as near as possible to the wanted ones, in order and without overlap."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Centres x that minimise Σ weight·(x − wanted)² with x[i+1] − x[i] ≥ gaps[i].

    Subtracting the gaps turns the constraint into "not decreasing", which is isotonic regression; solved exactly by
    pooling adjacent violators (Ayer et al. 1955).
    """
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for goal, offset, weight in zip(wanted, offsets, weights, strict=True):
        mean, total, members = goal - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, other_weight, other_members = pools.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total, members = total + other_weight, members + other_members
        pools.append((mean, total, members))
    flat = [mean for mean, _, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]
