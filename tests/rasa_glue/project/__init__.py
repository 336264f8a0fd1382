"""A Rasa project of six intents and six actions, for the tests of what plugs into Rasa."""
