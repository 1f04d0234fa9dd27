"""The settings table: every knob that comes from the environment or ``.env``, with its default and its words.

``docs/settings.md`` is generated from this file by ``make docs``.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
    earshot_default_publisher: Literal["echo", "by_hand"] = Field(
        "by_hand", description="How replies leave on networks without a configured channel. The demo uses echo."
    )
    earshot_intake_bound: int = Field(50_000, ge=1, description="Waiting mentions above which POST /mentions answers 429.")
    earshot_lease_minutes: int = Field(15, ge=1, description="How long a claim stands without a sign of life from its agent.")
    earshot_session_hours: int = Field(12, ge=1, description="Sign-in lifetime; half an hour idle never ends it, this does.")
    earshot_join_minutes: int = Field(
        24 * 60, ge=1, description="An author's posts on one account within this time of each other join one case."
    )
    earshot_heartbeat_seconds: float = Field(15, gt=0, description="Beat of the live stream.")

    @property
    def embedded(self) -> bool:
        """Whether the database is the embedded SQLite file."""
        return self.database_url.startswith("sqlite")

    @property
    def base_url(self) -> str:
        """The desk's public address without a trailing slash."""
        return (self.earshot_base_url or f"http://127.0.0.1:{self.port}").rstrip("/")
