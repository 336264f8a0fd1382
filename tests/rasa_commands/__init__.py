"""Rasa's own commands on this project: what a Rasa user knows keeps working. docs/how-to/use-with-rasa.md promises it."""
