"""The rules that SurveyPolicy reads once, in training, so that nobody looks for them at each message."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from rasa.core.training import load_data
from rasa.shared.importers.rasa import RasaFileImporter

from bot.rasa_glue.one_step import one_step_rules, read, write
from bot.rasa_glue.training import ROOT

RULES = ROOT / "dialogues" / "rules.yml"

DOMAIN = """
version: "3.1"
intents: [greet, faq, order, yes, thanks]
entities: [size]
slots:
  open: {type: bool, mappings: [{type: custom}]}
actions: [action_a, action_b]
"""

OTHERS = """
version: "3.1"
rules:
  - rule: one step
    steps: [{intent: greet}, {action: action_a}]
  - rule: two actions
    steps: [{intent: faq}, {action: action_a}, {action: action_b}]
  - rule: under a condition
    condition: [{slot_was_set: [{open: true}]}]
    steps: [{intent: thanks}, {action: action_a}]
  - rule: of one step, but mentioned in another
    steps: [{intent: yes}, {action: action_a}]
  - rule: two turns
    steps: [{intent: order}, {action: action_a}, {intent: yes}, {action: action_b}]
"""


def learnt(folder: Path, rules: str, domain: str) -> dict[str, str]:
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    (folder / "domain.yml").write_text(domain, encoding="utf-8")
    importer = RasaFileImporter(domain_path=str(folder / "domain.yml"), training_data_paths=[str(folder)])
    return one_step_rules(load_data(importer, importer.get_domain()))


def test_a_rule_of_one_step_is_learnt_and_no_other(tmp_path: Path) -> None:
    assert learnt(tmp_path, OTHERS, DOMAIN) == {"greet": "action_a"}


def test_the_projects_own_rules_are_all_of_one_step(tmp_path: Path) -> None:
    rules = RULES.read_text(encoding="utf-8")
    steps = [rule["steps"] for rule in yaml.safe_load(rules)["rules"]]
    wanted = {first["intent"]: second["action"] for first, second in steps}
    domain = {"version": "3.1", "intents": [*wanted], "actions": sorted(set(wanted.values()))}
    assert learnt(tmp_path, rules, yaml.safe_dump(domain)) == wanted


@pytest.mark.parametrize("rules", [{}, {"faq": "utter_faq", "greet": "utter_greet"}])
def test_they_are_kept_with_the_model(tmp_path: Path, rules: dict[str, str]) -> None:
    write(tmp_path, rules)
    assert read(tmp_path) == rules


def test_a_model_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    assert read(tmp_path) == {}
