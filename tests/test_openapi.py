"""The whole OpenAPI document against the API itself: requests that fit it and requests that don't, made by schemathesis.

Every run makes the same requests (a fixed seed, no example database). Each call is undone, so that one call's rows are
not the next one's.
"""


import pytest

pytestmark = pytest.mark.django_db
