"""Learning from few texts: n-gram features and linear classifiers. Pure numbers: knows no Rasa, no database."""
