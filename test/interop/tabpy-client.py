"""TabPy's own client, as a data scientist uses it: tabpy-client.py URL USER PASSWORD"""

import contextlib
import io
import sys

from tabpy.tabpy_tools.client import Client

url, user, password = sys.argv[1:]
client = Client(url)
client.set_credentials(user, password)


def double(values):
    return [2 * value for value in values]


def quadruple(values):
    """A model that calls another one, which is stored with it."""
    return double(double(values))


def triple(values):
    return [3 * value for value in values]


client.deploy("double", double, "Twice as much", override=True)
client.deploy("quadruple", quadruple, "Four times as much", override=True)
client.deploy("my model", double, "A name with a space", override=True)

# From a machine that shares no disk with TabPy: a script deploys there, and comes back through the front with the password.
remote = Client(url, remote_server=True)
remote.set_credentials(user, password)
with contextlib.redirect_stdout(io.StringIO()):
    remote.deploy("triple", triple, "Three times as much", override=True)

print(sorted(client.get_endpoints()))
print(client.query("double", [1, 2])["response"])
print(client.query("quadruple", [1, 2])["response"])
print(client.query("triple", [1, 2])["response"])
print(client.query("my model", [1, 2])["response"])
client.remove("my model")
print(sorted(client.get_endpoints()))
