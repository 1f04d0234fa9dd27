"""Group commit: what many callers want written in one kind of transaction shares one fsync.

While one transaction runs in its thread, later callers gather; the next transaction takes them all. A lone caller
waits for nobody. The bound is ``MAX_GROUP`` items a transaction; more wait for the next one.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import anyio.to_thread

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MAX_GROUP: Final = 200


class GroupCommit(Generic[Item, Answer]):
    """Calls ``write`` with a list of items, one answer each; an error of ``write`` reaches every caller of that group."""

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Answer]]) -> None:
        self._write = write
        self._gathered: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._runner: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Answer:
        """The item's answer, after the commit of the transaction that took it."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._gathered.append((item, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._gathered:
            group, self._gathered = self._gathered[:MAX_GROUP], self._gathered[MAX_GROUP:]
            try:
                answers = await anyio.to_thread.run_sync(self._write, [item for item, _ in group])
            except Exception as error:  # the callers raise it, each in its own request
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
            else:
                for (_, future), answer in zip(group, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
