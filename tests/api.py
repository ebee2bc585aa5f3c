"""Talking to the API in tests: a Django client that carries a token and reads JSON."""

import json
from typing import Any

from django.test import Client
from django.utils import timezone

from gymsite.core import tokens
from gymsite.core.models import ApiSession, User
from gymsite.core.operations.sessions import ACCESS_LASTS, SESSION_LASTS


def token_for(user: User) -> str:
    """An access token of a new session, made without the log-in's password hash."""
    now, access = timezone.now(), tokens.new()
    ApiSession.objects.create(
        user=user,
        access_hash=tokens.digest(access),
        refresh_hash=tokens.digest(tokens.new()),
        access_expires_at=now + ACCESS_LASTS,
        expires_at=now + SESSION_LASTS,
        created_at=now,
    )
    return access


class Api:
    """Requests of one person (or of nobody) to /api/v1."""

    def __init__(self, user: User | None = None, *, token: str | None = None) -> None:
        self.client = Client()
        self.token = token or (token_for(user) if user else None)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        raw: bytes | None = None,
    ):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        data = (
            raw
            if raw is not None
            else b""
            if body is None
            else json.dumps(body).encode()
        )
        return self.client.generic(
            method,
            f"/api/v1{path}",
            data,
            content_type="application/json",
            headers=headers,
        )

    def get(self, path: str):
        return self.request("GET", path)

    def post(self, path: str, body: Any = None, **more: Any):
        return self.request("POST", path, body, **more)

    def delete(self, path: str):
        return self.request("DELETE", path)


def assert_problem(response, status: int, code: str) -> dict[str, Any]:
    """Assert a problem document with this status and code; return the document."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    found = response.json()
    assert found["code"] == code, found
    assert found["status"] == status
    assert found["title"]
    return found
