"""Posting over real sockets, against a server that says exactly the bytes that it is told to."""

import asyncio
import ssl
from datetime import UTC, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels.posting import LostError, NotConnectedError, Posting
from bot.clock import RealClock

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with the next of `answers`: bytes, None for silence, or a list whose pieces go one by one."""

    def __init__(self, *answers, tls=None):
        self.answers = list(answers)
        self.requests = []
        self.connections = 0
        self.tls = tls
        self.tasks = []
        self.came = asyncio.Condition()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.tls)
        port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}" if self.tls is None else f"https://localhost:{port}"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.sleep(0.02)

    async def asked(self, count=1):
        """Returns when so many requests are here."""
        async with asyncio.timeout(5), self.came:
            await self.came.wait_for(lambda: len(self.requests) >= count)

    async def serve(self, reader, writer):
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                self.requests.append((head, await reader.readexactly(length)))
                async with self.came:
                    self.came.notify_all()
                answer = self.answers.pop(0) if self.answers else OK
                for piece in answer if isinstance(answer, list) else [answer]:
                    if piece is None:
                        await asyncio.sleep(5)
                    elif piece == b"":
                        writer.close()
                        return
                    else:
                        writer.write(piece)
                        await writer.drain()
                        await asyncio.sleep(0.01)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def posting(server, **more):
    return Posting(server.url, **({"connect": 1.0, "read": 0.3} | more))


async def test_one_connection_serves_one_request_after_the_other():
    async with Server() as server:
        post = posting(server)
        for number in range(3):
            answer = await post.post("/a?b=c", "Content-Type: text/plain\r\n", f"ñ{number}".encode())
            assert (answer.status, answer.body) == (200, b"ok")
        await post.close()
    assert server.connections == 1
    head, body = server.requests[2]
    assert head.startswith(b"POST /a?b=c HTTP/1.1\r\nHost: " + server.url.removeprefix("http://").encode() + b"\r\n")
    assert b"\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\n" in head
    assert body == "ñ2".encode()


CHUNKED = b"HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = {
    "in pieces": ([b"HTTP/1.1 20", b"0 OK\r\nContent-Le", b"ngth: 4\r\n\r\na", b"bcd"], 200, b"abcd", True),
    "in chunks": (
        [b"HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", b"2\r\ncd\r\n0\r\n\r\n"],
        201,
        b"abcd",
        True,
    ),
    "until the end": ([b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\nab", b"cd", b""], 200, b"abcd", False),
    "with its end announced": ([b"HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 4\r\n\r\nabcd"], 500, b"abcd", False),
    "after a word before": ([b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", OK], 200, b"ok", True),
    "with nothing in it": ([b"HTTP/1.1 204 Nothing\r\n\r\n"], 204, b"", True),
}


@pytest.mark.parametrize(("pieces", "status", "body", "kept"), WHOLE.values(), ids=WHOLE)
async def test_an_answer_is_read(pieces, status, body, kept):
    async with Server(pieces) as server:
        post = posting(server)
        answer = await post.post("/", "", b"x")
        assert (answer.status, answer.body) == (status, body)
        assert (await post.post("/", "", b"x")).body == b"ok"
        await post.close()
    assert server.connections == (1 if kept else 2)


LOST = {
    "silence": [None],
    "closed at once": [b""],
    "closed within the head": [b"HTTP/1.1 200 OK\r\nContent", b""],
    "closed within the body": [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", b""],
    "garbage": [b"<html>\r\n\r\n"],
    "no end": [b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", b"x" * 2_000_000],
    "another protocol": [b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
}


@pytest.mark.parametrize("pieces", LOST.values(), ids=LOST)
async def test_an_answer_that_does_not_come_is_lost_and_the_request_is_not_repeated(pieces):
    async with Server(pieces) as server:
        post = posting(server)
        with pytest.raises(LostError):
            await post.post("/", "", b"x")
        assert len(server.requests) == 1
        assert (await post.post("/", "", b"y")).body == b"ok"  # on another connection
        await post.close()
    assert server.connections == 2


async def test_whoever_is_cancelled_leaves_no_answer_behind():
    async with Server([None]) as server:
        post = posting(server, read=5.0)
        task = asyncio.create_task(post.post("/", "", b"first"))
        await server.asked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await post.post("/", "", b"second")).body == b"ok"
        await post.close()
    assert server.connections == 2


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://[/x", "http://no-such-host.invalid", "ftp://a", "", "http://ñ.example"]
)
async def test_without_a_connection_nothing_left(url):
    post = Posting(url, connect=2.0, read=1.0)
    with pytest.raises(NotConnectedError):
        await post.post("/", "", b"x")
    await post.close()


async def test_so_many_at_once_and_no_more():
    async with Server([None], [None]) as server:
        post = posting(server, connections=2, connect=0.1, read=0.6)
        first = [asyncio.create_task(post.post("/", "", b"x")) for _ in range(2)]
        await server.asked(2)
        with pytest.raises(NotConnectedError, match="no_room"):
            await post.post("/", "", b"x")
        assert all(isinstance(error, LostError) for error in await asyncio.gather(*first, return_exceptions=True))
        assert (await post.post("/", "", b"x")).status == 200
        await post.close()


async def test_a_connection_that_the_server_closed_is_not_used_again():
    async with Server([OK, b""]) as server:
        post = posting(server)
        await post.post("/", "", b"x")
        await asyncio.sleep(0.1)
        assert (await post.post("/", "", b"x")).body == b"ok"
        await post.close()
    assert server.connections == 2


async def test_an_answer_too_many_is_nobodys():
    async with Server(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong") as server:
        post = posting(server)
        assert (await post.post("/", "", b"x")).body == b"ok"
        assert (await post.post("/", "", b"x")).body == b"ok"
        await post.close()
    assert server.connections == 2


async def test_a_connection_without_work_is_closed():
    async with Server() as server:
        post = posting(server, idle=0.05)
        await post.post("/", "", b"x")
        assert len(post._lines) == 1
        await asyncio.sleep(0.2)
        assert not post._lines
        await post.post("/", "", b"x")
        await post.close()


async def test_closing_tells_those_who_wait():
    async with Server([None]) as server:
        post = posting(server, read=5.0)
        task = asyncio.create_task(post.post("/", "", b"x"))
        await server.asked()
        await post.close()
        with pytest.raises(LostError):
            await task


def certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = RealClock(UTC).now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    whole = folder / "whole.pem"
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    whole.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return whole


async def test_a_server_proves_who_it_is(tmp_path):
    file = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    async with Server(tls=tls) as server:
        trusting = posting(server, trust=ssl.create_default_context(cafile=str(file)))
        assert (await trusting.post("/", "", b"x")).body == b"ok"
        await trusting.close()
        strict = posting(server)
        with pytest.raises(NotConnectedError):
            await strict.post("/", "", b"x")
        await strict.close()
    assert len(server.requests) == 1
