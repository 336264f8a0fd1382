"""Actions called directly answer as an action server would."""

from __future__ import annotations

import json

import jsonschema
import pytest
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.errors import ConductorError
from bot.rasa_glue.in_process_actions import executor_for, install

ACTIONS = "tests.rasa_glue.project.tiny_actions"


def call(action: str, said: str = "7") -> dict:
    message = {"text": said, "metadata": {"turn": {"said": said}}}
    tracker = {"sender_id": "1", "slots": {}, "latest_message": message, "events": [], "paused": False}
    return {"next_action": action, "sender_id": "1", "tracker": {**tracker, "latest_action_name": "action_listen"}}


async def request(action: str, said: str = "7"):
    return await EndpointConfig(f"inprocess://{ACTIONS}").request(json=call(action, said), method="post", timeout=1)


async def test_an_action_answers_with_events_and_responses():
    answer = await request("action_survey_step", "plan action_note")
    assert answer["events"][0]["name"] == "agenda"
    assert answer["responses"][0]["custom"]["conductor"]["operations"] == [{"op": "ask", "again": False}]


REFUSALS = [("action_survey_step", "reject", 400), ("action_unheard_of", "7", 404)]


@pytest.mark.parametrize(("action", "said", "status"), REFUSALS)
async def test_refusals_are_http_errors(action, said, status):
    with pytest.raises(ClientResponseError) as refused:
        await request(action, said)
    assert refused.value.status == status
    assert json.loads(refused.value.text)["action_name"] == action


async def test_an_exception_passes_through():
    with pytest.raises(RuntimeError, match="the step failed"):
        await request("action_survey_step", "explode")


def test_only_the_packages_own_actions_are_registered():
    from rasa_sdk import Action

    class Stranger(Action):
        def name(self) -> str:
            return "action_stranger"

        def run(self, dispatcher, tracker, domain):
            return []

    executor_for.cache_clear()
    assert "action_stranger" not in executor_for(ACTIONS).actions
    assert "action_help" in executor_for(ACTIONS).actions


def test_a_wrong_package_is_named():
    with pytest.raises(ConductorError, match=r"no_such_package.*endpoints.yml|endpoints.yml.*no_such_package"):
        executor_for("no_such_package.actions")


async def test_an_ordinary_address_goes_over_http(unused_tcp_port):
    """Nobody listens there: that the connection is refused shows that it was tried."""
    import aiohttp

    with pytest.raises(aiohttp.ClientConnectionError):
        await EndpointConfig(f"http://127.0.0.1:{unused_tcp_port}/webhook").request(json={}, method="post")


def test_installing_twice_changes_nothing():
    before = EndpointConfig.request
    install()
    assert EndpointConfig.request is before


WRONG = [{"events": "none"}, {"events": [{"name": "agenda"}]}, {"events": [], "responses": ["text"]}]


@pytest.mark.parametrize("answer", WRONG)
def test_a_wrong_answer_is_refused_and_named(answer):
    with pytest.raises(jsonschema.ValidationError, match="action_note"):
        RemoteAction("action_note", None)._validate_action_result(answer)


def test_a_right_answer_is_accepted():
    answer = {"events": [{"event": "slot", "timestamp": None, "name": "agenda", "value": []}], "responses": [{}]}
    assert RemoteAction("action_note", None)._validate_action_result(answer)
