"""Logging in and accounts."""

from typing import Annotated, Literal

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from pydantic import BaseModel, Field, model_validator

from gymsite.accounts.operations.joining import (
    LASTS,
    begin_joining,
    finish_joining,
    joining_of,
)
from gymsite.accounts.operations.registering import register_quietly
from gymsite.core.models import Role, User
from gymsite.core.operations import log_in_limits, sessions
from gymsite.core.pagination import keyset_page
from gymsite.core.queries import users
from gymsite.rest.answers import Beside, UtcTime, answer, source
from gymsite.rest.bearer import ApiRequest
from gymsite.rest.idempotency import idempotent, sealed_answers
from gymsite.rest.schemas import (
    Digits,
    Id,
    Input,
    PageInput,
    PageOf,
    Problem,
    choice_of,
)
from gymsite.web import access
from gymsite.web.http import client_address

auth = Router(tags=["Log-in"])
people = Router(tags=["People"])
SHOWN = (
    "username",
    "email",
    "first_name",
    "last_name",
    "phone",
    "role",
    "member_number",
    "home_branch",
    "date_joined",
)
AccountRole = Annotated[str, choice_of("AccountRole", Role)]


class LoginRequest(Input):
    """Either name does; a ``username`` with an @ is taken for an e-mail address."""

    username: str | None = Field(None, max_length=254, examples=["ada"])
    email: str | None = Field(None, max_length=254)
    password: str = Field(max_length=1000, examples=["correct horse battery"])
    code: str = Field(
        "",
        max_length=20,
        description="Of the authenticator app, where the account asks for one.",
    )

    @model_validator(mode="after")
    def one_name(self) -> "LoginRequest":
        if bool(self.username) == bool(self.email):
            raise ValueError("Send either username or email.")
        return self


class RefreshRequest(Input):
    refresh_token: str = Field(max_length=200)


