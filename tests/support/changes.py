"""Changes of the desk itself, seen from the pages of those at work: its customers' records, rules, policies, people and programs."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from app.actions.acknowledge_policy import acknowledge_policy
from app.actions.add_person import add_person
from app.actions.apply_rules import apply_rules
from app.actions.change_person import PersonForm, change_person
from app.actions.confirm_rules import confirm_rules, decline_rules
from app.actions.create_token import create_token
from app.actions.disable_person import disable_person
from app.actions.edit_rules import Duplicate, edit_rules
from app.actions.enable_person import enable_person
from app.actions.erase_customer import erase_customer
from app.actions.export_customer import export_customer
from app.actions.import_customers import import_customers
from app.actions.link_identity import link_identity
from app.actions.merge_customers import merge_customers
from app.actions.pause_channel import pause_channel
from app.actions.publish_policy import publish_policy
from app.actions.publish_rules import publish_rules
from app.actions.recompute_clocks import recompute_clocks
from app.actions.revoke_token import revoke_token
from app.actions.roll_back_rules import roll_back_rules
from app.actions.seal_log import seal_log
from app.actions.sign_in import sign_out
from app.actions.sign_out_person import sign_out_person
from app.actions.unmerge_customer import unmerge_customer
from app.actions.upsert_customer import upsert_customer
from app.channels import store as channels
from app.engine.data_folder import DataFolder
from app.policy import store as policies
from app.policy.written import text_of
from app.routing import emit
from app.routing import store as routing
from tests.customers.desk import row
from tests.support.people import hire, signed_in
from tests.support.scene import Scene
from tests.support.stories import leaves


@leaves("customer.updated", "customer.linked", "customer.exported", prelude=1)
def the_record_changes(s: Scene, case: str) -> Iterator[None]:
    import_customers(s.ports, s.sue, [row(ref="C-1", name="Jo Harker", tier="gold", lifetime_value="4120", handles={"x": "jo_harker"})])
    yield
    s.clock.move(seconds=2)
    upsert_customer(s.ports, s.ana, "C-1", {"name": "Joanna Harker", "tier": "standard", "plan": "pro"})
    yield
    customer = s.case(case).customer_id
    assert customer is not None
    link_identity(s.ports, s.ana, customer, network="mastodon", handle="jo_m")
    yield
    assert export_customer(s.ports, hire(s.ports, "Exo", "admin"), customer)
    yield


@leaves("customer.merged", prelude=1)
def another_is_the_same_person(s: Scene, case: str) -> Iterator[None]:
    import_customers(s.ports, s.sue, [row(ref="C-1", name="Jo Harker", tier="gold", handles={"x": "jo_harker"})])
    yield
    s.clock.move(seconds=2)
    other = upsert_customer(s.ports, s.ana, "C-2", {"name": "Ana K", "handles": {"x": "ana_k"}}).customer_id
    yield
    s.clock.move(seconds=2)
    customer = s.case(case).customer_id
    assert customer is not None
    merge_customers(s.ports, s.sue, source_id=other, target_id=customer)
    yield
    s.clock.move(seconds=2)
    unmerge_customer(s.ports, s.sue, source_id=other)
    yield


@leaves("customer.erased")
def the_customer_is_forgotten(s: Scene, case: str) -> Iterator[None]:
    s.clock.move(seconds=2)
    customer = s.case(case).customer_id
    assert customer is not None
    erase_customer(s.ports, hire(s.ports, "Kim", "admin"), customer)
    yield


@leaves("rules.activated")
def the_rules_change(s: Scene, case: str) -> Iterator[None]:
    edit_rules(s.ports, s.sue, Duplicate("risk-safety"))
    yield
    with s.ports.db.read() as conn:
        number, text = routing.active(conn)
    text = emit.add_rule(text, {"id": "extra", "do": {"tags": ["extra"]}}, "risk-safety")
    publish_rules(s.ports, s.sue, text, reason="tags", expected=number)
    yield
    roll_back_rules(s.ports, s.sue, number, reason="no help")
    yield
    apply_rules(s.ports, hire(s.ports, "Kim", "admin"), reason="from the folder")
    yield


@leaves("rules.proposed", "rules.declined", "rules.activated")
def rules_wait_for_a_second_person(s: Scene, case: str) -> Iterator[None]:
    with s.ports.db.read() as conn:
        number, text = routing.active(conn)
    text = text.replace("the customer speaks of legal steps", "a lawyer was named")
    for decide in (lambda id: decline_rules(s.ports, s.leo, id, "not like this"), lambda id: confirm_rules(s.ports, s.leo, id)):
        done = publish_rules(s.ports, s.sue, text, reason="plainer", expected=number)
        assert done.waits is not None
        yield
        decide(done.waits.id)
        yield


@leaves("levels.changed")
def the_service_levels_change(s: Scene, case: str) -> Iterator[None]:
    assert not recompute_clocks(s.ports)  # the levels it began with
    with TemporaryDirectory() as folder:
        own = replace(s.ports, data=DataFolder(copytree(s.ports.data.root, Path(folder) / "rules")))
        levels = own.data.root / "service_levels.yaml"
        levels.write_text(levels.read_text(encoding="utf-8").replace("    within: 1 h\n", "    within: 50 min\n"), encoding="utf-8")
        while recompute_clocks(own):
            pass
    yield


@leaves("policy.activated", "policy.acknowledged")
def the_policies_change(s: Scene, case: str) -> Iterator[None]:
    acknowledge_policy(s.ports, s.ana, "public-reply", 1)
    yield
    with s.ports.db.read() as conn:
        text = text_of(policies.active(conn, "public-reply")).replace("I read the whole thread", "I read every post")
    publish_policy(s.ports, s.sue, "public-reply", text, 1)
    yield


@leaves("person.updated", "session.ended", "token.created", "token.revoked", "channel.changed")
def people_and_programs_change(s: Scene, case: str) -> Iterator[None]:
    kim = hire(s.ports, "Kim", "admin")
    yield
    new = add_person(s.ports, kim, email="zoe@desk.example", name="Zoe", role="agent", password="a long enough password")
    yield
    change_person(s.ports, kim, new.id, PersonForm("trainee", ("en",), (), (), 3))
    yield
    elsewhere = signed_in(s.ports, kim)
    assert elsewhere.visitor.session is not None
    sign_out(s.ports, elsewhere.visitor.session)
    signed_in(s.ports, kim)
    sign_out_person(s.ports, kim, kim.person())
    disable_person(s.ports, kim, "zoe@desk.example")
    yield
    enable_person(s.ports, kim, "zoe@desk.example")
    yield
    revoke_token(s.ports, kim, create_token(s.ports, kim, name="crm", scope="read").id)
    with s.ports.db.read() as conn:
        channel = channels.everything(conn)[0].id
    pause_channel(s.ports, kim, channel, paused=True)
    yield
    pause_channel(s.ports, kim, channel, paused=False)
    seal_log(s.ports)
    yield
