"""``python -m benchmarks NAME …``: each name is a module with ``main(arguments) -> exit code``."""

import importlib
import sys

COMMANDS = {
    "admin": "benchmarks.admin.command",
    "callbacks": "benchmarks.callbacks.command",
    "dispatch": "benchmarks.dispatch.command",
    "door": "benchmarks.door.command",
    "drill": "benchmarks.drill.command",
    "imports": "benchmarks.imports.command",
    "listening": "benchmarks.listening.command",
    "speech": "benchmarks.speech.command",
}


def main(words: list[str]) -> int:
    """Hand the rest of the words to the benchmark that the first one names."""
    name, *rest = words or [""]
    if name not in COMMANDS:
        print(f"usage: python -m benchmarks {{{','.join(COMMANDS)}}} …", file=sys.stderr)
        return 2
    return int(importlib.import_module(COMMANDS[name]).main(rest))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
