"""The page of this machine: who gets it, and what it is told."""

import urllib.error
import urllib.request

import aiohttp
import pytest

from qrnn_hw.export.errors import OptionError
from qrnn_hw.live_server import BATCH, HOST, KEPT, LiveServer
from viewer import told


def status(address, **headers):
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


@pytest.fixture
def server():
    with LiveServer("<p>a page</p>") as found:
        yield found


def test_the_address_gets_the_page(server):
    code, text, headers = status(server.address)
    assert (code, text) == (200, "<p>a page</p>")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert server.address.startswith(f"http://{HOST}:")


@pytest.mark.parametrize(
    ("change", "headers"),
    [
        pytest.param(lambda address: address[:-1], {}, id="token-cut"),
        pytest.param(lambda address: address.partition("?")[0], {}, id="no-token"),
        pytest.param(lambda address: address.replace("token=", "token=%ff"), {}, id="token-other"),
        pytest.param(str, {"Host": "evil.example"}, id="host"),
        pytest.param(str, {"Host": f"{HOST}:1"}, id="port"),
        pytest.param(str, {"Origin": "http://evil.example"}, id="origin"),
    ],
)
def test_everybody_else_is_refused(server, change, headers):
    for page in (server.address, server.address.replace("/?", "/live?")):
        code, text, _ = status(change(page), **headers)
        assert code == 403 and "a page" not in text


def test_a_socket_of_another_page_is_refused(server):
    server.tell({"x": 1})
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        told(server.address, 1, {"Origin": "http://evil.example"})
    assert caught.value.status == 403


def test_viewers_get_what_was_told_before_and_what_comes(server):
    for number in range(BATCH + 5):
        server.tell({"number": number})
    found = told(server.address, BATCH + 5)
    assert [each["number"] for each in found] == list(range(BATCH + 5))
    server.tell({"number": "later"})
    assert told(server.address, BATCH + 6)[-1] == {"number": "later"}


def test_what_is_old_is_forgotten(server):
    for number in range(2 * KEPT + 3):
        server.tell({"number": number})
    found = told(server.address, KEPT + 3)
    assert [each["number"] for each in found] == list(range(KEPT, 2 * KEPT + 3))


def test_a_port_that_is_taken_is_told(server):
    port = int(server.address.split(":")[2].partition("/")[0])
    with pytest.raises(OptionError, match=f"port {port} of {HOST} must be free"):
        with LiveServer("", port):
            pass
