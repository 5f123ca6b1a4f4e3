"""Signatures: Twilio's own vectors (tests/data/LICENCES.md), and everything hostile is merely refused."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from bot.channels.twilio.signature import FORM, fields, genuine, sign
from tests.luck import examples

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "twilio_signature_vectors.json").read_text("utf-8"))
URL = "https://minga.example.ec/webhooks/twilio"


def test_the_vectors_are_there():
    assert len(VECTORS) == 18
    assert sum(vector["valid"] for vector in VECTORS) == 14


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector):
    if "body" in vector:
        body, content_type = vector["body"].encode(), "application/json"
    else:
        body, content_type = urlencode([(name, value) for name, value in vector["params"]]).encode(), FORM
    headers = {"X-Twilio-Signature": vector["signature"], "Content-Type": content_type}
    assert genuine(vector["token"], vector["url"], headers, body) is vector["valid"]


def signed(**more):
    form = [("Body", "sí, ñandú"), ("From", "+593991234567"), ("Vacío", "")]
    headers = {"x-twilio-signature": sign("12345", URL, form), "content-type": f"{FORM}; charset=utf-8"}
    return {"token": "12345", "url": URL, "headers": headers, "body": urlencode(form).encode()} | more


def test_empty_and_foreign_fields_are_signed_over():
    assert genuine(**signed())
    assert not genuine(**signed(body=signed()["body"] + b"&Nuevo=1"))


@pytest.mark.parametrize(
    "change",
    [
        {"token": ""},
        {"token": "54321"},
        {"headers": {}},
        {"headers": {"X-Twilio-Signature": ""}},
        {"headers": {"X-Twilio-Signature": "ñ", "Content-Type": FORM}},
        {"headers": {"X-Twilio-Signature": sign("12345", URL, []), "Content-Type": "application/json"}},
        {"url": "http://minga.example.ec/webhooks/twilio"},
        {"url": "https://[/x"},
        {"url": "https://minga.example.ec:99999/"},
        {"url": ""},
        {"body": b"\xff\xfe"},
        {"body": b"Body=%ff"},
        {"body": b"&".join(b"a=%d" % n for n in range(5000))},
    ],
    ids=str,
)
def test_wrong_missing_and_hostile_are_refused_without_a_word(change):
    assert genuine(**signed(**change)) is False


def test_a_body_that_is_bound_to_nothing_is_refused():
    url = URL + "?bodySHA256="
    headers = {"X-Twilio-Signature": sign("12345", url, []), "Content-Type": "application/json"}
    assert not genuine("12345", url, headers, b"{}")


def test_a_host_of_ipv6_and_credentials_with_a_port_are_signed_with_and_without_it():
    for host, other in (("[2001:db8::1]", "[2001:db8::1]:443"), ("ana:clave@minga.example.ec", "ana:clave@minga.example.ec:443")):
        headers = {"X-Twilio-Signature": sign("12345", f"https://{other}/x", []), "Content-Type": FORM}
        assert genuine("12345", f"https://{host}/x", headers, b"")
        headers = {"X-Twilio-Signature": sign("12345", f"https://{host}/x", []), "Content-Type": FORM}
        assert genuine("12345", f"https://{other}/x", headers, b"")


@given(
    url=st.text(max_size=60) | st.sampled_from([URL, URL + "?bodySHA256=", "http://[::1]:80/x"]),
    headers=st.dictionaries(
        st.sampled_from(["X-Twilio-Signature", "content-type", "X"]), st.text(max_size=40) | st.just(FORM), max_size=3
    ),
    body=st.binary(max_size=200),
)
@examples(300)
def test_nothing_sent_breaks_it(url, headers, body):
    assert genuine("12345", url, headers, body) is False


@given(st.text("ab=&+%4cñ0", max_size=40) | st.text(max_size=20))
@examples(300)
def test_a_form_is_read_as_the_standard_library_reads_it(text):
    body = text.encode()
    try:
        expected = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        with pytest.raises(ValueError):
            fields(body)
    else:
        assert list(fields(body)) == expected


@given(form=st.lists(st.tuples(st.text("aBñ1", min_size=1, max_size=4), st.text("xY é&=+", max_size=6)), max_size=6))
@examples(200)
def test_it_signs_as_twilios_own_library_does(form):
    class Several(dict):
        def getall(self, name):
            return [value for key, value in form if key == name]

    assert sign("12345", URL, form) == RequestValidator("12345").compute_signature(URL, Several(form))
    assert sorted(fields(urlencode(form).encode())) == sorted(form)
