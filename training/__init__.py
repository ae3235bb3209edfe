"""From labels to models: data, networks, fitting, evaluation and runs."""
