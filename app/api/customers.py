"""Customers: found, shown with their timeline, upserted from the CRM, linked, merged, erased."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from app.actions.erase_customer import Erased, erase_customer
from app.actions.link_identity import Linked, link_identity
from app.actions.merge_customers import merge_customers
from app.actions.upsert_customer import Upserted, upsert_customer
from app.api.answers import Items, answer
from app.api.reading import Form, Id, Query, Words, asker_of, body_of, id_of, in_thread, json_of, ports_of, query_of
from app.core.errors import Invalid, NotFound
from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.customers.model import ValueTier
from app.door.entry import Entry, needs
from app.door.idempotency import once
from app.queries.customer import CustomerPage, customer
from app.queries.customer_timeline import Group
from app.queries.customers import CustomerItem, customers

_LONGEST_REF: Final = 200
Network = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Handle = Annotated[Words, Field(max_length=200)]
Account = Annotated[Words, Field(max_length=255)]
_NAMED: Final[dict[str, JsonValue]] = {"anyOf": [{"required": ["handle"]}, {"required": ["external_id"]}]}


class CustomersQuery(Query):
    """``q`` is the beginning of a handle, ref, e-mail, or of any word of the name."""

    q: Words = Field("", max_length=200)
    known: bool | None = Field(None, description="Only those the CRM knows, or only prospects; not together with q.")
    tier: ValueTier | None = Field(None, description="Our tier of value; not together with q.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: Words | None = Field(None, max_length=500)


class TimelineQuery(Query):
    """Which part of the timeline."""

    group: Group | None = None
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: Words | None = Field(None, max_length=500)


class HandleForm(Form):
    """An account of the customer: a handle, an external id, or both."""

    model_config = ConfigDict(json_schema_extra=_NAMED)

    network: Network
    handle: Handle | None = None
    external_id: Account | None = None
    instance: Account = ""


class CustomerForm(Form):
    """What the CRM knows. A field left out stays as it is, null empties it; fields beside these become custom fields."""

    model_config = ConfigDict(extra="allow")

    name: str | None = Field(None, max_length=300)
    email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    tier: str | None = Field(None, max_length=60)
    lifetime_value: int | float | str | None = None
    currency: str | None = Field(None, description="Three letters, such as EUR.")
    since: str | None = Field(None, description="A date such as 2019-05-01.")
    owner: str | None = Field(None, max_length=200)
    segments: list[str | None] | str | None = None
    consent: bool | int | str | None = None
    handles: dict[str, str | None] | list[dict[str, Any]] | None = Field(None, description="Network to handle, or a list of accounts.")
    custom: dict[str, Any] | None = None


class MergeForm(Form):
    """``source`` goes up in ``target``, which answers for both from then on."""

    source: Id
    target: Id


class MergedAnswer(Form):
    """Both ids, the accounts that moved, and the fields the target lacked and took."""

    source: str
    target: str
    moved: list[str]
    filled: list[str]


async def listed(request: Request) -> Response:
    """A page of customers."""
    query = query_of(request, CustomersQuery)
    page = await in_thread(
        customers, ports_of(request), asker_of(request), q=query.q, cursor=query.cursor, limit=query.limit,
        known=query.known, value_tier=query.tier,
    )  # fmt: skip
    return answer({"items": page.items, "next": page.next})


async def shown(request: Request) -> Response:
    """One customer with a page of the timeline."""
    query = query_of(request, TimelineQuery)
    found = await in_thread(
        customer, ports_of(request), asker_of(request), id_of(request), cursor=query.cursor, limit=query.limit, group=query.group
    )
    return answer(found)


async def upserted(request: Request) -> Response:
    """Make or change a customer by the CRM's own id; the same body again changes nothing."""
    ref: str = request.path_params["ref"]
    if len(ref) > _LONGEST_REF:
        raise NotFound(f"A ref has at most {_LONGEST_REF} characters.")
    body = await json_of(request) if await request.body() else {}
    if not isinstance(body, dict):
        raise Invalid("Send the customer as an object.", errors=[{"loc": ["body"], "msg": "must be an object"}])
    done = await in_thread(upsert_customer, ports_of(request), asker_of(request), ref, body)
    return answer(done, 201 if done.outcome == "created" else 200)


@once
async def linked(request: Request) -> Response:
    """Link an account; one that a prospect held brings its history along."""
    form = await body_of(request, HandleForm)
    done = await in_thread(
        link_identity, ports_of(request), asker_of(request), id_of(request), network=form.network, handle=form.handle,
        external_id=form.external_id, instance=form.instance,
    )  # fmt: skip
    return answer(done, 201 if done.linked else 200)


@once
async def merged(request: Request) -> Response:
    """Let one customer answer for another."""
    form = await body_of(request, MergeForm)
    done = await in_thread(merge_customers, ports_of(request), asker_of(request), source_id=form.source, target_id=form.target)
    return answer({"source": done.source.id, "target": done.target.id, "moved": done.moved, "filled": done.filled})


async def erased(request: Request) -> Response:
    """Erase the customer and everyone merged into it."""
    return answer(await in_thread(erase_customer, ports_of(request), asker_of(request), id_of(request)))


ENTRIES: Final = (
    Entry("GET", "/api/v1/customers", listed, needs("customers.read"), summary="Find customers.", query=CustomersQuery,
          answer=Items[CustomerItem], tag="Customers"),
    Entry("POST", "/api/v1/customers/merge", merged, needs("customers.edit"), body=MergeForm, answer=MergedAnswer, fails=(404, 409),
          summary="Merge one customer into another; honours Idempotency-Key.", tag="Customers"),
    Entry("PUT", "/api/v1/customers/by-ref/{ref:path}", upserted, needs("customers.edit"), body=CustomerForm,
          answer={200: Upserted, 201: Upserted}, fails=(404, 409), summary="Make or change a customer by the CRM's id.", tag="Customers"),
    Entry("GET", "/api/v1/customers/{id}", shown, needs("customers.read"), query=TimelineQuery, answer=CustomerPage,
          summary="One customer: fields, accounts, value, class, and a page of the timeline.", tag="Customers"),
    Entry("DELETE", "/api/v1/customers/{id}", erased, needs("customers.erase"), answer=Erased, fails=(409, 423),
          summary="Erase a customer; refused while a case of theirs is held.", tag="Customers"),
    Entry("POST", "/api/v1/customers/{id}/identities", linked, needs("customers.edit"), body=HandleForm, answer={200: Linked, 201: Linked},
          fails=(409,), summary="Link an account to a customer; honours Idempotency-Key.", tag="Customers"),
)  # fmt: skip
