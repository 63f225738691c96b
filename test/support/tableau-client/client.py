"""Does with Tableau's own client what its first argument says, and prints one line of JSON."""

import json
import sys

import tableauserverclient as TSC

asked = json.loads(sys.argv[1])
server = TSC.Server(asked["url"], use_server_version=asked.get("use_server_version", False))
if "version" in asked:
    server.version = asked["version"]


def credentials():
    site = asked.get("site", "")
    if asked["way"] == "password":
        return TSC.TableauAuth(asked["name"], asked["secret"], site_id=site, user_id_to_impersonate=asked.get("act_as"))
    if asked["way"] == "personal_token":
        return TSC.PersonalAccessTokenAuth(asked["name"], asked["secret"], site_id=site)
    return TSC.JWTAuth(asked["secret"], site_id=site)


SIGN_IN = {
    "password": server.auth.sign_in,
    "personal_token": server.auth.sign_in_with_personal_access_token,
    "connected_app": server.auth.sign_in_with_json_web_token,
}


def workbooks():
    found, page = server.workbooks.get()
    return {"names": [one.name for one in found], "total": page.total_available}


def failing(what):
    try:
        what()
    except TSC.FailedSignInError as error:
        return {"error": "FailedSignInError", "code": error.code, "detail": error.detail}
    except TSC.ServerResponseError as error:
        return {"error": "ServerResponseError", "code": error.code, "detail": error.detail}
    except Exception as error:
        return {"error": type(error).__name__, "detail": str(error)}
    return {"error": None}


said = {}
if asked.get("fails"):
    said["failed"] = failing(lambda: SIGN_IN[asked["way"]](credentials()))
else:
    with SIGN_IN[asked["way"]](credentials()):
        said["version"] = server.version
        said["site"] = {"id": server.site_id, "url": server.site_url}
        said["user"] = server.user_id
        said["first"] = workbooks()
        if "switch_to" in asked:
            site = TSC.SiteItem("x", asked["switch_to"])
            token = server.auth_token
            server.auth.switch_site(site)
            said["switched"] = {"url": server.site_url, "other_token": server.auth_token != token}
            said["second"] = workbooks()
            # It knows that it is there already.
            server.auth.switch_site(site)
        token, ids = server.auth_token, (server.site_id, server.user_id, server.site_url)
    said["signed_out"] = not server.is_signed_in()
    server._set_auth(ids[0], ids[1], token, ids[2])
    said["afterwards"] = failing(workbooks)
print(json.dumps(said))
