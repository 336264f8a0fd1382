"""A sentence encoder: built from MiniLM's weights, checked against the formula, installed from a folder and over HTTP,
refused where it is not what was pinned, and used by training."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import minilm
from bot.cli import nlu as cli
from bot.errors import ConductorError
from bot.rasa_glue import training
from bot.rasa_glue.nlu import encoders
from bot.rasa_glue.nlu.encoder import EncoderFacts, SentenceEncoder
from bot.rasa_glue.nlu.encoders import File, Offer
from bot.rasa_glue.nlu.intent_model import IntentModel
from bot.rasa_glue.nlu.teaching import Lesson, train

pytestmark = pytest.mark.xdist_group("encoder")

TEXTS = ["where is my refund", "when do I get my money back", "track my parcel", "has the package been sent"]
INTENTS = ["faq/refund", "faq/refund", "faq/parcel", "faq/parcel"]


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> Path:
    """MiniLM as an encoder's folder, int8."""
    return minilm.build(tmp_path_factory.mktemp("encoder") / "minilm")


@pytest.fixture(scope="session")
def encoder(built) -> SentenceEncoder:
    return SentenceEncoder(built)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """Where encoders are kept in this test."""
    monkeypatch.setenv(encoders.VARIABLE, str(tmp_path / "encoders"))
    return tmp_path / "encoders"


def normed(x: np.ndarray, weights: minilm.Weights, name: str) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def by_the_formula(text: str) -> np.ndarray:
    """BERT in NumPy, from the same weights: nothing of the graph, and no 8 bits."""
    from scipy.special import erf, softmax
    from tokenizers import Tokenizer

    source = minilm.wheel_folder()
    w = minilm.read_safetensors(source / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_padding()
    ids = tokenizer.encode(text).ids
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = normed(x + w["embeddings.token_type_embeddings.weight"][0], w, "embeddings.LayerNorm")

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    for number in range(6):
        layer = f"encoder.layer.{number}"
        parts = [linear(x, f"{layer}.attention.self.{part}").reshape(-1, 12, 32) for part in ("query", "key", "value")]
        query, key, value = (part.transpose(1, 0, 2) for part in parts)
        seen = softmax(query @ key.transpose(0, 2, 1) / np.sqrt(32), axis=-1) @ value
        joined = linear(seen.transpose(1, 0, 2).reshape(-1, 384), f"{layer}.attention.output.dense")
        x = normed(joined + x, w, f"{layer}.attention.output.LayerNorm")
        wide = linear(x, f"{layer}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
        x = normed(linear(wide, f"{layer}.output.dense") + x, w, f"{layer}.output.LayerNorm")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


@pytest.mark.parametrize("text", ["Where is my refund?", "The parcel that I ordered three weeks ago has not arrived."])
def test_eight_bits_say_what_the_formula_says(encoder, text):
    assert float(encoder.vector(text) @ by_the_formula(text)) > 0.98


def test_vectors_have_length_1_and_meaning_is_near(encoder):
    money, refund, weather = encoder.vectors(["where is my money", "I want a refund", "will it rain tomorrow"])
    assert np.linalg.norm(money) == pytest.approx(1, abs=1e-5)
    assert money @ refund > money @ weather


@pytest.mark.parametrize("text", ["", "🦄", "word " * 5000, "\x00\ud7ff"])
def test_odd_texts_have_vectors_too(encoder, text):
    assert np.isfinite(encoder.vector(text)).all()


def test_a_model_with_an_encoder_understands_other_words(encoder, tmp_path):
    """None of these words was taught."""
    model = train(Lesson(TEXTS, INTENTS, encoder))
    assert model.rank("reimburse us")[0][0] == "faq/refund"
    assert model.rank("shipment delivery status?")[0][0] == "faq/parcel"
    model.save(tmp_path)
    again = IntentModel.load(tmp_path, encoder)
    assert again.rank("reimburse us") == model.rank("reimburse us")
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".npz"}


def test_a_model_meets_no_other_encoder_than_the_one_it_was_trained_with(encoder, tmp_path):
    train(Lesson(TEXTS, INTENTS, encoder)).save(tmp_path)
    with pytest.raises(ConductorError, match=r"trained with the encoder all-minilm-l6-v2, but none is in use"):
        IntentModel.load(tmp_path)


def test_a_model_without_an_encoder_meets_none(encoder, tmp_path):
    train(Lesson(TEXTS, INTENTS)).save(tmp_path)
    with pytest.raises(ConductorError, match="trained with no encoder, but all-minilm-l6-v2 is in use"):
        IntentModel.load(tmp_path, encoder)


def test_a_folder_is_installed_used_listed_and_removed(built, home):
    run = CliRunner().invoke
    added = run(cli.command, ["encoder", "add", str(built), "--no-eval"], catch_exceptions=False)
    assert "all-minilm-l6-v2 is in use" in added.output
    assert "in use" in run(cli.command, ["encoder", "list"]).output.splitlines()[0]
    assert encoders.chosen("installed", training.ROOT).facts.name == "all-minilm-l6-v2"
    run(cli.command, ["encoder", "remove", "all-minilm-l6-v2"], catch_exceptions=False)
    assert encoders.chosen("installed", training.ROOT) is None
    assert list(home.iterdir()) == []


def test_an_encoder_in_use_is_part_of_the_models_fingerprint(built, home):
    project = training.Project.at(training.ROOT)
    before = training.fingerprint(project)
    encoders.add_folder(built, home)
    assert training.fingerprint(project) != before


@pytest.fixture
def publisher(built):
    """The encoder's files on a server of this machine, and an offer of them."""

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *given) -> None:
            super().__init__(*given, directory=str(built.parent))

        def log_message(self, *_) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files = tuple(
        File(name, name, (built / name).stat().st_size, hashlib.sha256((built / name).read_bytes()).hexdigest())
        for name in ("model.onnx", "tokenizer.json")
    )
    address = f"http://127.0.0.1:{server.server_address[1]}"
    yield Offer("small", address, "minilm", "Apache-2.0", "", files, {"name": "small", "languages": ["en"]})
    server.shutdown()
    server.server_close()


