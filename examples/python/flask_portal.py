"""The portal of portal.py as a Flask application: flask --app flask_portal run"""

import flask

import veto

app = flask.Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 8192  # bytes
client = veto.Client()


def judge(**operation):
    form = flask.request.get_json()
    password = form.get("password") if isinstance(form, dict) else None
    if not isinstance(password, str):
        flask.abort(400)
    # Who it is comes from the session, never from the request.
    request = {"account": "jdoe", "names": ["Jane Doe"], **operation, "password": password}
    verdict, error = client.check(request, flask.request.headers.get("Accept-Language"))
    if error:
        app.logger.error("check: %s", error)
    accepted = verdict["decision"] == "accept"
    status = 200 if accepted else 503 if error else 422
    return {"decision": verdict["decision"], "reasons": verdict.get("reasons", [])}, status, {"Cache-Control": "no-store"}


@app.post("/check")
def check():
    return judge()


@app.post("/reset")
def reset():
    return judge(operation="set")  # where the status is 200: hand it to the directory
