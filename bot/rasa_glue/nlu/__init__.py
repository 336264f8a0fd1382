"""NLU components for Rasa's pipeline: the language of a message, and its intent."""
