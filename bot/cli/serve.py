"""`conductor serve`: everything in one process, on Rasa's own server."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from bot.errors import ConductorError


@click.command()
@click.option("--host", help="Address to listen on (CONDUCTOR_HOST; loopback by default).")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port (CONDUCTOR_PORT, 5005 by default); 0 takes a free one."
)
@click.option("--database", help="Where everything is kept (DATABASE_URL), e.g. sqlite:///conductor.db.")
@click.option(
    "--lean/--no-lean", default=None, help="Leave out TensorFlow, which our pipeline does not use (on by default)."
)
def command(host: str | None, port: int | None, database: str | None, lean: bool | None) -> None:
    """Start the server: channels, survey, FAQ, recovery and the playground, in one process."""
    from dotenv import load_dotenv

    from bot.cli.one_server import only_server
    from bot.settings import load_settings
    from bot.telemetry.logs import configure

    load_dotenv(".env")  # channels read their secrets from the environment, and from nowhere else
    for name, value in (("CONDUCTOR_HOST", host), ("CONDUCTOR_PORT", port), ("DATABASE_URL", database)):
        if value is not None:
            os.environ[name] = str(value)
    if port == 0:
        os.environ["CONDUCTOR_PORT"] = str(_free_port(host or "127.0.0.1"))
    settings = load_settings()
    _must_be_free(settings.host, settings.port)
    _must_be_home()
    configure(*_log())
    _must_answer(settings.database_url)
    with only_server(settings.database_url, settings.address, f"{_shown(settings.host)}:{settings.port}"):
        if settings.local_providers_on:
            _bring_providers(settings.host, settings.port)
        serve(settings.host, settings.port, settings.lean if lean is None else lean, settings.playground_on)


def serve(host: str, port: int, lean: bool, playground: bool) -> None:
    """Train if need be, load Rasa, run until stopped."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Before numpy is imported. A text's vectors are short: threads that wait for each other cost more than they bring.
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(threads, "1")
    from bot.connected import write_credentials
    from bot.telemetry.logs import configure
    from bot.telemetry.tracing import switch_on

    model = _model()
    switch_on(os.environ, "survey-conductor")
    _quiet()
    if lean:
        from bot.rasa_glue.lean_import import install

        install()
    folder = tempfile.TemporaryDirectory(prefix="conductor-")  # of this process alone: another may have other channels
    credentials = write_credentials(os.environ, Path("credentials.yml"), Path(folder.name) / "credentials.yml")
    _announce(host, port, playground)
    from rasa.core.run import serve_application
    from rasa.core.utils import AvailableEndpoints

    from bot.rasa_glue.no_cors import no_cors

    no_cors()
    configure(*_log())  # once more: what was imported meanwhile has made itself at home
    serve_application(
        str(model),
        interface=host,
        port=port,
        credentials=str(credentials),
        enable_api=False,  # by it anybody could read conversations and replace the model
        endpoints=AvailableEndpoints.read_endpoints("endpoints.yml"),
    )


def _model() -> Path:
    """The model of the present data and code, trained if need be. One that was put aside (`conductor model rollback`,
    or refused by `conductor train`) stays aside. Nothing is compared here: after an upgrade an older one may not
    fit."""
    from bot.bootstrap import SystemClock
    from bot.cli.model_choice import choose
    from bot.rasa_glue.training import ROOT, Project, model_path, train
    from bot.running_model import CHOSEN
    from bot.settings import load_settings

    project = Project.at(ROOT, load_settings().models)
    if not model_path(project).is_file():
        click.echo("Training the Rasa model: about 20 seconds, and only when its data have changed …")
    choice = choose(project, train(project).path, None, SystemClock().now(), click.echo)
    if choice.why_not:
        click.echo(f"Using {choice.used.name}, not the one of the present data: {choice.why_not}.")
    os.environ[CHOSEN] = choice.used.name
    return choice.used


def _bring_providers(host: str, port: int) -> None:
    """Local providers for the channels that have no credentials. Their variables go into this process alone."""
    from bot.console.playground.phones import bring
    from channels.local.providers import LocalProviders

    providers = LocalProviders(f"http://{_shown(host)}:{port}")
    os.environ.update(providers.bind(os.environ))
    bring(providers)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _quiet() -> None:
    """Rasa's pinned libraries warn about each other at import, and reset the filters: nobody here can mend that. Shown
    with LOG_LEVEL=DEBUG."""
    if os.environ.get("LOG_LEVEL", "").upper() != "DEBUG":
        warnings.showwarning = lambda *_args, **_kwargs: None


def _announce(host: str, port: int, playground: bool) -> None:
    shown = _shown(host)
    click.echo("Starting Survey Conductor …")
    os.environ["CONDUCTOR_BANNER"] = (
        f"Playground: http://{shown}:{port}/" if playground else f"Listening on http://{shown}:{port}/ (no playground)"
    )
    sys.stdout.flush()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _must_be_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConductorError(
                f"Port {port} on {host} can't be used: {error.strerror}.",
                "Stop what uses it, or choose another with --port (0 takes a free one).",
            ) from error


def _must_answer(database_url: str) -> None:
    """Raises ConductorError where PostgreSQL does not let us in: inside Rasa's start it would be a traceback."""
    from bot.cli.place import database_file
    from bot.storage.migrate import status

    if database_file(database_url) is None:
        with ThreadPoolExecutor(1) as aside:  # Rasa wants this thread's event loop untouched
            aside.submit(status, database_url).result()


def _log() -> tuple[str, str]:
    return os.environ.get("LOG_LEVEL", "WARNING"), os.environ.get("LOG_FORMAT", "text")


def _must_be_home() -> None:
    missing = [name for name in ("config.yml", "endpoints.yml", "credentials.yml") if not Path(name).exists()]
    if missing:
        raise ConductorError(
            f"There is no {', '.join(missing)} in {Path.cwd()}.", "Start conductor in the project's folder."
        )
