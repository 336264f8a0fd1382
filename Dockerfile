# One image for servers, workers and commands: docker build -t survey-conductor .
# The Rasa model is trained while the image is built, so every server runs the same one, and starts at once.

FROM python:3.10-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends build-essential && rm -rf /var/lib/apt/lists/*
ARG UV_VERSION=0.13.9
RUN pip install --no-cache-dir uv==${UV_VERSION}
WORKDIR /app
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 RASA_TELEMETRY_ENABLED=false
COPY deploy/requirements.lock deploy/requirements.lock
RUN uv venv --python /usr/local/bin/python3.10 .venv \
    && uv pip sync --python .venv/bin/python --require-hashes deploy/requirements.lock \
    && uv pip install --python .venv/bin/python "setuptools>=68,<81"
COPY . .
RUN uv pip install --python .venv/bin/python --no-deps --no-build-isolation -e . \
    && .venv/bin/conductor train --accept 100

FROM python:3.10-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app conductor
WORKDIR /app
COPY --from=build --chown=10001:10001 /app /app
# Messages wait there while the database is gone. A new volume takes its owner from the image: without it, root's.
RUN install -d -o 10001 -g 10001 /app/.conductor /app/.conductor/spool
USER 10001
ENV PATH=/app/.venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 RASA_TELEMETRY_ENABLED=false \
    CONDUCTOR_HOST=0.0.0.0 CONDUCTOR_PORT=5005 LOG_FORMAT=json LOG_LEVEL=INFO
EXPOSE 5005
# Of a server; who runs a worker asks its METRICS_PORT instead.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5005/health/live', timeout=2)"]
STOPSIGNAL SIGTERM
CMD ["conductor", "serve"]
