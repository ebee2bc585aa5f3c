"""The whole OpenAPI document against the API itself: requests that fit it and requests that don't, made by schemathesis.

Every run makes the same requests (a fixed seed, no example database). Each call is undone, so that one call's rows are
not the next one's.
"""

import json
from datetime import timedelta

import pytest
import schemathesis
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS
from schemathesis.config import GenerationConfig, SchemathesisConfig

from bookings.operations.bookings import book_session
from bookings.operations.checkins import check_in
from bookings.operations.waitlist import join_waitlist
from gymsite.api import api
from gymsite.wsgi import application
from tests.api import token_for
from tests.factories import GymClassFactory, MemberFactory, PlanFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
