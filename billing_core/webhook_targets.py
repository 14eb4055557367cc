"""Where merchants' events may be sent: public addresses only, unless private ones are allowed.

A merchant chooses the URL, so a careless sender would be a merchant's hand inside our network.
A name says nothing about that; what decides is every address it resolves to. The table below is
our own, because the standard library calls 6to4, NAT64 and multicast addresses global.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

Address = IPv4Address | IPv6Address

URL_MAX = 2048
PORT_MAX = 65535
# Where HTTPS is at home. Other ports belong to other services, which we must not knock at.
PORTS = frozenset({443, 8443})
# Names that mean a machine nearby, by standard or by habit.
NEARBY_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")

# The special-purpose registries of IANA, and multicast.
_CLOSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Teredo and other protocol assignments, documentation, 6to4: some carry an IPv4 address.
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# Every public IPv6 address is in here; mapped, local, link-local and multicast ones are not.
_PUBLIC_V6 = IPv6Network("2000::/3")
# In a network without IPv4, a public IPv4 address is written like this.
_NAT64 = IPv6Network("64:ff9b::/96")
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", re.IGNORECASE)
_PRIVATE = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)


def is_allowed(address: Address, *, allow_private: bool) -> bool:
    """Whether we may connect to this address. Metadata services are never allowed."""
    return is_public(address) or (allow_private and _is_in(address, _PRIVATE))


def is_public(address: Address) -> bool:
    """Whether this is the address of one machine on the public internet."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        address = IPv4Address(address.packed[-4:])
    if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return False
    return not _is_in(address, _CLOSED)


def resolve(host: str, port: int) -> Sequence[Address]:
    """Every address of a host. Raises OSError or UnicodeError where there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(sockaddr[0]) for *_, sockaddr in found]


def fault_in(url: str, *, allow_private: bool) -> str | None:
    """What is wrong with a URL and how to repair it; None if events can be sent there.

    This is courtesy. What protects us is the look at the addresses whenever we connect.
    """
    if len(url) > URL_MAX:
        return f"A URL has at most {URL_MAX} characters."
    if any(character <= " " or character in "\\\x7f" for character in url):
        return "Write the URL without spaces, control characters and backslashes."
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode()
    except (httpx.InvalidURL, UnicodeError):
        return "This is not a URL. Write it like https://example.com/webhooks."
    return _fault_in_parts(url, parsed, allow_private) or _fault_in_host(host, allow_private)


def _fault_in_parts(url: str, parsed: httpx.URL, allow_private: bool) -> str | None:
    if parsed.scheme not in ({"http", "https"} if allow_private else {"https"}):
        return "Events are sent over HTTPS only. Write https:// at the beginning."
    if "@" in url.partition("://")[2].partition("/")[0].partition("?")[0]:
        return "Leave out the user name and password; events are signed instead."
    if "#" in url:
        return "Leave out the fragment (from # on); it is never sent."
    if parsed.port is not None and not 0 < parsed.port <= PORT_MAX:
        return f"A port is a number from 1 to {PORT_MAX}."
    if not allow_private and (parsed.port or 443) not in PORTS:
        return "Events are sent to port 443 or 8443 only."
    return None


def _fault_in_host(host: str, allow_private: bool) -> str | None:
    literal = _literal(host)
    if literal is None and not _is_name(host):
        return "This is not a host name. Write it like example.com, without a dot at the end."
    if literal is not None and not is_allowed(literal, allow_private=allow_private):
        return f"{literal} is not a public address. Use one that the internet can reach."
    if literal is None and not allow_private and _is_nearby(host):
        return f"{host} is not a public name. Use one that the internet can reach."
    return None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        # Resolvers also read 127.1, 0x7f000001, 017700000001 and 2130706433 as addresses.
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _is_name(host: str) -> bool:
    # No top-level domain begins with a digit; what does is an address gone wrong.
    return _NAME.fullmatch(host) is not None and not host.rpartition(".")[2][0].isdigit()


def _is_nearby(host: str) -> bool:
    name = host.lower()
    return "." not in name or name.endswith(tuple(f".{nearby}" for nearby in NEARBY_NAMES))


def _is_in(address: Address, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
