"""The project's model, loaded once in the parent; each life of the server is a fork of it, so a life costs
milliseconds."""

from tests.journeys.conftest import rasa_agent  # noqa: F401
