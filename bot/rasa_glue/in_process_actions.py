"""Custom actions in the bot's own process: `action_endpoint: {url: "inprocess://actions"}` in endpoints.yml.

An HTTP call to an action server on the same machine costs 3–6 ms a message, the same action called directly 1–2 ms
(docs/adr/0004). Rasa builds its `EndpointConfig` from endpoints.yml by itself and offers no way to name another
class, so importing this module replaces `EndpointConfig.request`, once; an ordinary http address takes the ordinary
way. The schema of an action's answer is compiled once too: stock Rasa re-checks the schema of the schema at every
call (16 ms).

With CONDUCTOR_ACTIONS_URL the same actions are called in a server of their own (`rasa run actions`), whoever asks:
`conductor serve`, `rasa run` or `rasa shell`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import pkgutil
from collections.abc import Awaitable, Callable
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

import jsonschema
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException
from rasa_sdk.utils import all_subclasses

from bot.errors import ConductorError

SCHEME = "inprocess://"
SWITCH = "CONDUCTOR_ACTIONS_URL"
REJECTED = 400
"""The status with which an action server says "this action does not apply now"."""
NOT_FOUND = 404
ANSWER_SECONDS = 10.0
"""Longest an action server may take. Then the customer is handed to a person; Rasa's own limit is five minutes."""

Request = Callable[..., Awaitable[Any]]


@cache
def executor_for(package: str) -> ActionExecutor:
    """The actions of `package` (dotted name), submodules included, ready to run.

    Raises ConductorError when there is no such package; an error inside one of its modules passes through.
    `rasa_sdk`'s own `register_package` ends the whole process on an ImportError, and registers every action class
    there is in the process.
    """
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name and not package.startswith(error.name):
            raise
        raise ConductorError(
            f"endpoints.yml names the action package '{package}', which can't be imported.",
            mend=f"Start from the folder that holds '{package}/', or correct action_endpoint.url ({SCHEME}PACKAGE).",
        ) from error
    import_submodules(root)
    logging.getLogger("rasa_sdk.executor").setLevel(logging.WARNING)  # a line for each action it registers
    executor = ActionExecutor()
    for action in all_subclasses(Action):
        if action.__module__ == package or action.__module__.startswith(f"{package}."):
            executor.register_action(action)
    return executor


def import_submodules(root: ModuleType) -> None:
    """Import every module below `root`, so that the action classes in them exist."""
    for module in pkgutil.walk_packages(getattr(root, "__path__", ()), prefix=f"{root.__name__}."):
        importlib.import_module(module.name)


async def run_in_process(package: str, call: dict[str, Any]) -> Any:
    """Run one action call, and answer as an action server would.

    Raises ClientResponseError with status 400 when the action rejects, 404 when there is none of that name, as over
    HTTP. Whatever else the action raises passes through: `agent.py` turns it into ConversationFailed.
    """
    try:
        return await executor_for(package).run(call)
    except ActionExecutionRejection as error:
        raise ClientResponseError(REJECTED, "rejected", reason(error.action_name, error.message)) from error
    except ActionNotFoundException as error:
        raise ClientResponseError(NOT_FOUND, "not found", reason(error.action_name, error.message)) from error


def reason(action: str, message: str) -> str:
    """The body of an action server's refusal."""
    return json.dumps({"action_name": action, "error": message})


@lru_cache(maxsize=1)
def action_server() -> EndpointConfig | None:
    """The server that CONDUCTOR_ACTIONS_URL names; None when actions run in this process. Read once."""
    url = os.environ.get(SWITCH, "").strip()
    return EndpointConfig(url) if url else None


def routed(ordinary: Request) -> Request:
    """`EndpointConfig.request` that knows `inprocess://` addresses beside the ordinary ones."""

    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Any:
        if not (self.url and self.url.startswith(SCHEME)):
            return await ordinary(self, *args, **kwargs)
        server = action_server()
        if server is not None:
            return await asyncio.wait_for(ordinary(server, *args, **kwargs), ANSWER_SECONDS)
        return await run_in_process(self.url[len(SCHEME) :].strip("/"), kwargs["json"])

    request.__dict__["knows_in_process"] = True
    return request


@lru_cache(maxsize=1)
def response_validator() -> Any:
    """The compiled validator of an action's answer."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


def plainly_right(result: Any) -> bool:
    """Whether an answer has the form that nearly all of ours have: slots, and whatever responses. The schema costs a
    message more than its turn's commit. False says nothing: then the schema decides."""
    return (
        type(result) is dict
        and result.keys() == {"events", "responses"}
        and type(result["events"]) is list
        and type(result["responses"]) is list
        and all(_is_slot(event) for event in result["events"])
        and all(type(response) is dict for response in result["responses"])
    )


def _is_slot(event: Any) -> bool:
    return (
        type(event) is dict
        and event.keys() == {"event", "timestamp", "name", "value"}
        and event["event"] == "slot"
        and event["timestamp"] is None
        and type(event["name"]) is str
    )


def validate_action_result(self: RemoteAction, result: Any) -> bool:
    """Check an action's answer. Raises jsonschema.ValidationError with the worst mistake and the action's name."""
    if plainly_right(result):
        return True
    error = jsonschema.exceptions.best_match(response_validator().iter_errors(result))
    if error is not None:
        error.message = f"The action '{self.name()}' answered in a wrong form: {error.message}."
        raise error
    return True


def install() -> None:
    """Teach Rasa's endpoint client the `inprocess://` addresses. A second call changes nothing."""
    if getattr(EndpointConfig.request, "knows_in_process", False):
        return
    EndpointConfig.request = routed(EndpointConfig.request)
    RemoteAction._validate_action_result = validate_action_result


install()
