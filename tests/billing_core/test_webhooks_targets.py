"""A merchant's URL never leads us anywhere but to the public internet."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from billing_core.webhook_courier import Answered, WebhookCourier
from billing_core.webhook_network import CONNECT_FAILED, DNS_FAILED, REFUSED_TARGET, connect
from billing_core.webhook_targets import Address, fault_in, is_allowed, is_public, resolve
from tests.billing_core.merchant_server import answer, merchant_server
from tests.billing_core.targets import DISGUISED, HOSTILE, MALFORMED, NEARBY, PUBLIC, SOUND


class Roads:
    """A resolver that answers from a list, and roads on which nobody travels but that are noted."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.taken: list[Address] = []

    def resolve(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self.answers.pop(0) if self.answers else None
        return resolve(host, port) if answers is None else [ip_address(each) for each in answers]

    def connect(self, address: Address, port: int, timeout_s: float) -> socket.socket:
        self.taken.append(address)
        raise ConnectionRefusedError

    def courier(self, *, allow_private: bool = False) -> WebhookCourier:
        return WebhookCourier(
            allow_private=allow_private, resolve=self.resolve, connect=self.connect
        )


def in_url(host: str) -> str:
    return f"https://[{host}]/" if ":" in host else f"https://{host}/"


@pytest.mark.parametrize("url", [*map(in_url, HOSTILE + DISGUISED + NEARBY), *MALFORMED])
def test_no_connection_is_made_to_a_hostile_url(url: str) -> None:
    roads = Roads()

    assert roads.courier().carry(url, {}, b"{}") == REFUSED_TARGET
    assert roads.taken == []


@pytest.mark.parametrize("address", HOSTILE)
def test_no_connection_is_made_to_a_name_with_a_hostile_address(address: str) -> None:
    alone, hidden = Roads([address]), Roads(["8.8.8.8", "1.1.1.1", "9.9.9.9", address])

    assert alone.courier().carry("https://shop.example/", {}, b"{}") == REFUSED_TARGET
    assert hidden.courier().carry("https://shop.example/", {}, b"{}") == REFUSED_TARGET
    assert alone.taken + hidden.taken == []


@pytest.mark.parametrize("text", DISGUISED)
def test_a_disguised_address_is_recognised_by_what_it_resolves_to(text: str) -> None:
    found = resolve(text, 443)

    assert found
    assert not any(is_public(address) for address in found)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_connected_to(address: str) -> None:
    roads = Roads([address])

    assert roads.courier().carry("https://shop.example/", {}, b"{}") == CONNECT_FAILED
    assert roads.taken == [ip_address(address)]


def test_a_name_that_changes_its_address_after_the_look_gains_nothing() -> None:
    roads = Roads(["8.8.8.8"], ["127.0.0.1"], ["169.254.169.254"])

    assert roads.courier().carry("https://rebinding.example/", {}, b"{}") == CONNECT_FAILED
    assert roads.asked == ["rebinding.example"]
    assert roads.taken == [ip_address("8.8.8.8")]


def test_a_name_is_looked_up_anew_and_checked_anew_at_every_try() -> None:
    roads = Roads(["8.8.8.8"], ["127.0.0.1"])
    courier = roads.courier()
    courier.carry("https://rebinding.example/", {}, b"{}")

    assert courier.carry("https://rebinding.example/", {}, b"{}") == REFUSED_TARGET
    assert roads.taken == [ip_address("8.8.8.8")]


def test_no_more_than_three_addresses_are_tried() -> None:
    roads = Roads([f"8.8.8.{last}" for last in range(1, 9)])
    roads.courier().carry("https://shop.example/", {}, b"{}")

    assert len(roads.taken) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with merchant_server() as inside, merchant_server() as outside:
        outside.always = answer(status, Location=inside.url)

        def connect_outside(_address: Address, _port: int, timeout_s: float) -> socket.socket:
            return connect(ip_address("127.0.0.1"), outside.port, timeout_s)

        courier = WebhookCourier(allow_private=True, connect=connect_outside)

        assert courier.carry(outside.url, {}, b"{}") == Answered(status)
        assert len(outside.received) == 1
        assert inside.connections == 0


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with merchant_server() as proxy, merchant_server() as merchant:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        outcome = WebhookCourier(allow_private=True).carry(merchant.url, {}, b"{}")

        assert outcome == Answered(200)
        assert proxy.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd12::1"])
def test_private_addresses_are_allowed_where_the_operator_says_so(address: str) -> None:
    assert is_allowed(ip_address(address), allow_private=True)
    assert not is_allowed(ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::"])
def test_metadata_services_and_crowds_are_never_allowed(address: str) -> None:
    assert not is_allowed(ip_address(address), allow_private=True)


def test_a_name_without_an_address_is_a_failed_look_up() -> None:
    assert Roads([]).courier().carry("https://shop.example/", {}, b"{}") == DNS_FAILED


@pytest.mark.parametrize("url", [*map(in_url, HOSTILE + DISGUISED + NEARBY), *MALFORMED])
def test_a_hostile_url_is_refused_in_a_sentence(url: str) -> None:
    fault = fault_in(url, allow_private=False)

    assert fault is not None
    assert fault.endswith(".")


@pytest.mark.parametrize("url", SOUND)
def test_a_sound_url_is_accepted(url: str) -> None:
    assert fault_in(url, allow_private=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9000/hooks",
        "http://127.0.0.1:9000/",
        "http://merchant:80/",
        "http://[::1]:1/",
    ],
)
def test_a_local_url_is_accepted_only_where_private_targets_are(url: str) -> None:
    assert fault_in(url, allow_private=True) is None
    assert fault_in(url, allow_private=False) is not None
