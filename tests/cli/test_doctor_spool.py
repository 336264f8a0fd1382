"""Whether messages on disk outlive their container, as far as the kernel says what the folder lies in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.doctor_spool import lasting, passing

ROOT = "22 1 0:21 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib\n"
DISK = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
VOLUME = "30 22 8:1 /var/lib/docker/volumes/spool/_data /app/.conductor rw - ext4 /dev/sda1 rw\n"
EMPTY = "30 22 8:1 /var/lib/kubelet/pods/7/volumes/kubernetes.io~empty-dir/spool /app/.conductor rw - ext4 /dev/x rw\n"
CLAIM = "30 22 0:52 /spool /app/.conductor rw - nfs4 files:/ rw\n"
MEMORY = "31 22 0:40 / /app/.conductor rw - tmpfs tmpfs rw\n"

FOLDER = Path("/app/.conductor/spool")
TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "a" * 32,
    "TWILIO_SMS_FROM": "+15005550006",
    "CONDUCTOR_PUBLIC_URL": "https://surveys.example",
}


@pytest.mark.parametrize(("mounts", "where"), [
    (ROOT, "the container's own layer"),
    (ROOT + VOLUME, ""),
    (ROOT + CLAIM, ""),
    (ROOT + EMPTY, "an emptyDir of its pod"),
    (DISK, ""),
    (DISK + MEMORY, "memory"),
    (MEMORY + DISK, "memory"),
    (ROOT + "33 22 8:1 / /app/.conductor-old rw - ext4 /dev/sda1 rw\n", "the container's own layer"),
    ("", ""),
    ("nonsense\n - \n", ""),
])  # fmt: skip
def test_what_the_folder_lies_in(mounts: str, where: str) -> None:
    assert passing(FOLDER, mounts) == where


def test_it_matters_where_a_provider_sends_only_once() -> None:
    [finding] = lasting(FOLDER, TWILIO, ROOT + EMPTY)
    assert finding.level == "warn"
    assert "does not outlive it" in finding.words
    assert list(lasting(FOLDER, TWILIO, ROOT + VOLUME)) == []
    telegram = {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_WEBHOOK_SECRET": "secret"}
    assert list(lasting(FOLDER, telegram, ROOT + EMPTY)) == [], "it sends again"
    assert list(lasting(FOLDER, {"TWILIO_SMS_FROM": "+15005550006"}, ROOT + EMPTY)) == [], "set up by half"


def test_the_kernels_own_words_are_read(tmp_path: Path) -> None:
    """Whatever this machine's temporary folder lies in."""
    assert len(list(lasting(tmp_path, TWILIO))) <= 1
