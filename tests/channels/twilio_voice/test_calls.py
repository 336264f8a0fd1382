"""Whole calls over the strict local telephone: what a caller hears, presses and says."""

from __future__ import annotations

import io
import wave
from dataclasses import replace

import pytest

from channels.contract import HUNG_UP, Heard, Outbound, SendError
from channels.testing import gated
from channels.twilio_voice import limits
from channels.twilio_voice.client import TwilioVoiceClient
from channels.twilio_voice.parse import Event
from tests.channels.twilio_voice.conftest import (
    AGE,
    AREA,
    CUSTOMER,
    LIKED,
    SCORE,
    TEAM,
    WHY,
    Conversation,
    Line,
    asks,
    ends,
)


async def test_a_call_begins_with_the_greeting_and_the_question_and_how_to_answer(line: Line) -> None:
    call = await line.ring(asks(SCORE, "Hello!"))

    assert call.said == ["Hello!", "How likely?", "Press a key from 0 to 10, or say the number."]
    assert call.hints() == [str(n) for n in range(11)]
    begin = line.conversation.heard[0]
    assert (begin.kind, begin.address, begin.text) == ("call", CUSTOMER, "")
    assert begin.extra["call"] == call.sid


@pytest.mark.parametrize("key", ["0", "2", "9", "*"])
async def test_a_key_of_a_scale_is_an_answer_at_once(line: Line, key: str) -> None:
    call = await line.ring(asks(SCORE), ends())
    await call.press(key)
    assert line.told() == [key]


@pytest.mark.parametrize(
    ("keys", "told"),
    [(["10"], "10"), (["1", "0"], "10"), (["1", "", "1"], "1"), (["1", "", "0"], "10"), (["1", "5"], "15")],
    ids=["the second key is lost at first", "1, 0", "1, silence, 1", "1, silence, 0", "1, 5"],
)
async def test_a_ten_never_becomes_a_one(line: Line, keys: list[str], told: str) -> None:
    call = await line.ring(asks(SCORE), ends())
    for key in keys:
        await (call.press(key) if key else call.stay_silent())
    if keys == ["10"]:  # the telephone dropped the 0: the caller is asked
        assert await call.stay_silent() == ["One, or ten? For one, press 1 again. For ten, press 0."]
        await call.press("0")
    assert line.told() == [told]


async def test_silence_after_one_or_ten_is_silence(line: Line) -> None:
    call = await line.ring(asks(SCORE))
    await call.press("1")
    await call.stay_silent()
    assert (await call.stay_silent())[:2] == ["I did not hear anything.", "How likely?"]
    assert line.told() == []


async def test_a_star_after_a_one_repeats(line: Line) -> None:
    call = await line.ring(asks(SCORE), asks(SCORE))
    await call.press("1")
    await call.press("*")
    assert line.told() == ["*"]


async def test_a_ten_that_is_waited_for_is_not_asked_about(line: Line) -> None:
    call = await line.ring(asks(SCORE), Heard(complete=False), ends("Thanks!"))
    await call.press("1")
    assert (await call.press("0"))[:2] == ["One moment, please.", "Thanks!"]
    assert line.told() == ["10"]


async def test_a_scale_without_a_ten_takes_a_one_at_once(line: Line) -> None:
    call = await line.ring(asks(replace(SCORE, choices=SCORE.choices[1:6])), ends())
    await call.press("1")
    assert line.told() == ["1"]


async def test_a_key_of_a_choice_is_what_it_stands_for_and_words_are_words(line: Line) -> None:
    call = await line.ring(asks(AREA), asks(AREA), ends())
    assert call.said[1:] == ["For Price, press 1.", "For Speed, press 2."]
    await call.press("2")
    await call.say("the price")
    assert line.told() == ["speed", "the price"]


async def test_several_keys_and_the_hash_key(line: Line) -> None:
    call = await line.ring(asks(LIKED), asks(AGE), ends())
    await call.press("12#")
    await call.press("42#")
    assert line.told() == [["price", "speed"], "42"]
    assert [message.extra.get("keys") for message in line.conversation.heard[1:]] == ["12", None]  # 42 is words


async def test_a_free_answer_is_recorded_and_its_words_follow(line: Line) -> None:
    call = await line.ring(asks(WHY), ends("Thanks!"))
    assert await call.record("it was late") == ["Thanks!", "Thank you for calling. Goodbye."]

    answer = line.conversation.heard[1]
    assert answer.extra["recording"].startswith("RE")
    assert line.conversation.transcripts == [(answer.message_id, "it was late")]
    assert call.over
    assert line.conversation.ended == [(CUSTOMER, call.sid)]


