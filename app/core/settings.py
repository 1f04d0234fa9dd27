"""The settings table: every knob that comes from the environment or ``.env``, with its default and its words.

``docs/settings.md`` is generated from this file by ``make docs``.
"""

from base64 import b64decode
from ipaddress import ip_network
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

_KEY_BYTES: Final = 24  # what Standard Webhooks asks for at least


class Settings(BaseSettings):
    """One frozen reading of the environment, made once by the composition root."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = Field("sqlite:///data/earshot.db", description="SQLite file or postgresql:// address.")
    port: int = Field(8000, ge=1, le=65535, description="Port that serve and web listen on.")
    secret_key: str = Field("", description="Signs CSRF tokens and the ledger. Empty: made once and kept in the data folder (SQLite only).")
    earshot_base_url: str = Field("", description="Public address of the desk, e.g. https://desk.example. Empty: http://127.0.0.1:PORT.")
    earshot_log: Literal["text", "json"] = Field("text", description="Form of the log lines on stderr.")
    earshot_undo_seconds: int = Field(10, ge=0, le=120, description="How long a sent reply can still be taken back.")
    earshot_rules_dir: Path = Field(Path("routing_rules"), description="Folder of rules, policies, word lists, weights and service levels.")
    earshot_data_dir: Path = Field(Path("data"), description="Folder for the embedded database and secrets made on first start.")
    earshot_default_publisher: Literal["echo", "by_hand", "webhook"] = Field(
        "by_hand", description="How replies leave on networks without a configured channel. The demo uses echo."
    )
    earshot_webhook_url: str = Field(
        "", description="Where the webhook publisher posts replies, https or this machine. See docs/webhooks.md."
    )
    earshot_webhook_secret: str = Field("", description="Signs the webhook: whsec_ and base64, as Standard Webhooks has it.")
    earshot_webhook_honours_keys: bool = Field(
        False, description="The receiver posts one webhook-id once however often it comes, so that resending after a crash is safe."
    )
    earshot_webhook_lookup_url: str = Field(
        "", description="Address with {key} in it that tells whether a reply stands on the network: 200 with external_id, or 404."
    )
    earshot_webhook_timeout_seconds: float = Field(
        10, gt=0, le=60, description="Time for one whole attempt, from connecting to the answer."
    )
    earshot_webhook_settle_seconds: float = Field(
        60,
        ge=0,
        le=3600,
        description="How long the receiver may still be at work on an attempt; a 404 of the look-up counts only after it.",
    )
    earshot_webhook_private: str = Field(
        "", description="Private addresses and networks the webhook may call, with commas: 10.1.2.3, 10.20.0.0/16."
    )
    earshot_intake_bound: int = Field(50_000, ge=1, description="Waiting mentions above which POST /mentions answers 429.")
    earshot_lease_minutes: int = Field(15, ge=1, description="How long a claim stands without a sign of life from its agent.")
    earshot_silent_minutes: int = Field(
        10,
        ge=1,
        description="Who says available, but has had no open page and no request for so long, is silent: no case is pushed.",
    )
    earshot_return_minutes: int = Field(
        5, ge=0, description="How long open work waits for an agent who went away or silent before it goes back to its queue."
    )
    earshot_pick_up_minutes: int = Field(
        5, ge=0, description="How long a case that the desk gave waits to be opened before it goes back to its queue. 0: for good."
    )
    earshot_skip_minutes: int = Field(60, ge=1, description="How long a case that an agent passed on is not offered to them again.")
    earshot_session_hours: int = Field(12, ge=1, description="Sign-in lifetime; half an hour idle never ends it, this does.")
    earshot_join_minutes: int = Field(
        24 * 60, ge=1, description="An author's posts on one account within this time of each other join one case."
    )
    earshot_heartbeat_seconds: float = Field(15, gt=0, description="Beat of the live stream.")
    earshot_drain_seconds: float = Field(
        1, ge=0, le=4, description="After SIGTERM: how long all is still answered while /readyz says 503, so that a balancer looks away."
    )

    @field_validator("earshot_webhook_url", "earshot_webhook_lookup_url")
    @classmethod
    def _an_address(cls, value: str, info: ValidationInfo) -> str:
        place = urlsplit(value)
        if value and (place.scheme not in ("http", "https") or not place.hostname):
            raise PydanticCustomError("address", "must be an address like https://bridge.example/replies")
        if place.username is not None or place.password is not None:
            raise PydanticCustomError("address", "must carry no user or password: the signature is what proves who calls")
        if value and info.field_name == "earshot_webhook_lookup_url" and "{key}" not in value:
            raise PydanticCustomError("address", "must have {key} in it, in whose place the reply's key is put", {"key": "{key}"})
        return value

    @field_validator("earshot_webhook_secret")
    @classmethod
    def _a_key(cls, value: str) -> str:
        try:
            key = b64decode(value.removeprefix("whsec_") + "==", validate=False)
        except ValueError:
            key = b""
        if value and len(key) < _KEY_BYTES:
            raise PydanticCustomError("secret", "must be whsec_ and base64 of 24 bytes or more: openssl rand -base64 32")
        return value

    @field_validator("earshot_webhook_private")
    @classmethod
    def _some_networks(cls, value: str) -> str:
        for word in filter(None, (w.strip() for w in value.split(","))):
            try:
                ip_network(word, strict=False)
            except ValueError:
                raise PydanticCustomError("network", "must be addresses or networks with commas between") from None
        return value

    @model_validator(mode="after")
    def _a_whole_webhook(self) -> "Settings":
        if self.earshot_webhook_url and not self.earshot_webhook_secret:
            raise PydanticCustomError("webhook", "EARSHOT_WEBHOOK_URL needs EARSHOT_WEBHOOK_SECRET: a webhook is always signed")
        if self.earshot_default_publisher == "webhook" and not self.earshot_webhook_url:
            raise PydanticCustomError("webhook", "EARSHOT_DEFAULT_PUBLISHER=webhook needs EARSHOT_WEBHOOK_URL")
        return self

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded SQLite file."""
        return self.database_url.startswith("sqlite")

    @property
    def base_url(self) -> str:
        """The desk's public address without a trailing slash."""
        return (self.earshot_base_url or f"http://127.0.0.1:{self.port}").rstrip("/")
