"""How long sending a letter may take, and how long it waits."""

from __future__ import annotations

SEND_SECONDS = 30.0
"""After so long without an answer it is unknown whether the provider has the letter; the others go on."""

SETTLE_SECONDS = 120.0
"""So long a provider's report may take to settle an *unknown* letter. Twilio's come within seconds."""

BATCH = 50
"""Letters that are looked for at once."""

RELAY_SECONDS = 5.0
"""So long a worker's hand goes on with conversations that waited for the same provider, before it takes up another job,
perhaps of another provider. With the last of them (`PATIENCE_SECONDS`, `SEND_SECONDS`) it stays below what a job may
take."""

LAST_SECONDS = 5.0
"""So long a process that is told to stop still begins to send what is due: replies of its last turns. A campaign goes
on with the next process."""

LOOK_SECONDS = 1.0
"""How often it is looked for letters that another process wrote."""

HURRY_SECONDS, PATIENCE_SECONDS = 0.25, 5.0
"""So long a letter waits for its provider's next free moment: among the letters of all channels, and by itself."""
