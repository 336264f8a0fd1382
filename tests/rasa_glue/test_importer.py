"""Rasa finds the dialogues by itself, and other folders when it is told."""

from __future__ import annotations

from bot.rasa_glue.importer import DialoguesImporter
from bot.rasa_glue.training import ROOT
from tests.rasa_glue.conftest import TINY

CONFIG = str(ROOT / "config.yml")


def test_without_arguments_it_reads_the_houses_dialogues():
    importer = DialoguesImporter(CONFIG, None, [None])
    assert "action_survey_step" in importer.get_domain().action_names_or_texts
    assert "faq" in importer.get_nlu_data().intents


def test_rasas_own_defaults_that_do_not_exist_count_as_none():
    importer = DialoguesImporter(CONFIG, "no-such-domain.yml", ["no-such-data"])
    assert "action_survey_step" in importer.get_domain().action_names_or_texts


def test_what_is_given_is_read():
    tiny = str(TINY / "dialogues.yml")
    importer = DialoguesImporter(CONFIG, tiny, [tiny])
    assert "action_note" in importer.get_domain().action_names_or_texts
    assert "complaint" not in importer.get_nlu_data().intents


def test_the_domain_is_not_read_twice():
    importer = DialoguesImporter(CONFIG)
    assert not [path for path in importer._nlu_files if "/domain/" in path]
