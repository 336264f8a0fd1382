"""A server that is told to stop before it is ready."""

from __future__ import annotations

from tests.operations.ending import SECONDS, process

# The second signal comes when the first was dealt with: Python tells them in order.
TOLD_WHILE_ATTACHING = """
async def while_attaching():
    dealt_with = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, dealt_with.set)
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGUSR1)
    await dealt_with.wait()
    for _ in range(3):
        await asyncio.to_thread(int)  # what stops the loop has stopped it by then
    say("attached")

os.environ["CONDUCTOR_BANNER"] = "Playground"
"""


def test_it_ends_quietly_and_in_order() -> None:
    running = process(TOLD_WHILE_ATTACHING)
    said, wrong = running.communicate(timeout=SECONDS)
    assert said.splitlines()[1:] == ["attached", "detached", "left"], wrong[-2000:]
    assert (running.returncode, "Traceback" in wrong) == (0, False), wrong[-2000:]
