"""An HTTPS client for tests: verifies the instance's authority, follows nothing, hides nothing."""
import dataclasses
import http.client
import json
import ssl
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)


class Https:
    """Requests to one server, each on a connection of its own unless `keep` is asked for."""

    def __init__(self, url, ca, seconds=60):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.seconds = parts.hostname, parts.port or 443, seconds
        self.context = ssl.create_default_context(cafile=ca)
        self.kept = None

    def connection(self):
        return http.client.HTTPSConnection(self.host, self.port, timeout=self.seconds,
                                           context=self.context)

    def request(self, method, path, headers=None, body=None, keep=False):
        """`path` goes out as it is; a full URL's scheme and host are dropped."""
        if "://" in path:
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        connection = self.kept or self.connection()
        try:
            connection.request(method, path, body=body, headers=headers or {})
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        finally:
            self.kept = connection if keep else None
            if not keep:
                connection.close()

    def get(self, path, headers=None, **more):
        return self.request("GET", path, headers, **more)

    def head(self, path, headers=None, **more):
        return self.request("HEAD", path, headers, **more)

    def post(self, path, body=b"", headers=None, **more):
        return self.request("POST", path, headers, body, **more)
