"""Who may use the control API: callers on this machine, and no web page of somebody else's."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import abort, request

from phone_simulator.rest.answers import switchboard

LOCAL_NAMES = ("localhost", "")


def keep_strangers_out() -> None:
    """A page from elsewhere in a local browser is a stranger too, hence the look at Host and Origin."""
    if switchboard().options.remote_control:
        return
    origin = request.headers.get("Origin", "")
    # A page that hides where it is from says "null".
    hosts = [request.host, urlsplit(origin).netloc or origin]
    if not _is_local(request.remote_addr or "") or not all(
        _is_local(_bare(host)) for host in hosts
    ):
        abort(403, "the control API answers on this machine only")


def _bare(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _is_local(host: str) -> bool:
    if host in LOCAL_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
