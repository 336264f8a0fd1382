"""The body of a Twilio webhook: form fields, with the blank ones."""

from __future__ import annotations

from urllib.parse import parse_qsl

from channels.receive import Delivery, Malformed

_MOST_FIELDS = 1000
_EXPECTED = "Twilio sends a form in UTF-8 (application/x-www-form-urlencoded)."


class Form(dict[str, list[str]]):
    """Form fields: name → its values. `getlist` is what twilio's RequestValidator asks for."""

    def getlist(self, name: str) -> list[str]:
        return self.get(name, [])

    def text(self, name: str) -> str:
        """The first value of a field, "" when there is none."""
        return next(iter(self.get(name, ())), "")

    def number(self, name: str) -> int:
        """A count, 0 when it is blank or no number."""
        value = self.text(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def form_of(delivery: Delivery) -> Form:
    """The fields of a delivery. Blank fields stay: Twilio signs them, too. Raises Malformed for anything but a form."""
    if not delivery.headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        raise Malformed(_EXPECTED)
    try:
        pairs = parse_qsl(
            delivery.body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:  # no UTF-8, or more fields than any webhook has
        raise Malformed(_EXPECTED) from error
    form = Form()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form
