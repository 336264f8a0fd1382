"""Rasa's own commands on this project: what a Rasa user knows keeps working."""
