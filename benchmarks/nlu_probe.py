"""One Rasa model, trained and asked in a process of its own: `nlu_probe.py GIVEN.json` (nlu.py calls it).

Prints one JSON object: accuracy in %, time of `Agent.parse_message` in ms (of the clock, and of the processor) on one
core, seconds of training (of the clock, and of the processor) and of loading the model, megabytes of the process at its
highest while it loaded the model and was asked (training runs in a process before that). Where `strange` questions are
given: the share of them that is refused where 5 % of those in scope are, in %.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
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
"""DIET's, as in the pipeline that `rasa init` writes."""
FEATURES = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
DIET = {"name": "DIETClassifier", "constrain_similarities": True, "entity_recognition": False, "random_seed": 0}
ASKED_BEFORE = 20
"""Messages before the clock runs: caches, lazy imports."""
REFUSED = 0.05


def pipeline(given: dict) -> list[dict]:
    """What config.yml would say."""
    if given["pipeline"] == "diet":
        return [*FEATURES, {**DIET, "epochs": given.get("epochs") or EPOCHS}]
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


async def ask(model: str, asked: list, strange: list) -> dict:
    """Load the model and ask it, on one core."""
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(40)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    started = time.perf_counter()
    agent = Agent.load(model)
    loading = time.perf_counter() - started
    gc.collect()
    gc.freeze()  # as `conductor serve` does
    times, busy, right, sure = [], [], 0, []
    for number, (text, intent) in enumerate([*asked[:ASKED_BEFORE], *asked]):
        started, working = time.perf_counter(), time.process_time()
        parsed = await agent.parse_message(text)
        taken, worked = (time.perf_counter() - started) * 1000, (time.process_time() - working) * 1000
        if number >= ASKED_BEFORE:
            best = first(parsed)
            right += best["name"] == intent
            sure.append(best["confidence"])
            times.append(taken)
            busy.append(worked)
    found = {"accuracy": round(100 * right / len(asked), 2)}
    if strange:
        least = sorted(sure)[int(len(sure) * REFUSED)]
        refused = [first(await agent.parse_message(text))["confidence"] < least for text in strange]
        found["oos_recall"] = round(100 * sum(refused) / len(refused), 2)
    return {
        **found,
        "p50_ms": quantile(times, 0.5),
        "p95_ms": quantile(times, 0.95),
        "cpu_p50_ms": quantile(busy, 0.5),
        "cpu_p95_ms": quantile(busy, 0.95),
        "load_s": round(loading, 2),
        "rss_mb": highest_memory(),
    }


def first(parsed: dict) -> dict:
    """The best guess: `intent` may be Rasa's fallback."""
    return (parsed.get("intent_ranking") or [parsed["intent"]])[0]


def quantile(values: list, share: float) -> float:
    return round(sorted(values)[int(len(values) * share)], 2)


def highest_memory() -> int:
    """Of this program, in MB. `getrusage` would count what the process was before it became this program."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


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
        training, spent = time.perf_counter() - started, os.times()
        found = asyncio.run(ask(str(next(Path(made).glob("probe*.tar.gz"))), given["ask"], given.get("strange", [])))
    worked = spent.children_user + spent.children_system
    print(json.dumps({**found, "training_s": round(training, 1), "training_cpu_s": round(worked, 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
