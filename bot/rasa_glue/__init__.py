"""What plugs into Rasa 3.6: the survey policy, NLU components, tracker store, lock store, actions in the same process.

This file imports nothing, so that `training.py` (fingerprints) and `lean_import.py` (which must come before Rasa) cost
nothing. Every module that Rasa loads by name from config.yml or endpoints.yml imports `in_process_actions`, which
teaches Rasa's HTTP client the `inprocess://` addresses: so `rasa shell`, `rasa run` and `rasa test` know them too.
"""
