"""One training of the Rasa model, as a process: `python -m bot.rasa_glue.training_run CONFIG DOMAIN MODELS NAME DATA…`.

Ends with Rasa's own exit code. Called by `training.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.rasa_glue import lean_import


def main(config: str, domain: str, models: str, name: str, *data: str) -> int:
    """Train and store the model as MODELS/NAME.tar.gz; 0 when that went well."""
    if lean_import.is_lean():
        lean_import.install()
    from rasa.model_training import train

    from bot.rasa_glue.nlu import kept

    kept.use(Path(models) / kept.FOLDER)
    result = train(domain, config, list(data), output=models, fixed_model_name=name, force_training=True)
    return int(result.code)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
