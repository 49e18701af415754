"""Asks a Veto server for verdicts, with the standard library alone. Copy this file."""

import http.client
import json
import os
import urllib.parse

TIMEOUT = 2  # seconds: a check takes microseconds, what takes this long is a fault

UNAVAILABLE = {
    "decision": "reject",
    "reasons": [{
        "code": "unavailable",
        "message": "could not be checked",
        "advice": "Your password is not the cause: try again in a few minutes.",
    }],
}


class Client:
    """A client of one server; threads may share it. Redirects are not followed."""

    def __init__(self, url=None, token_file=None):
        url = urllib.parse.urlsplit(url or os.environ.get("VETO_URL", "http://127.0.0.1:8080"))
        secure = url.scheme == "https"
        self._connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._host = url.netloc
        self._headers = {"Content-Type": "application/json"}
        token_file = token_file or os.environ.get("VETO_TOKEN_FILE")
        if token_file:
            with open(token_file, encoding="ascii") as file:
                self._headers["Authorization"] = "Bearer " + file.read().strip()

    def check(self, request, languages="en"):
        """Returns the verdict and, for the log, an error or None.

        The verdict is to be acted on in any case: without an answer it refuses,
        or is what the server declares for that case.
        """
        connection = self._connect(self._host, timeout=TIMEOUT)
        try:
            headers = self._headers | {"Accept-Language": languages or "en"}
            connection.request("POST", "/v1/check", json.dumps(request), headers)
            response = connection.getresponse()
            verdict = json.loads(response.read(65536))
            known = verdict.get("decision") in ("accept", "reject")
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            return UNAVAILABLE, type(error).__name__
        finally:
            connection.close()
        if known and response.status == 200:
            return verdict, None
        if known and response.status == 503:
            return verdict, "declared answer"
        return UNAVAILABLE, f"status {response.status}"
