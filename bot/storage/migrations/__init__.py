"""Alembic's side of the database: `env.py`, and one file per change of the schema in `versions/`."""