@pytest.mark.parametrize(("key", "told"), [("#", ""), ("hangup", ""), ("0", "agent"), ("*", "*")])
async def test_the_key_that_ends_a_recording_is_no_answer(line: Line, key: str, told: str) -> None:
    call = await line.ring(asks(WHY), ends())
    await call.record("it was late", key=key)

    message = line.conversation.heard[1]
    assert message.text == told
    assert ("recording" in message.extra) == (told == "")  # a wish is no answer, whatever was said before it


async def test_what_was_spoken_before_hanging_up_is_kept_and_then_the_call_is_over(line: Line) -> None:
    call = await line.ring(asks(WHY))
    await call.record("it was late", key="hangup")

    message = line.conversation.heard[1]
    assert (message.extra["recording"][:2], message.extra[HUNG_UP], "call" in message.extra) == ("RE", True, False)
    assert set(line.conversation.ended) == {(CUSTOMER, call.sid)}  # its status says so once more


@pytest.mark.parametrize("prompt", [SCORE, AREA, WHY])
async def test_silence_is_met_with_more_help_twice_and_then_a_friendly_end(line: Line, prompt: object) -> None:
    call = await line.ring(asks(prompt))  # type: ignore[arg-type]
    first, second = await call.stay_silent(), await call.stay_silent()
    assert first[0] == second[0] == "I did not hear anything."
    assert await call.stay_silent() == ["I did not hear anything. We keep what you have told us, thank you. Goodbye."]
    assert call.over
    assert len(line.conversation.heard) == 1  # silence is no message


async def test_a_person_is_rung_up_in_the_teams_hours(line: Line) -> None:
    call = await line.ring(asks(SCORE), Heard((Outbound("I am passing you on."),), owner="human"))
    await call.say("agent")
    assert call.dialled == [TEAM]


async def test_when_nobody_of_the_team_answers_the_caller_is_promised_a_call(line: Line) -> None:
    line.telephone.team.append("no-answer")
    call = await line.ring(Heard(owner="human"))
    assert "A colleague will call you back" in call.said[-1]


@pytest.mark.parametrize("key", ["5", "*"])
async def test_a_key_that_is_not_there_is_met_with_those_that_are(line: Line, key: str) -> None:
    call = await line.ring(ends(case_opened=True))
    offer = "To talk to one of our team now, press 1. Otherwise just hang up, and we will get back to you."
    assert call.said[-1] == offer
    assert await call.press(key) == [offer]
    assert line.told() == []


async def test_an_unhappy_caller_is_offered_a_person_at_the_end(line: Line) -> None:
    call = await line.ring(asks(SCORE), ends(case_opened=True), Heard(owner="human"))
    assert (await call.press("2"))[-1].startswith("To talk to one of our team now, press 1.")
    await call.press("1")
    assert line.told() == ["2", "agent"]
    assert call.dialled == [TEAM]


async def test_a_slow_conversation_is_waited_for_and_the_message_is_told_once(line: Line) -> None:
    call = await line.ring(asks(SCORE), Heard(complete=False), Heard(complete=False), ends())
    heard = await call.press("9")
    assert heard[:2] == ["One moment, please."] * 2
    assert line.told() == ["9"]


async def test_what_was_not_kept_is_asked_for_again(line: Line) -> None:
    call = await line.ring(asks(SCORE), OSError("disk full"), ends())
    heard = await call.press("9")
    assert heard == [
        "I am sorry, something went wrong on our side.",
        "How likely?",
        "Press a key from 0 to 10, or say the number.",
    ]
    await call.press("9")
    assert line.told() == ["9"]


async def test_what_is_said_while_the_house_restarts_is_asked_for_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await line.ring(asks(SCORE), ends())
    answer, away = line.connector.calls.answer, [None]

    async def restarting(event: Event, receiver: Conversation) -> str:
        return await answer(event, away.pop() if away else receiver)

    monkeypatch.setattr(line.connector.calls, "answer", restarting)
    assert "How likely?" in await call.press("9")
    assert line.told() == []


async def test_a_house_that_stays_broken_ends_the_call_kindly(line: Line) -> None:
    call = await line.ring(*[OSError("disk full")] * (limits.PATIENCE + 1))
    assert call.said[-1].startswith("I am sorry, this does not work just now.")
    assert call.over


async def test_long_words_are_said_in_parts_that_twilio_takes(line: Line) -> None:
    call = await line.ring(ends("This is a sentence. " * 400))
    assert all(len(text) <= limits.SAY_LIMIT for text in call.said)
    assert " ".join(call.said).count("This is a sentence.") == 400


