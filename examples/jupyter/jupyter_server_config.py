"""Jupyter knows its users by what dashgate says, and nobody else; it asks for no token and has no login of its own."""

from jupyter_server.auth import IdentityProvider, User

c = get_config()  # noqa: F821


class DashgateIdentity(IdentityProvider):
    login_available = False
    logout_available = False

    def get_user(self, handler):
        name = handler.request.headers.get("X-Forwarded-User")
        return User(username=name) if name else None


c.ServerApp.identity_provider_class = DashgateIdentity
c.IdentityProvider.token = ""
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = 8888
c.ServerApp.open_browser = False
# The name that browsers ask for arrives as it is: with a public one, Jupyter has to be told that this is meant.
c.ServerApp.allow_remote_access = True
