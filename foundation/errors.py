"""The tree of errors. Expected refusals carry a stable code; surprises are plain exceptions.

ArsError
├── Refusal                 somebody asked for what we do not do; says what to do instead
│   ├── InvalidRequest      one or more fields are at fault (422)
│   ├── NotFound            no such object, or not theirs (404)
│   ├── Conflict            the object is not in a state that allows it (409)
│   └── Unavailable         we cannot do it now; nothing was changed (503)
├── StateChanged            somebody else moved the object first; the transaction must end
├── SettingsError           a setting is missing or malformed; the program does not start
└── SealBroken              a sealed value does not open here: wrong key, place or bytes
"""

from __future__ import annotations

from dataclasses import dataclass


class ArsError(Exception):
    """Anything this product raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One field that cannot be accepted: `param` is a JSON pointer, `detail` says the remedy."""

    param: str
    code: str
    detail: str


class Refusal(ArsError):
    """Something that is not done, with a stable `code` and a sentence that says what to do next."""

    code = "refused"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        faults: tuple[Fault, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.faults = faults
        self.retry_after_s = retry_after_s


class InvalidRequest(Refusal):
    """The request itself is at fault; sending it again unchanged will fail again."""

    code = "invalid_request"

    @classmethod
    def field(cls, param: str, detail: str, *, code: str = "invalid") -> InvalidRequest:
        """One field at fault, named by its JSON pointer."""
        return cls(detail, faults=(Fault(param, code, detail),))


class NotFound(Refusal):
    """There is no such object, or it belongs to somebody else; both sound the same."""

    code = "not_found"


class Conflict(Refusal):
    """The object's state does not allow this now."""

    code = "invalid_state"


class Unavailable(Refusal):
    """We cannot do it at the moment and changed nothing; trying later may work."""

    code = "unavailable"


class StateChanged(ArsError):
    """A guarded update found the object in another state than the one it was read in."""


class SettingsError(ArsError):
    """A setting is missing or malformed. The message names it and never shows a secret."""


class SealBroken(ArsError):
    """A sealed value could not be opened: another key, another place, or changed bytes."""
