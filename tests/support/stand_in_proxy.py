"""An HTTP proxy on loopback that records every byte that a client sends through it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping


class RecordingProxy:
    """Answers `CONNECT host:port` with a tunnel to the port that `ways` names for it; refuses every other request."""

    def __init__(self, ways: Mapping[str, int], *, status: int = 200) -> None:
        self.received = b""
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self.accepted = 0
        self._ways = ways
        self._status = status
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                head += (piece := self._take(client))
                if not piece:
                    return
            self.heads.append(head)
            method, target, *_ = head.decode("latin-1").split(" ")
            self.asked.append(f"{method} {target}")
            if method != "CONNECT" or self._status != 200 or target not in self._ways:
                status = 502 if self._status == 200 else self._status
                client.sendall(b"HTTP/1.1 %d no\r\ncontent-length: 0\r\n\r\n" % status)
                return
            with socket.create_connection(("127.0.0.1", self._ways[target])) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                back.start()
                while piece := self._take(client):
                    server.sendall(piece)
                server.shutdown(socket.SHUT_WR)
                back.join()

    def _take(self, client: socket.socket) -> bytes:
        piece = client.recv(65536)
        with self._lock:
            self.received += piece
        return piece


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
