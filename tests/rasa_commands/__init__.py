"""Rasa's own commands on this project. docs/how-to/use-with-rasa.md promises what is tested here."""
