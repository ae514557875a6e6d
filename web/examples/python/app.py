"""A small site in Python: a person logs in with their card and signs a text. The service (docs/service.md) verifies both. How to
start it, and which files are beside it: docs/integration-languages.md.

It keeps everything in memory. A real site has a database, and HTTPS: its session's cookie is "Secure" then, and its name begins with __Host-.
"""

import base64
import html
import http.client
import json
import os
import secrets
import threading
import urllib.error
import urllib.request
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

URL, KEY, ORIGIN = os.environ["EONAY_URL"], os.environ["EONAY_KEY"], os.environ["ORIGIN"]
HERE = Path(__file__).resolve().parent
FILES = {
    "/page/site.js": ("text/javascript", HERE / "page/site.js"),
    "/page/site.css": ("text/css", HERE / "page/site.css"),
    "/e-onay/client.js": ("text/javascript", HERE / "e-onay/client.js"),
    "/e-onay/protocol.gen.js": ("text/javascript", HERE / "e-onay/protocol.gen.js"),
}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
NO_ANSWER = {"tr": "Şu anda yanıt verilemiyor. Sayfayı yenileyip yeniden deneyin.", "en": "No answer right now. Reload the page and try again."}


class Refusal(Exception):
    """What a page's program is told: a code, and a sentence in two languages."""

    def __init__(self, status, code, message=None):
        super().__init__(code)
        self.status, self.problem = status, {"code": code, "message": message or NO_ANSWER}


def eonay(call, body=None):
    """Asks the service, and returns what it says. What it refuses is raised."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + call, data, {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=70) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        said = json.load(error)
        raise Refusal(error.code, said["code"], said["message"]) from None
    except (OSError, http.client.HTTPException):
        raise Refusal(503, "unavailable") from None


sessions = {}  # by the name in the cookie: what is known of a person
lock = threading.Lock()


class Site(BaseHTTPRequestHandler):
    """Answers one request. Each route returns what the page is told."""

    def login_request(self):
        return eonay("/v1/login/request", {"session": self.name or self.start({}), "purpose": "Siteye giriş"})

    def login(self):
        page = json.loads(self.body())
        person = eonay("/v1/login/verify", {"session": self.name, "nonce": page["nonce"], "token": page["token"]})
        if not person["citizen_number"]:
            raise Refusal(422, "certificate_of_another")
        sessions.pop(self.name, None)  # who knew the old name does not come in
        text = f"Deneme sitesi\n\nBu metni okudum ve imzalıyorum.\n\nİşlem: {secrets.token_hex(16)}\n"
        self.start({"person": person, "text": text})
        return {"location": "/"}

    def signature_request(self):
        session = self.person()
        documents = [{"name": "metin.txt", "data": session["text"]}]
        session["request"] = eonay("/v1/signature/request", {"purpose": "Metnin imzalanması", "documents": documents})
        return session["request"]

    def signature(self):
        session = self.person()
        if "evidence" in session or "request" not in session:
            raise Refusal(403, "form_expired")
        file = base64.b64encode(self.body()).decode()
        number = session["person"]["citizen_number"]
        evidence = eonay("/v1/signature/verify", {"request": session["request"], "file": file, "citizen_number": number})
        with lock:
            if session.setdefault("evidence", evidence) is not evidence:
                raise Refusal(403, "form_expired")  # another press was first
        return {"location": "/"}

    def site_document(self):
        return eonay("/v1/site")

    routes = {
        ("GET", "/login"): login_request, ("POST", "/login"): login,
        ("GET", "/signature"): signature_request, ("POST", "/signature"): signature,
        ("GET", "/.well-known/eonay.json"): site_document,
    }

    def person(self):
        """Returns the session of who is logged in."""
        if "person" not in self.session:
            raise Refusal(401, "login_required")
        return self.session

    def start(self, known):
        """Gives the browser a new session."""
        name = secrets.token_urlsafe(32)
        sessions[name] = known
        self.cookie = f"session={name}; Path=/; HttpOnly; SameSite=Strict"
        return name

    def check(self):
        """Refuses what another site made a browser send. Browsers tell; a POST that says nothing is no browser's."""
        site, origin = self.headers.get("Sec-Fetch-Site", "same-origin"), self.headers.get("Origin", "")
        if site != "same-origin" or origin not in ("", ORIGIN) or self.command == "POST" and not origin:
            raise Refusal(403, "form_expired")

    def body(self):
        length = int(self.headers.get("Content-Length", 0))
        if not 0 <= length <= 128 << 10:
            raise Refusal(413, "request_too_large")
        return self.rfile.read(length)

    def handle_request(self):
        self.cookie = None
        try:
            self.name = SimpleCookie(self.headers.get("Cookie", ""))["session"].value
        except (CookieError, KeyError):
            self.name = ""
        self.session = sessions.get(self.name, {})
        if self.name not in sessions:
            self.name = ""
        if self.command == "GET" and self.path == "/":
            return self.answer(200, "text/html", page(self.session).encode())
        if self.command == "GET" and self.path in FILES:
            kind, file = FILES[self.path]
            return self.answer(200, kind, file.read_bytes())
        try:
            self.check()
            route = self.routes.get((self.command, self.path))
            if not route:
                raise Refusal(404, "not_found")
            self.answer(200, "application/json", json.dumps(route(self)).encode())
        except Refusal as refusal:
            self.answer(refusal.status, "application/problem+json", json.dumps(refusal.problem).encode())
        except (KeyError, ValueError):
            self.answer(400, "application/problem+json", json.dumps(Refusal(400, "request_invalid").problem).encode())

    do_GET = do_POST = handle_request

    def answer(self, status, kind, body):
        self.send_response(status)
        headers = {
            "Content-Type": kind if kind.endswith("json") else f"{kind}; charset=utf-8", "Content-Length": len(body),
            "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": POLICY,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        if self.cookie:
            self.send_header("Set-Cookie", self.cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Writes no log: an address may hold whatever its sender likes."""


def page(session):
    """Returns the page as it is for a person, or for nobody."""
    known = {name: html.escape(value) for name, value in {
        "name": session.get("person", {}).get("holder", ""), "number": session.get("person", {}).get("masked_citizen_number", ""),
        "signer": session.get("evidence", {}).get("holder", ""), "at": session.get("evidence", {}).get("verified_at", ""),
        "text": session.get("text", ""),
    }.items()}
    content = '<button id="login">Kartla giriş yap</button>'
    if "evidence" in session:
        content = '<p>İmzanız doğrulandı: <b id="signer">{signer}</b>, <time id="verified">{at}</time></p>\n<pre>{text}</pre>'
    elif "person" in session:
        content = '<p>Hoş geldiniz, <b id="name">{name}</b> ({number})</p>\n<pre>{text}</pre>\n<button id="sign">İmzala</button>'
    return f"""<!doctype html>
<html lang="tr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deneme sitesi (Python)</title>
<link rel="stylesheet" href="/page/site.css">
<script type="module" src="/page/site.js"></script>
<main>
<h1>Deneme sitesi (Python)</h1>
<p id="problem" role="alert"></p>
{content.format(**known)}
</main>
</html>
"""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("localhost", urlsplit(ORIGIN).port), Site)
    print(json.dumps({"ready": True, "url": ORIGIN}), flush=True)
    server.serve_forever()
