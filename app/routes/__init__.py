"""The routes beside the pages: modules of the Review screen, its data, its media, its decisions.

    GET  /review/assets/{version}/{file}            modules and style of the component
    GET  /api/review/queue?kind=                    clips to review, each with the reason
    GET  /api/review/queues                         every queue with its size
    GET  /api/review/manual                         the coding manual
    GET  /api/review/clips/{id}                     what a reviewer may know of a clip before judging it
    GET  /api/review/clips/{id}/rationale           pseudo-label, claims, cues: 403 until the blind answer is saved
    GET  /api/review/clips/{id}/words               the transcript by sentences, with words about the outcome masked
    GET  /api/review/clips/{id}/times               frame times
    GET  /api/review/clips/{id}/keypoints/{chunk}   key points of a range of frames
    GET  /api/review/clips/{id}/confidence          their confidence over the whole clip
    GET  /api/review/clips/{id}/person              the boxes of the person
    POST /api/review/leases                         reserves the clips open here, so that others' queues leave them out
    POST /api/review/decisions                      one decision; answered after the commit
    POST /api/review/bulks/{id}/take-back           undoes a bulk accept of the reviewer
    GET  /api/media/{id}/video | thumbnail          files, by signed address
    GET  /pseudo_labels                             leads to the page /pseudo-labels

Every route but the last refuses requests that come from another site. Data and decisions want the reviewer's token,
media a signature (app.tokens). Paths come from the database, never from an address. Errors are {"error": "one sentence"}.
(`/media/` itself belongs to Streamlit, which refuses routes under it.)
"""

from collections.abc import Callable

from starlette.routing import Route

from app.routes import assets, clips, decisions, leases, manual, media, page_addresses, queues, rationale, tracks
from app.routes.guard import RouteContext, open_to_all, open_to_reviewers
from app.tokens import Tokens
from core.feature_store import FeatureStore
from core.workspace import Workspace
from db.engine import Database

__all__ = ["review_routes"]


def review_routes(workspace_now: Callable[[], Workspace], database: Database, signing_key: str) -> list[Route]:
    """All routes, for `st.App(script, routes=...)` or Starlette.

    `workspace_now` is called at each use: its settings may change while the app runs, except those of the tokens.
    """
    workspace = workspace_now()
    context = RouteContext(
        workspace_now=workspace_now,
        database=database,
        tokens=Tokens(signing_key, workspace.settings.server.token_hours),
        features=FeatureStore(workspace.features_dir),
    )
    clip = "/api/review/clips/{clip_id}"
    return [
        Route("/review/assets/{version}/{file:path}", open_to_all(context, assets.asset)),
        Route("/api/review/queue", open_to_reviewers(context, queues.queue)),
        Route("/api/review/queues", open_to_reviewers(context, queues.every_queue)),
        Route("/api/review/manual", open_to_reviewers(context, manual.manual)),
        Route(clip, open_to_reviewers(context, clips.clip)),
        Route(f"{clip}/rationale", open_to_reviewers(context, rationale.rationale)),
        Route(f"{clip}/words", open_to_reviewers(context, clips.words)),
        Route(f"{clip}/times", open_to_reviewers(context, tracks.times)),
        Route(f"{clip}/keypoints/{{chunk}}", open_to_reviewers(context, tracks.keypoints)),
        Route(f"{clip}/confidence", open_to_reviewers(context, tracks.confidence)),
        Route(f"{clip}/person", open_to_reviewers(context, tracks.person)),
        Route("/api/review/decisions", open_to_reviewers(context, decisions.decide), methods=["POST"]),
        Route(
            "/api/review/bulks/{bulk_id}/take-back",
            open_to_reviewers(context, decisions.take_back_bulk),
            methods=["POST"],
        ),
        Route("/api/review/leases", open_to_reviewers(context, leases.lease), methods=["POST"]),
        Route("/api/media/{clip_id}/{kind}", open_to_all(context, media.media)),
        *(Route(f"/{name}", page_addresses.to_page) for name in page_addresses.other_spellings()),
    ]
