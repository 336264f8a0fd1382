"""One Rasa model, trained and asked in a process of its own: `nlu_probe.py GIVEN.json` (nlu.py calls it).

Prints one JSON object: accuracy in %, time of `Agent.parse_message` in ms (of the clock, and of the processor), seconds
of training and of loading the model, megabytes of the process after it was loaded and asked (training runs in a process
before that).
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

EPOCHS = 100
"""DIET's, as Rasa's own default has it for the pipeline that `rasa init` writes."""
DIET = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True, "entity_recognition": False},
]
ASKED_BEFORE = 20
"""Messages before the clock runs: caches, lazy imports."""


def pipeline(given: dict) -> list[dict]:
    """What config.yml would say."""
    if given["pipeline"] == "diet":
        return DIET
    ours = "bot.rasa_glue.nlu."
    return [
        {"name": ours + "language.LanguageTagger", "languages": ["en", "de", "fr", "es"]},
        {"name": ours + "classifier.ConductorClassifier", "encoder": given["encoder"] or "none"},
    ]


def project(given: dict, folder: Path) -> None:
    """Rasa's files for these phrasings."""
    examples: dict[str, list[str]] = {}
    for text, intent in given["train"]:
        examples.setdefault(intent, []).append(" ".join(text.split()).replace("[", "(").replace("]", ")"))
    nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in examples.items()]
    config = {"recipe": "default.v1", "assistant_id": "probe", "language": "en", "pipeline": pipeline(given)}
    files = {
        "config": {**config, "policies": [{"name": "RulePolicy"}]},
        "nlu": {"version": "3.1", "nlu": nlu},
        "domain": {"version": "3.1", "intents": sorted(examples)},
    }
    for name, content in files.items():
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True, width=10_000), encoding="utf-8")


def train(folder: Path) -> None:
    """As `rasa train nlu` does."""
    from rasa.model_training import train_nlu

    train_nlu(
        str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder), "probe", domain=str(folder / "domain.yml")
    )


async def ask(model: str, asked: list) -> dict:
    """Load the model and ask it."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(40)
    started = time.perf_counter()
    agent = Agent.load(model)
    loading = time.perf_counter() - started
    times, busy, right = [], [], 0
    for number, (text, intent) in enumerate([*asked[:ASKED_BEFORE], *asked]):
        started, working = time.perf_counter(), time.process_time()
        parsed = await agent.processor.parse_message(UserMessage(text))
        taken, worked = (time.perf_counter() - started) * 1000, (time.process_time() - working) * 1000
        if number >= ASKED_BEFORE:
            ranking = parsed.get("intent_ranking") or [parsed["intent"]]
            right += ranking[0]["name"] == intent
            times.append(taken)
            busy.append(worked)
    times.sort()
    busy.sort()
    return {
        "accuracy": round(100 * right / len(asked), 2),
        "p50_ms": round(times[len(times) // 2], 2),
        "p95_ms": round(times[int(len(times) * 0.95)], 2),
        "cpu_p95_ms": round(busy[int(len(busy) * 0.95)], 2),
        "load_s": round(loading, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main(path: str, folder: str = "") -> None:
    """Without `folder`: the whole; with it: the training alone, so that its memory leaves with it."""
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    if given["pipeline"] != "diet":
        from bot.rasa_glue import lean_import

        lean_import.install()
    if folder:
        train(Path(folder))
        return
    with tempfile.TemporaryDirectory() as made:
        project(given, Path(made))
        started = time.perf_counter()
        subprocess.run([sys.executable, __file__, path, made], check=True, stdout=sys.stderr)
        training = time.perf_counter() - started
        found = asyncio.run(ask(str(next(Path(made).glob("probe*.tar.gz"))), given["ask"]))
    print(json.dumps({**found, "training_s": round(training, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