class TokenPair(BaseModel):
    """``expires_in`` is in seconds, for the access token; the refresh token lasts 30
    days and serves once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(examples=[900])


class LogoutResult(BaseModel):
    status: Literal["logged_out"]


class RegistrationRequest(Input):
    username: str = Field(min_length=1, max_length=150, examples=["grace"])
    email: str = Field(min_length=3, max_length=254, examples=["grace@example.com"])
    password: str = Field(
        min_length=1, max_length=1000, examples=["correct horse battery"]
    )
    first_name: str = Field("", max_length=150)
    last_name: str = Field("", max_length=150)
    phone: str = Field("", max_length=32)
    home_branch: Id | None = Field(
        None, description="The id of the branch one mostly goes to."
    )


class JoiningStarted(BaseModel):
    """``joining`` goes back with the code that was mailed; ``expires_in`` is in
    seconds."""

    status: Literal["code_sent"]
    email: str
    joining: str
    expires_in: int = Field(examples=[900])


class JoiningCode(Input):
    joining: str = Field(max_length=8000)
    code: str = Field(max_length=12, examples=["123456"])


class Account(BaseModel):
    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    phone: str
    role: AccountRole
    member_number: str
    home_branch: int | None = source("home_branch_id")
    joined_at: UtcTime = source("date_joined")


def _tokens(pair: sessions.TokenPair) -> HttpResponse:
    return answer(TokenPair, Beside(pair, token_type="Bearer"))  # noqa: S106


@auth.post(
    "/login",
    response={200: TokenPair, (401, 429): Problem},
    auth=None,
    operation_id="log_in",
    summary="Log in",
)
@sealed_answers
def log_in(request: ApiRequest, body: LoginRequest) -> HttpResponse:
    """Trade a name and password for a pair of tokens. After ten wrong tries in five
    minutes it waits."""
    name, client = (
        body.username or body.email or "",
        request.headers.get("User-Agent", ""),
    )
    return _tokens(
        sessions.log_in(
            name=name,
            password=body.password,
            code=body.code,
            client=client,
            address=client_address(request),
            now=timezone.now(),
        )
    )


@auth.post(
    "/refresh",
    response={200: TokenPair, 401: Problem},
    auth=None,
    operation_id="refresh_tokens",
    summary="Refresh the tokens",
)
@sealed_answers
def refresh(request: ApiRequest, body: RefreshRequest) -> HttpResponse:
    """Trade a refresh token for a new pair. A refresh token that comes a second time
    ends its session."""
    return _tokens(
        sessions.refresh(refresh_token=body.refresh_token, now=timezone.now())
    )


@auth.post("/logout", response=LogoutResult, operation_id="log_out", summary="Log out")
@idempotent
def log_out(request: ApiRequest) -> HttpResponse:
    """End the session that the access token belongs to; both its tokens stop
    working."""
    sessions.log_out(session_id=request.api_session.pk)
    return answer(LogoutResult, {"status": "logged_out"})


@people.post(
    "/register",
    response={201: Account, 202: JoiningStarted, 429: Problem},
    auth=None,
    operation_id="register",
    summary="Register",
)
@sealed_answers
def register(request: ApiRequest, body: RegistrationRequest) -> HttpResponse:
    """Open a member's account, or, where addresses are confirmed, mail a code for it
    (202). Of an address that has one the answer is the same, and its owner gets a
    mail."""
    said = body.model_dump(exclude={"home_branch"})
    said |= {"home_branch_id": body.home_branch, "now": timezone.now()}
    if settings.CONFIRM_ADDRESSES:
        joining = begin_joining(**said, address=client_address(request))
        begun = {
            "status": "code_sent",
            "email": joining.said["email"],
            "joining": joining.token(),
            "expires_in": int(LASTS.total_seconds()),
        }
        return answer(JoiningStarted, begun, 202)
    log_in_limits.check_registering(
        log_in_limits.Origin(client_address(request)), now=said["now"]
    )
    return answer(Account, register_quietly(**said), 201)


@people.post(
    "/confirm",
    response={201: Account, (409, 429): Problem},
    auth=None,
    operation_id="confirm_address",
    summary="Confirm an address",
)
@sealed_answers
def confirm(request: ApiRequest, body: JoiningCode) -> HttpResponse:
    """Open the account that was registered, with the code that was mailed to its
    address."""
    user = finish_joining(
        joining=joining_of(body.joining), code=body.code, now=timezone.now()
    )
    return answer(Account, user, 201)


@people.get(
    "/user/", response=Account, operation_id="read_my_account", summary="Who am I"
)
def me(request: ApiRequest) -> HttpResponse:
    """One's own account."""
    return answer(Account, request.auth)


class AccountsWanted(PageInput):
    role: Annotated[Role, choice_of("AccountRole", Role)]
    active: bool = Field(True, description="False: whose account is closed.")
    branch: Annotated[Id, Digits] | None = Field(
        None, description="A branch's id; all that one sees if left out."
    )


@people.get(
    "/",
    response={200: PageOf[Account], (403, 404): Problem},
    operation_id="list_accounts",
    summary="Accounts by role",
)
def with_role(request: ApiRequest, wanted: Query[AccountsWanted]) -> HttpResponse:
    """For staff: the people of a role whose home branch is theirs, the newest first;
    the owner sees everybody."""
    viewer = request.auth
    branches = access.branches_read(viewer, "core.view_user", wanted.branch)
    found = User.objects.only(*SHOWN)
    if wanted.branch is not None or not viewer.sees_all_branches:
        found = found.filter(home_branch__in=branches)
    rows = users.with_role(found, wanted.role, is_active=wanted.active)
    page = keyset_page(rows, ("-id",), cursor=wanted.cursor, limit=wanted.limit)
    return answer(PageOf[Account], page)


@people.get(
    "/{username}",
    response={200: Account, 404: Problem},
    operation_id="read_account",
    summary="One account",
)
def read(
    request: ApiRequest, username: Annotated[str, Path(max_length=150)]
) -> HttpResponse:
    """One's own account; staff see the people of their branch, the owner everybody."""
    person = access.person_by_name(request.auth, username)
    access.check_sees(request.auth, person)
    return answer(Account, person)
