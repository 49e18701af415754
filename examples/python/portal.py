"""A password portal in miniature: POST /check tells what is wrong with a
password while it is typed, POST /reset sets it if Veto accepts it."""

import http.server
import json
import logging
import os

import veto

MAX_BODY = 8192  # bytes


def person(_handler):
    """What the session knows of whoever asks. It must never come from the
    request: then it could be left out."""
    return {"account": "jdoe", "names": ["Jane Doe"], "mail": "jane.doe@example.org"}


class Portal(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    client = veto.Client()

    def do_POST(self):
        operation = {"/check": {}, "/reset": {"operation": "set"}}.get(self.path)
        if operation is None:
            return self.answer(404, {"error": "no such path"})
        password = self.read_password()
        if password is None:
            return self.answer(400, {"error": 'the body has to be {"password":"..."}, at most 8 KiB'})
        request = {**person(self), **operation, "password": password}
        verdict, error = self.client.check(request, self.headers.get("Accept-Language"))
        if error:
            logging.error("check: %s", error)
        accepted = verdict["decision"] == "accept"
        if accepted and operation:
            logging.info("password set")  # here: hand it to the directory, then answer
        status = 200 if accepted else 503 if error else 422
        self.answer(status, {"decision": verdict["decision"], "reasons": verdict.get("reasons", [])})

    def read_password(self):
        """Returns the password of the body, or None."""
        length = self.headers.get("Content-Length", "")
        json_body = self.headers.get_content_type() == "application/json"
        if not json_body or not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True  # what follows is no request
            return None
        try:
            form = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        password = form.get("password") if isinstance(form, dict) else None
        return password if isinstance(password, str) else None

    def do_GET(self):
        if "PAGE" not in os.environ:
            return self.answer(404, {"error": "no such path"})
        super().do_GET()

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def main():
    logging.basicConfig(level=logging.INFO)
    host, port = os.environ.get("LISTEN", "127.0.0.1:3000").split(":")

    def handler(*args):
        return Portal(*args, directory=os.environ.get("PAGE"))

    with http.server.ThreadingHTTPServer((host, int(port)), handler) as server:
        print(f"listening on http://{host}:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
