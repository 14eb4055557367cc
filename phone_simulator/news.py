"""What has changed since somebody last looked: one number per change, the newest change of each thing remembered."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Condition

from phone_simulator.ids import new_suffix

# More than all calls, texts and events that a simulator keeps; what was forgotten is looked up in vain.
THINGS_MAX = 5000


@dataclass
class News:
    """Told by whoever changes something, read by the pages that are open; `era` ends with every reset."""

    era: str = field(default_factory=new_suffix)
    version: int = 0
    changed: Condition = field(default_factory=Condition)
    _newest: OrderedDict[tuple[str, str], int] = field(default_factory=OrderedDict)

    def tell(self, kind: str, name: str) -> None:
        """Say that a thing has changed: `call`, `text`, `event` or `simulator`, and which."""
        with self.changed:
            self.version += 1
            self._newest[kind, name] = self.version
            self._newest.move_to_end((kind, name))
            if len(self._newest) > THINGS_MAX:
                self._newest.popitem(last=False)
            self.changed.notify_all()

    def restart(self) -> None:
        """Everything known is void."""
        with self.changed:
            self.era = new_suffix()
            self.version += 1
            self._newest.clear()
            self.changed.notify_all()

    def since(self, version: int) -> list[tuple[str, str]]:
        """What has changed after this version, each thing once, the oldest change first."""
        with self.changed:
            return list(self._after(version))[::-1]

    def _after(self, version: int) -> Iterator[tuple[str, str]]:
        for thing, changed_at in reversed(self._newest.items()):
            if changed_at <= version:
                return
            yield thing

    def wait(self, era: str, version: int, seconds: float) -> bool:
        """Wait for something newer; False when the time has passed without."""
        with self.changed:
            return self.changed.wait_for(
                lambda: (self.era, self.version) != (era, version), seconds
            )
