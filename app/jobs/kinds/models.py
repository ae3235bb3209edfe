"""Jobs for the weights of models."""

from app.jobs.registry import Arguments, Result, job_kind
from core.errors import DownloadError
from core.progress import Progress, shares
from core.workspace import Workspace
from db.engine import Database
from labeling.weights.catalog import Model, model_named


def _models(_workspace: Workspace, arguments: Arguments) -> list[Model]:
    """Raises NotFoundError for a name that is not in the catalog."""
    return [model_named(name) for name in arguments["names"]]


@job_kind("get models", check=_models)
def get_models(workspace: Workspace, database: Database, arguments: Arguments, progress: Progress) -> Result:  # noqa: ARG001
    """`names` of the catalog. A model that cannot be fetched keeps no other back; the job then fails at its end."""
    from labeling.weights.store import WeightsStore

    store = WeightsStore(workspace.weights_dir, workspace.settings.models)
    models = _models(workspace, arguments)
    got, failed = [], []
    for model, share in zip(models, shares(progress, [model.size for model in models]), strict=True):
        progress.raise_if_cancelled()
        try:
            found = store.get(model, share)
        except DownloadError as error:
            failed.append(str(error))
        else:
            got.append({"model": model.name, "state": str(found.soundness), "remark": found.remark})
    if failed:
        others = f" The others are there: {', '.join(one['model'] for one in got)}." if got else ""
        raise DownloadError(f"{' '.join(failed)}{others}")
    return {"models": got, "folder": str(workspace.weights_dir)}