async def test_the_caller_is_spoken_to_in_their_language(line: Line) -> None:
    call = await line.ring(replace(asks(SCORE), language="de"))
    assert call.said[-1] == "Drücken Sie eine Taste von 0 bis 10, oder sagen Sie die Zahl."
    assert 'language="de-DE"' in call.documents[0]


# Calls that we place


async def place(line: Line) -> str:
    data = {"survey": "delivery_nps", "invitation": 7, "language": "de"}
    return await line.client.send("voice", CUSTOMER, Outbound(role="call", data=data), "out-3")


async def test_a_call_goes_through_the_gate(line: Line) -> None:
    passed = gated(line.client)
    await place(line)
    assert passed == [CUSTOMER]


async def test_who_takes_our_call_hears_the_survey_it_is_for(line: Line) -> None:
    sid = await place(line)
    line.conversation.answers = [asks(SCORE), ends()]
    call = await line.telephone.answer()
    await call.press("9")

    begin = line.conversation.heard[0]
    assert (begin.kind, begin.address, begin.language) == ("call", CUSTOMER, "de")
    assert begin.extra == {"call": sid, "survey": "delivery_nps", "invitation": 7}
    assert [(s.status, s.key) for s in line.conversation.statuses] == [("delivered", "out-3")]


async def test_who_was_called_is_not_thanked_for_calling(line: Line) -> None:
    await place(line)
    line.conversation.answers = [asks(WHY), ends("Danke!", language="de")]
    call = await line.telephone.answer()
    assert await call.record("zu spät") == ["Danke!", "Danke, dass Sie sich Zeit genommen haben. Auf Wiederhören."]


@pytest.mark.parametrize("picked", ["busy", "no-answer", "machine"])
async def test_nobody_takes_it(line: Line, picked: str) -> None:
    await place(line)
    line.telephone.picks.append(picked)  # type: ignore[arg-type]
    call = await line.telephone.answer()

    assert not call.said
    assert not line.conversation.heard
    assert {(s.status, s.error_code, s.key) for s in line.conversation.statuses} == {("unreached", picked, "out-3")}


@pytest.mark.parametrize(("message", "detection"), [(False, "Enable"), (True, "DetectMessageEnd")])
async def test_a_mailbox_that_is_left_a_message_is_heard_out_first(line: Line, message: bool, detection: str) -> None:
    settings = replace(line.settings, message_on_machine=message)
    client = TwilioVoiceClient(settings)
    await client.send("voice", CUSTOMER, Outbound(role="call"), "out-3")
    await client.close_connections()
    assert line.telephone.placed[0].text("MachineDetection") == detection


@pytest.mark.parametrize(
    ("status", "code", "retry"),
    [
        (429, 20429, "later"),
        (503, 0, "later"),
        (400, 21211, "never"),
        (400, 21215, "never"),  # the customer's country
        (400, 21217, "never"),
        (400, 21210, "channel_dead"),  # our own number
    ],
)
async def test_a_refused_call_says_whether_to_try_again(line: Line, status: int, code: int, retry: str) -> None:
    line.telephone.twilio.fail_next(status, code)
    with pytest.raises(SendError) as refused:
        await place(line)
    assert refused.value.retry == retry


async def test_nothing_but_calls_is_sent(line: Line) -> None:
    with pytest.raises(SendError, match="said in a call"):
        await line.client.send("voice", CUSTOMER, Outbound("hello"), "out-4")


async def test_a_recorded_answer_can_be_listened_to(line: Line) -> None:
    call = await line.ring(asks(WHY), ends("Thanks!"))
    await call.record("it came late")
    [sid] = line.telephone.recorded

    sound, kind = await line.client.recording(sid)

    assert kind == "audio/wav"
    with wave.open(io.BytesIO(sound)) as opened:
        assert (opened.getnchannels(), opened.getframerate()) == (1, 8000)
        assert opened.getnframes() > 0


@pytest.mark.parametrize("sid", ["RE" + "0" * 32, "RE1", "../Messages"])
async def test_a_recording_that_is_not_there_is_said_to_be_so(line: Line, sid: str) -> None:
    with pytest.raises(SendError):
        await line.client.recording(sid)


@pytest.mark.parametrize(("status", "retry"), [(404, "channel_dead"), (429, "later"), (503, "later")])
async def test_why_a_recording_is_not_given_out(line: Line, status: int, retry: str) -> None:
    line.telephone.twilio.fail_next(status)
    with pytest.raises(SendError) as why:
        await line.client.recording("RE" + "0" * 32)
    assert why.value.retry == retry
