"""What a worker and its children hold, from /proc: memory, threads, descriptors."""

from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Holding:
    """Of all processes together; ``memory`` is resident megabytes."""

    processes: int
    memory: float
    threads: int
    descriptors: int

    def __str__(self) -> str:
        return (
            f"{self.processes:3} processes {self.memory:8.1f} MB {self.threads:5} threads"
            f" {self.descriptors:5} descriptors"
        )


def family(pid: int) -> list[int]:
    """A process and all that it has started."""
    parents = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_status(folder)["PPid"])
        except (OSError, KeyError):
            continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def holding(pid: int) -> Holding:
    """What a process and its children hold now."""
    memory = threads = descriptors = count = 0
    for one in family(pid):
        try:
            status = _status(PROC / str(one))
            descriptors += len(list((PROC / str(one) / "fd").iterdir()))
        except OSError:
            continue
        count += 1
        memory += int(status["VmRSS"].split()[0])
        threads += int(status["Threads"])
    return Holding(count, memory / 1024, threads, descriptors)


def _status(folder: Path) -> dict[str, str]:
    lines = (folder / "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
