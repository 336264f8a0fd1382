"""Forms, the slash command, the Home tab and mentions, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from channels.contract import Offer, Outbound, Overview
from channels.slack.local_provider import LocalSlack, Trouble
from survey_flows.prompt import Choice, Prompt
from tests.channels.slack.conftest import House
from tests.channels.slack.test_form import labels

WHY = Prompt("why", "text", "Why?", "en")
LIKED = Prompt("liked", "multi_choice", "What did you like?", "en", (Choice("s", "Speed"), Choice("p", "Price")))
OFFERS = (Offer("delivery_nps", "Your delivery"), Offer("chat_csat", "Our chat"))


async def asked(slack: LocalSlack, house: House, prompt: Prompt) -> dict[str, Any]:
    """`prompt` is open and was asked; the message."""
    house.inbox.seen = Overview("en", "survey", False, "Delivery", prompt)
    await house.client.send("slack", "U1", Outbound(prompt=prompt), "k1")
    return slack.posted[-1]


async def sent(slack: LocalSlack, house: House, payload: dict[str, Any]) -> tuple[int, str]:
    answer = await slack.deliver(house.webhook, payload, ())
    await house.connector.settled()
    return answer


async def opened(slack: LocalSlack, house: House, prompt: Prompt, button: str) -> dict[str, Any]:
    message = await asked(slack, house, prompt)
    assert await sent(slack, house, slack.press("U1", message, button)) == (200, "")
    return slack.views[-1]


def shown(message: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]


@pytest.mark.parametrize(
    ("prompt", "button", "answer", "value", "chosen"),
    [
        (WHY, "Write an answer", "It came late.", "It came late.", "It came late."),
        (LIKED, "Choose answers", ["Speed", "Price"], ["s", "p"], "Speed, Price"),
    ],
)
async def test_what_is_filled_in_is_an_answer_and_the_message_shows_it(
    slack: LocalSlack, house: House, prompt: Prompt, button: str, answer: Any, value: Any, chosen: str
) -> None:
    view = await opened(slack, house, prompt, button)

    assert await sent(slack, house, slack.submit("U1", view, answer)) == (200, "")

    (message,) = house.inbox.messages
    assert (message.address, message.picked) == ("U1", {"question": prompt.question, "value": value})
    assert shown(slack.posted[0])[-1] == f"✓ {chosen}"
    assert slack.posted[0]["text"] == f"{prompt.text}\n✓ {chosen}"  # what a screen reader says
    assert labels(slack.posted[0]) == []


async def test_a_form_says_why_an_answer_will_not_do_and_takes_the_next(slack: LocalSlack, house: House) -> None:
    view = await opened(slack, house, LIKED, "Choose answers")
    house.inbox.objects = "Please choose one at most."

    _, said = await sent(slack, house, slack.submit("U1", view, ["Speed", "Price"]))
    assert "Please choose one at most." in said
    assert (house.inbox.messages, labels(slack.posted[0])) == ([], ["Choose answers"])
    assert house.connector.seam.counters["objected"] == 1

    house.inbox.objects = ""
    assert await sent(slack, house, slack.submit("U1", view, ["Speed"])) == (200, "")
    assert [m.picked for m in house.inbox.messages] == [{"question": "liked", "value": ["s"]}]


async def test_a_form_sent_twice_is_one_answer(slack: LocalSlack, house: House) -> None:
    view = await opened(slack, house, WHY, "Write an answer")
    for _ in range(2):
        assert await sent(slack, house, slack.submit("U1", view, "Late.")) == (200, "")
    assert len(house.inbox.messages) == 1


async def test_a_form_that_could_not_be_stored_stays_open(slack: LocalSlack, house: House) -> None:
    view = await opened(slack, house, WHY, "Write an answer")
    house.inbox.broken = 1
    assert (await sent(slack, house, slack.submit("U1", view, "Late.")))[0] == 503
    assert (await sent(slack, house, slack.submit("U1", view, "Late.")))[0] == 200


async def test_the_button_of_a_question_that_is_no_longer_open_goes(slack: LocalSlack, house: House) -> None:
    message = await asked(slack, house, WHY)
    house.inbox.seen = Overview("de", "survey", False, "Delivery", LIKED)

    await sent(slack, house, slack.press("U1", message, "Write an answer"))

    assert slack.views == []
    assert shown(message) == ["Why?", "Diese Frage ist nicht mehr offen."]
    assert labels(message) == []


@pytest.mark.parametrize("again", [False, True])
async def test_a_trigger_that_is_late_or_used_opens_nothing(again: bool, slack: LocalSlack, house: House) -> None:
    message = await asked(slack, house, WHY)
    press = slack.press("U1", message, "Write an answer")
    if again:
        await sent(slack, house, press)
    else:
        now = slack.clock()
        slack.clock = lambda: now + 3.1

    assert await sent(slack, house, press) == (200, "")

    assert len(slack.views) == int(again)
    assert house.connector.seam.counters["not_shown"] == 1


async def test_the_command_alone_lists_what_there_is(slack: LocalSlack, house: House) -> None:
    house.inbox.seen = Overview("en", "survey", False, "Delivery", WHY, OFFERS)

    assert (await sent(slack, house, slack.events.command("U1")))[0] == 200

    (menu,) = slack.whispered
    assert labels(menu) == ["Go on", "Your delivery", "Our chat"]
    assert (slack.posted, house.inbox.messages) == ([], [])


async def test_a_menu_gives_way_to_what_was_chosen_from_it(slack: LocalSlack, house: House) -> None:
    house.inbox.seen = Overview("en", offers=OFFERS)
    await sent(slack, house, slack.events.command("U1"))

    assert (await sent(slack, house, slack.press("U1", slack.whispered[0], "Our chat")))[0] == 200

    assert [(survey, wish.address) for survey, wish in house.inbox.begun] == [("chat_csat", "U1")]
    assert "first question" in slack.whispered[-1]["text"]
    assert slack.whispered[-1]["replace_original"]


@pytest.mark.parametrize("words", ["chat_csat", "Our chat", "OUR CHAT "])
async def test_the_command_with_a_name_begins_it(slack: LocalSlack, house: House, words: str) -> None:
    house.inbox.seen = Overview("en", offers=OFFERS)
    slack.locales["U1"] = "de-AT"

    await sent(slack, house, slack.events.command("U1", words))

    ((survey, wish),) = house.inbox.begun
    assert (survey, wish.name, wish.language, house.inbox.languages) == ("chat_csat", "U1 Local", "de", ["de"])
    assert "first question" in slack.whispered[0]["text"]


@pytest.mark.parametrize(
    ("becomes", "said"),
    [("waits", "as soon as"), ("goes_on", "open question"), ("person", "One of our team"), ("opted_out", "no surveys")],
)
async def test_who_begins_hears_what_became_of_it(slack: LocalSlack, house: House, becomes: Any, said: str) -> None:
    house.inbox.seen = Overview("en", opted_out=becomes == "opted_out", offers=OFFERS)
    house.inbox.becomes = becomes
    await sent(slack, house, slack.events.command("U1", "chat_csat"))
    assert said in str(slack.whispered[0])


async def test_a_name_that_there_is_not_brings_the_list(slack: LocalSlack, house: House) -> None:
    house.inbox.seen = Overview("en", offers=OFFERS)
    await sent(slack, house, slack.events.command("U1", "<@U2> nonsense"))
    assert house.inbox.begun == []
    assert "no survey of that name" in slack.whispered[0]["text"]
    assert labels(slack.whispered[0]) == ["Your delivery", "Our chat"]


async def test_a_command_that_the_house_can_not_do_says_so(slack: LocalSlack, house: House) -> None:
    house.inbox.seen, house.inbox.broken = Overview("en", offers=OFFERS), 1
    assert (await sent(slack, house, slack.events.command("U1", "chat_csat")))[0] == 200
    assert "try again" in slack.whispered[0]["text"]
    assert house.connector.seam.counters["unavailable"] == 1


async def test_the_home_tab_is_shown_and_begins_a_survey(slack: LocalSlack, house: House) -> None:
    house.inbox.seen = Overview("en", "survey", False, "Delivery", WHY, OFFERS)

    await sent(slack, house, slack.events.visit("U1"))
    assert labels(slack.homes["U1"]) == ["Go on", "Your delivery", "Our chat", "No more surveys"]
    assert "Why?" in str(slack.homes["U1"])

    await sent(slack, house, slack.press("U1", slack.homes["U1"], "Go on"))
    assert [survey for survey, _ in house.inbox.begun] == [""]
    assert labels(slack.homes["U1"]) == []  # nothing to press twice
    assert house.connector.seam.counters["homes"] == 1


async def test_stop_on_the_home_tab_is_said_in_the_conversation(slack: LocalSlack, house: House) -> None:
    await sent(slack, house, slack.events.visit("U1"))
    await sent(slack, house, slack.press("U1", slack.homes["U1"], "No more surveys"))
    assert [(m.address, m.text, m.picked) for m in house.inbox.messages] == [("U1", "STOP", None)]
    assert labels(slack.homes["U1"]) == []


async def test_a_visitor_is_known_by_name_and_language_afterwards(slack: LocalSlack, house: House) -> None:
    slack.locales["U1"] = "fr-FR"
    await sent(slack, house, slack.events.visit("U1", "messages"))
    await sent(slack, house, slack.event("U1", "bonjour"))
    assert [(m.name, m.language) for m in house.inbox.messages] == [("U1 Local", "fr")]
    assert slack.homes == {}


@pytest.mark.parametrize("trouble", [Trouble("missing_scope"), Trouble("ratelimited", 429, 30), Trouble(hang=0.3)])
async def test_who_can_not_be_looked_up_is_served_all_the_same(
    slack: LocalSlack, house: House, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.slack.reception.LOOK_UP_SECONDS", 0.1)
    slack.fail("users.info", trouble)
    house.inbox.seen = Overview("en", offers=OFFERS)
    await sent(slack, house, slack.events.command("U1", "chat_csat"))
    assert [survey for survey, _ in house.inbox.begun] == ["chat_csat"]


@pytest.mark.parametrize("thread", ["", "1690000000.000001"])
async def test_a_mention_is_answered_in_a_direct_message_and_its_thread_says_only_that(
    slack: LocalSlack, house: House, thread: str
) -> None:
    slack.channels.add("C1")
    house.inbox.seen = Overview("en", "survey", False, "Delivery", WHY, OFFERS)
    event = slack.events.mention("U1", "C1", "I give you a 3", **({"thread_ts": thread} if thread else {}))

    for _ in range(2):  # Slack may send it again
        await sent(slack, house, event)

    assert [(m.address, m.text) for m in house.inbox.messages] == [("U1", "I give you a 3")]
    (note,) = slack.posted
    assert (note["channel"], note["thread_ts"]) == ("C1", thread or event["event"]["ts"])
    assert "direct message" in note["text"]
    assert not any(word in str(note) for word in ("Why?", "Delivery", "delivery"))


async def test_a_reaction_and_an_edit_are_said(slack: LocalSlack, house: House) -> None:
    await house.client.send("slack", "U1", Outbound("Was it good?"), "k1")
    first = slack.event("U1", "7")

    await sent(slack, house, slack.events.react("U1", slack.posted[0], "thumbsup"))
    await sent(slack, house, first)
    await sent(slack, house, slack.events.edit(first, "9"))

    assert [(m.text, dict(m.extra)) for m in house.inbox.messages if m.extra] == [
        ("👍", {"reaction": True, "message": slack.posted[0]["ts"]}),
        ("9", {"edited": first["event"]["ts"]}),
    ]


async def test_slack_waits_as_long_as_it_says_before_it_sends_again(slack: LocalSlack, house: House) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    slack.sleep, house.inbox.broken = sleep, 3
    assert (await slack.deliver(house.webhook, slack.event("U1", "9")))[0] == 200
    assert waited == [0.0, 0.0, 60.0, 300.0]
    assert house.connector.seam.counters["retried"] == 3
