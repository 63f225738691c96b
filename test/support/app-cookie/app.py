"""An app that reads `dashboard_jwt` as the dashboards of 2019 did, by their rules, and tells what it was sent."""

import base64
import json
import os
import warnings
from http.cookies import CookieError, SimpleCookie

import jwt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, abort, jsonify, redirect, request

warnings.filterwarnings("ignore", category=UserWarning)
SECRET = os.environ["SECRET"]
server = Flask(__name__)


def simple(header):
    try:
        return {name: each.value for name, each in SimpleCookie(header).items()}
    except CookieError:
        return {}


@server.get("/cookies")
def cookies():
    header = request.headers.get("Cookie", "")
    return jsonify(header=header, first=request.cookies.get("dashboard_jwt"), simple=simple(header).get("dashboard_jwt"))


@server.get("/opened")
def opened():
    """A compact JWE (RFC 7516), `dir` and `A256GCM`, opened without a library for tokens."""
    decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    head, key, iv, sealed, tag = request.cookies["example_jwt"].split(".")
    assert key == ""
    plain = AESGCM(decode(os.environ["KEY"])).decrypt(decode(iv), decode(sealed) + decode(tag), head.encode())
    return jsonify(claims=json.loads(plain), header=json.loads(decode(head)))


@server.get("/renew")
def renew():
    answer = jsonify(renewed=True)
    for name in ("dashboard_jwt", "Dashboard_JWT", "theirs"):
        answer.set_cookie(name, "of-the-app")
    return answer


@server.get("/")
@server.get("/<path:page>")
def view(page=""):
    try:
        claims = jwt.decode(request.cookies["dashboard_jwt"], SECRET, algorithms=["HS256"])
    except KeyError:
        return redirect("/login")
    except (jwt.DecodeError, jwt.ExpiredSignatureError):
        return redirect("/login?cleared")
    except jwt.InvalidTokenError:  # an `aud`, or an `nbf` that is to come
        abort(500)
    allowed = claims["allowed_resources"]
    parts = page.split("/")
    section = "/".join(parts[:-1]) if len(parts) > 1 else page
    if not (section == "" or section.startswith("_") or "_all_" in allowed or section in allowed):
        return redirect("/", 307)
    return jsonify(claims=claims, header=jwt.get_unverified_header(request.cookies["dashboard_jwt"]))
