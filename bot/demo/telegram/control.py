"""The world over HTTP, for programs that don't share the server's process: POST and GET under /pretend/<token>/."""

from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from .arguments import JsonObject
from .chats import SeenMessage
from .faults import Fault, FaultKind
from .people import Person
from .world import PretendTelegram, World


def control_routes(telegram: PretendTelegram) -> list[Route]:
    """The routes; each takes and gives a JSON object."""
    control = _Control(telegram)
    return [
        Route("/pretend/{token}/people/{user_id:int}/sees", control.sees, methods=["GET"]),
        Route("/pretend/{token}/people/{user_id:int}/{deed}", control.acts, methods=["POST"]),
        Route("/pretend/{token}/faults", control.faults, methods=["POST"]),
        Route("/pretend/{token}/clock", control.clock, methods=["POST"]),
        Route("/pretend/{token}/settings", control.settings, methods=["POST"]),
        Route("/pretend/{token}/about", control.about, methods=["GET"]),
    ]


class _Control:
    def __init__(self, telegram: PretendTelegram) -> None:
        self._telegram = telegram

    async def sees(self, request: Request) -> JSONResponse:
        """What a person sees, with `?last=N` only the newest N."""
        person = self._person(request)
        seen = person.sees()[-int(request.query_params.get("last", "0")) :]
        return JSONResponse(
            {"messages": [seen_as_json(message) for message in seen], "notifications": len(person.notifications)}
        )

    async def acts(self, request: Request) -> JSONResponse:
        """A person does something: says, starts, taps, edits, sends_voice, sends_photo, blocks, unblocks."""
        given = await request.json()
        done = _act(self._person(request), request.path_params["deed"], given)
        return JSONResponse({"done": done})

    async def faults(self, request: Request) -> JSONResponse:
        """Order a fault: the fields of Fault, with the kind by its name."""
        given = await request.json()
        self._world(request).order_fault(Fault(**{**given, "kind": FaultKind[given["kind"]]}))
        return JSONResponse({"done": True})

    async def clock(self, request: Request) -> JSONResponse:
        """Turn the world's clock: {"advance": seconds} or {"now": an ISO time with its zone}."""
        world = self._world(request)
        match await request.json():
            case {"advance": int() | float() as seconds}:
                _turn(world, world.now() + timedelta(seconds=seconds))
            case {"now": str(text)} if (to := datetime.fromisoformat(text)).tzinfo is not None:
                _turn(world, to)
            case _:
                raise ValueError("either advance, in seconds, or now, an ISO time with its zone")
        return JSONResponse({"now": world.now().isoformat()})

    async def settings(self, request: Request) -> JSONResponse:
        """Switch flood limits: {"flood_limits": false}."""
        self._world(request).flood_limits = bool((await request.json())["flood_limits"])
        return JSONResponse({"done": True})

    async def about(self, request: Request) -> JSONResponse:
        """What waits, what was called, and what went wrong."""
        world = self._world(request)
        return JSONResponse(
            {
                "pending_updates": world.pending_updates,
                "handed_out": len(world.handed_out),
                "calls_made": world.calls_made,
                "unanswered_taps": len(world.unanswered_taps()),
                "errors": world.errors,
            }
        )

    def _world(self, request: Request) -> World:
        return self._telegram.world(request.path_params["token"])

    def _person(self, request: Request) -> Person:
        return self._world(request).person(request.path_params["user_id"])


def seen_as_json(message: SeenMessage) -> JsonObject:
    """A message as a person sees it; of a photo or document only its size in bytes."""
    rows = [[{"label": one.label, "data": one.data, "url": one.url} for one in row] for row in message.buttons]
    return {
        "message_id": message.message_id,
        "from_bot": message.from_bot,
        "at": message.at.isoformat(),
        "text": message.text,
        "entities": [entity.as_json() for entity in message.entities],
        "buttons": rows,
        "edited_at": message.edited_at.isoformat() if message.edited_at else None,
        "photo": None if message.photo is None else len(message.photo),
        "document": None if message.document is None else [message.document[0], len(message.document[1])],
        "reply_to": message.reply_to,
        "silent": message.silent,
    }


def _act(person: Person, deed: str, given: JsonObject) -> object:
    """What the deed returns: the identifier of a message or callback, or None."""
    deeds: dict[str, Callable[..., object]] = {
        "says": person.says,
        "starts": person.starts,
        "taps": person.taps_data if "data" in given else person.taps,
        "edits": person.edits,
        "sends_voice": person.sends_voice,
        "sends_photo": person.sends_photo,
        "blocks": person.blocks,
        "unblocks": person.unblocks,
    }
    # Fields are arguments by name: {"text": …} of says, {"label": …} or {"message_id": …, "data": …} of taps.
    return deeds[deed](**given)


def _turn(world: World, to: datetime) -> None:
    shift = to - world.now()
    running = world.now
    world.now = lambda: running() + shift


async def _tell(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"mistake": f"{type(error).__name__}: {error}"}, status_code=400)


MISTAKES = {LookupError: _tell, TypeError: _tell, ValueError: _tell}
"""How mistakes in what is asked for here are answered: with 400, and what was wrong."""