def test_an_encoder_is_downloaded_checked_and_used(publisher, home):
    told: list[str] = []
    facts = encoders.add_offer(publisher, home, told.append)
    assert (facts.name, facts.languages) == ("small", ("en",))
    assert encoders.in_use(home) == "small"
    assert len(told) == 2


REFUSED = [
    ({"sha256": "0" * 64}, "not the file that was pinned"),
    ({"bytes": 100}, "not the file that was pinned"),
    ({"path": "gone.onnx"}, "can't be fetched"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_a_file_that_is_not_the_pinned_one_leaves_nothing_behind(publisher, home, change, words):
    offer = replace(publisher, files=(replace(publisher.files[0], **change), publisher.files[1]))
    with pytest.raises(ConductorError, match=words):
        encoders.add_offer(offer, home, lambda _: None)
    assert list(home.iterdir()) == []


def test_a_failed_download_leaves_the_encoder_in_use_as_it_was(publisher, home):
    encoders.add_offer(publisher, home, lambda _: None)
    broken = replace(publisher, files=(replace(publisher.files[0], sha256="0" * 64),))
    with pytest.raises(ConductorError):
        encoders.add_offer(broken, home, lambda _: None)
    assert encoders.chosen("installed", training.ROOT).facts.name == "small"


BROKEN = [
    ("model.onnx", None, r"no model\.onnx"),
    ("tokenizer.json", None, r"no tokenizer\.json"),
    ("model.onnx", "no graph", "can't be loaded"),
    ("encoder.json", "{", "no JSON object"),
    ("encoder.json", '{"pooling": "max"}', "mean or cls"),
    ("encoder.json", '{"name": "../../etc"}', "no name for an encoder"),
]


@pytest.mark.parametrize(("file", "content", "words"), BROKEN)
def test_what_is_no_encoder_is_refused_with_a_reason(built, home, tmp_path, file, content, words):
    folder = Path(shutil.copytree(built, tmp_path / "broken"))
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    with pytest.raises(ConductorError, match=words):
        encoders.add_folder(folder, home)
    assert not home.exists() or list(home.iterdir()) == []


def test_an_unknown_name_is_answered_with_those_there_are(home):
    result = CliRunner().invoke(cli.command, ["encoder", "add", "gpt-9"])
    assert isinstance(result.exception, ConductorError)
    assert "multilingual-e5-small" in str(result.exception.mend)


def test_the_catalogue_pins_every_file():
    for offer in encoders.catalogue().values():
        assert len(offer.revision) == 40
        assert offer.url.startswith("https://")
        assert {file.name for file in offer.files} == {"model.onnx", "tokenizer.json"}
        assert all(len(file.sha256) == 64 and file.bytes > 0 for file in offer.files)


def test_an_encoder_in_use_that_is_gone_is_named(built, home):
    encoders.add_folder(built, home)
    shutil.rmtree(home / "all-minilm-l6-v2")
    with pytest.raises(ConductorError, match="which is not there"):
        encoders.chosen("installed", training.ROOT)
    encoders.remove("all-minilm-l6-v2", home)
    assert encoders.chosen("installed", training.ROOT) is None


def test_facts_have_defaults(built, tmp_path):
    folder = Path(shutil.copytree(built, tmp_path / "mine"))
    (folder / "encoder.json").write_text(json.dumps({}))
    assert EncoderFacts.read(folder) == EncoderFacts("mine")
