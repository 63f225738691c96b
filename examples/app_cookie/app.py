"""Says who is there, and which sections are theirs, by a signed cookie that comes with each request."""

import os
from pathlib import Path

import jwt
from flask import Flask, request

SECRET = Path(os.environ["SECRET_FILE"]).read_text().rstrip("\n")
server = Flask(__name__)


@server.get("/")
def who():
    claims = jwt.decode(request.cookies["dashboard_jwt"], SECRET, algorithms=["HS256"], options={"require": ["user", "exp"]})
    return {"user": claims["user"], "sections": claims["allowed_resources"]}
