"""A model that mica deploys and mike may ask, by TabPy's own client."""

from tabpy.tabpy_tools.client import Client

URL = "http://127.0.0.1:8080/"


def forecast(values):
    return [value * 2 for value in values]


mica = Client(URL)
mica.set_credentials("mica", "1234")
mica.deploy("forecast", forecast, "Twice as much", override=True)

mike = Client(URL)
mike.set_credentials("mike", "123456")
print("Forecast:", mike.query("forecast", [1, 2])["response"])
