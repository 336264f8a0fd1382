"""`rasa shell` itself, in a terminal. What it says is tested in test_direct.py."""

from __future__ import annotations

import pytest

from actions.survey_start import survey_start
from bot import bootstrap
from bot.conversation.direct import Said
from bot.conversation.use_cases import Facts
from tests.rasa_commands.processes import shell

pytestmark = pytest.mark.slow


def test_from_an_empty_database_to_the_second_question(model, bare_backend):
    with shell(bare_backend, "anna", model) as anna:
        assert "how likely are you to recommend" in anna.say("give feedback")
        assert "mattered most" in anna.say("9")
        assert anna.stop() == 0


async def test_it_takes_up_what_another_process_began_and_is_silent_after_the_handover(model, here):
    await (await bootstrap.direct()).run(survey_start, Said("anna", "1", "give feedback"), Facts())
    with shell(here, "anna", model) as anna:
        answered = anna.say("how can I track my parcel?")
        assert "tracking link" in answered
        assert "likely" in answered.partition("search for it")[2]
        assert "a person" in anna.say("agent")
        assert anna.say("hello?") == ""
