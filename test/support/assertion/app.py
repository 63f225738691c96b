"""An app that believes a signed assertion, checked by the keys that are published."""

import os

import jwt
from flask import Flask, jsonify, request

server = Flask(__name__)
keys = jwt.PyJWKClient(os.environ["JWKS_URL"])


@server.get("/")
def who():
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = request.headers.get("X-Dashgate-Assertion", bearer)
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token, key, algorithms=["EdDSA", "ES256"], audience=["sales", "es256"], issuer=os.environ["ISSUER"]
        )
    except jwt.PyJWTError as error:
        return jsonify(error=type(error).__name__), 401
    return jsonify(claims=claims, token=token, alg=jwt.get_unverified_header(token)["alg"])
