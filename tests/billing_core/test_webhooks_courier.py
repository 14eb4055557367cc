"""The courier carries a message once and says what came of it, whatever the server does."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from billing_core.webhook_courier import Answered, WebhookCourier
from billing_core.webhook_network import (
    BAD_ANSWER,
    CONNECT_FAILED,
    CONNECTION_LOST,
    DNS_FAILED,
    TIMED_OUT,
    TLS_FAILED,
    NotAnswered,
)
from billing_core.webhook_targets import Address
from tests.billing_core.merchant_server import (
    Behaviour,
    answer,
    cut_off,
    drip_body,
    drip_headers,
    drip_informational,
    flood,
    gibberish,
    hang_up,
    merchant_server,
    reset,
    silence,
)

BODY = b'{"id":"evt_1"}'
# Servers that never end are given this long; all others get the time a busy machine needs.
NEVER_DONE_S = 0.5
PATIENCE_S = 30.0


def certificate(name: str, folder: Path) -> Path:
    """A key and a certificate for this name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime(2020, 1, 1, tzinfo=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365 * 200))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def at_home(_host: str, _port: int) -> list[Address]:
    return [ip_address("127.0.0.1")]


@pytest.fixture
def courier() -> WebhookCourier:
    return WebhookCourier(allow_private=True, deadline_s=PATIENCE_S)


def test_a_message_arrives_with_its_headers_and_its_bytes(courier: WebhookCourier) -> None:
    with merchant_server() as server:
        outcome = courier.carry(f"{server.url}?shop=7", {"webhook-id": "evt_1"}, BODY)
        (request,) = server.received

        assert outcome == Answered(200)
        assert request.line == "POST /hooks?shop=7 HTTP/1.1"
        assert request.body == BODY
        assert request.headers["webhook-id"] == "evt_1"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_success(courier: WebhookCourier, status: int) -> None:
    with merchant_server() as server:
        server.always = answer(status)

        assert courier.carry(server.url, {}, BODY).is_success


@pytest.mark.parametrize("status", [300, 302, 400, 401, 404, 410, 429, 500, 503])
def test_any_other_status_is_not(courier: WebhookCourier, status: int) -> None:
    with merchant_server() as server:
        server.always = answer(status, Retry_After="120")
        outcome = courier.carry(server.url, {}, BODY)

        assert outcome == Answered(status, retry_after="120")
        assert not outcome.is_success
        assert outcome.word == f"status_{status}"


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (silence, TIMED_OUT),
        (drip_headers, TIMED_OUT),
        (drip_informational, TIMED_OUT),
        (drip_body, TIMED_OUT),
        (hang_up, CONNECTION_LOST),
        (reset, CONNECTION_LOST),
        (cut_off, BAD_ANSWER),
        (gibberish, BAD_ANSWER),
    ],
)
def test_a_server_that_does_not_answer_in_full_has_not_answered(
    behaviour: Behaviour, outcome: NotAnswered
) -> None:
    deadline_s = NEVER_DONE_S if outcome == TIMED_OUT else PATIENCE_S
    courier = WebhookCourier(allow_private=True, deadline_s=deadline_s)
    with merchant_server() as server:
        server.always = behaviour

        assert courier.carry(server.url, {}, BODY) == outcome


def test_an_endless_body_is_not_read_to_its_end() -> None:
    with merchant_server() as server:
        server.always = flood

        assert WebhookCourier(allow_private=True).carry(server.url, {}, BODY) == Answered(200)


def test_a_closed_port_is_a_failed_connection(courier: WebhookCourier) -> None:
    with merchant_server() as server:
        url = server.url

    assert courier.carry(url, {}, BODY) == CONNECT_FAILED


def test_a_look_up_that_never_ends_is_given_up() -> None:
    over = threading.Event()

    def never(_host: str, _port: int) -> list[Address]:
        over.wait()
        return []

    courier = WebhookCourier(allow_private=True, deadline_s=NEVER_DONE_S, resolve=never)
    outcome = courier.carry("http://shop.example/", {}, BODY)
    over.set()

    assert outcome == DNS_FAILED


def test_an_unknown_name_is_a_failed_look_up() -> None:
    def unknown(_host: str, _port: int) -> list[Address]:
        raise OSError

    courier = WebhookCourier(allow_private=True, resolve=unknown)

    assert courier.carry("http://shop.example/", {}, BODY) == DNS_FAILED


def test_over_tls_the_name_and_not_the_address_is_shown_and_checked(tmp_path: Path) -> None:
    path = certificate("shop.example", tmp_path)
    shown: list[str] = []
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(path)
    ours.sni_callback = lambda _line, name, _context: shown.append(name)
    courier = WebhookCourier(
        allow_private=True, resolve=at_home, trust=ssl.create_default_context(cafile=str(path))
    )
    with merchant_server(ours) as server:
        right = courier.carry(f"https://shop.example:{server.port}/", {}, BODY)
        wrong = courier.carry(f"https://other.example:{server.port}/", {}, BODY)

        assert right == Answered(200)
        assert wrong == TLS_FAILED
        assert shown == ["shop.example", "other.example"]
        assert [each.headers["host"] for each in server.received] == [f"shop.example:{server.port}"]


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate("shop.example", tmp_path))
    courier = WebhookCourier(allow_private=True, resolve=at_home)
    with merchant_server(ours) as server:
        outcome = courier.carry(f"https://shop.example:{server.port}/", {}, BODY)

        assert outcome == TLS_FAILED
        assert server.received == []


def test_a_tls_handshake_that_never_ends_is_given_up() -> None:
    courier = WebhookCourier(allow_private=True, deadline_s=NEVER_DONE_S)
    with merchant_server() as server:
        server.is_deaf = True

        assert courier.carry(f"https://127.0.0.1:{server.port}/", {}, BODY) == TIMED_OUT
