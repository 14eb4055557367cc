"""IncomingPhoneNumbers and AvailablePhoneNumbers."""

from typing import Any

from flask import Blueprint, request

from phone_simulator.phones import is_e164
from phone_simulator.rest.answers import Refusal, page_of, require_account, switchboard
from phone_simulator.rest.outages import show_outage
from phone_simulator.switchboard import NUMBER_SETTINGS, Number

blueprint = Blueprint("numbers", __name__, url_prefix="/2010-04-01/Accounts/<account_sid>")
KINDS = ("Local", "Mobile", "TollFree")
# A shop window of numbers nobody owns; which kinds the provider really sells in Korea is not known.
FOR_SALE = {
    "Local": tuple(f"+8270900010{tail:02}" for tail in range(20)),
    "Mobile": tuple(f"+8210900010{tail:02}" for tail in range(20)),
    "TollFree": tuple(f"+8280900010{tail:02}" for tail in range(20)),
}


@blueprint.get("/IncomingPhoneNumbers.json")
def list_numbers(account_sid: str) -> dict[str, Any]:
    require_account(account_sid)
    show_outage("IncomingPhoneNumbers")
    wanted = request.args.get("PhoneNumber", "").replace("*", "")
    name = request.args.get("FriendlyName")
    found = [
        number.as_resource(account_sid)
        for number in list(switchboard().numbers.values())
        if wanted in number.phone_number and name in (None, "", number.settings["friendly_name"])
    ]
    return page_of("incoming_phone_numbers", found)


@blueprint.post("/IncomingPhoneNumbers.json")
def create(account_sid: str) -> tuple[dict[str, Any], int]:
    require_account(account_sid)
    board = switchboard()
    phone_number = request.form.get("PhoneNumber", "")
    if not is_e164(phone_number):
        raise Refusal(21421, to=phone_number)
    if board.number_called(phone_number) is not None:
        raise Refusal(21422, to=phone_number)
    return board.add_number(phone_number, _settings()).as_resource(account_sid), 201


def _settings() -> dict[str, str]:
    """The form's CamelCase settings under the resource's snake_case names; unknown ones are ignored."""
    return {
        name: request.form[_camel(name)] for name in NUMBER_SETTINGS if _camel(name) in request.form
    }


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


@blueprint.get("/IncomingPhoneNumbers/<sid>.json")
def fetch(account_sid: str, sid: str) -> dict[str, Any]:
    require_account(account_sid)
    return _number(sid).as_resource(account_sid)


@blueprint.post("/IncomingPhoneNumbers/<sid>.json")
def update(account_sid: str, sid: str) -> dict[str, Any]:
    require_account(account_sid)
    number = _number(sid)
    number.settings.update(_settings())
    number.updated_at = switchboard().clock.now()
    return number.as_resource(account_sid)


@blueprint.delete("/IncomingPhoneNumbers/<sid>.json")
def delete(account_sid: str, sid: str) -> tuple[str, int]:
    require_account(account_sid)
    board = switchboard()
    with board.lock:
        board.numbers.pop(_number(sid).sid)
    return "", 204


def _number(sid: str) -> Number:
    found = switchboard().numbers.get(sid)
    if found is None:
        raise Refusal(20404)
    return found


@blueprint.get("/AvailablePhoneNumbers/<country>.json")
def available(account_sid: str, country: str) -> dict[str, Any]:
    require_account(account_sid)
    if country != "KR":
        raise Refusal(20404)
    base = f"/2010-04-01/Accounts/{account_sid}/AvailablePhoneNumbers/KR"
    uris = {
        "toll_free" if kind == "TollFree" else kind.lower(): f"{base}/{kind}.json" for kind in KINDS
    }
    return {
        "country_code": "KR",
        "country": "South Korea",
        "beta": False,
        "uri": f"{base}.json",
        "subresource_uris": uris,
    }


@blueprint.get("/AvailablePhoneNumbers/<country>/<kind>.json")
def available_of_kind(account_sid: str, country: str, kind: str) -> dict[str, Any]:
    require_account(account_sid)
    if country != "KR" or kind not in KINDS:
        raise Refusal(20404)
    owned = {number.phone_number for number in switchboard().numbers.values()}
    contains = request.args.get("Contains", "").replace("*", "")
    found = [
        _for_sale(number) for number in FOR_SALE[kind] if number not in owned and contains in number
    ]
    return page_of("available_phone_numbers", found)


def _for_sale(number: str) -> dict[str, Any]:
    return {
        "address_requirements": "none", "beta": False, "capabilities": {"MMS": False, "SMS": True, "voice": True},
        "friendly_name": number, "iso_country": "KR", "lata": None, "latitude": None, "locality": None,
        "longitude": None, "phone_number": number, "postal_code": None, "rate_center": None, "region": None,
    }  # fmt: skip
