"""The FAQ as its keepers write it: one file for each entry and language, read, checked and exchanged. Pure."""
