"""Commands for the weights of models: list, get, verify, remove."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.shared import JsonOption, WorkspaceOption, models_app, work
from app.cli.terminal import tell
from core.errors import DownloadError, InputError, WeightsError

if TYPE_CHECKING:
    from app.queries.model_weights import ModelState
    from labeling.weights.catalog import Model
    from labeling.weights.store import WeightsStore

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A model, as `telltale models list` names it.")]
NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Models, as `telltale models list` names them.")
]


@models_app.command("list")
def list_models(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the models that perception can use: stage, license, size, and whether they are on this machine."""
    from app.cli.terminal import print_json, print_table
    from app.opened_workspace import opened_workspace
    from app.queries.model_weights import model_states, store_of

    opened = opened_workspace(workspace)
    states = model_states(opened.workspace)
    if as_json:
        store = store_of(opened.workspace)
        print_json([_as_json(state, store) for state in states])
        return
    print_table(
        (
            "model",
            "stage",
            "what",
            "license",
            "size",
            "on this machine",
            "needs",
            "recommended",
            "named by the settings",
        ),
        [
            (
                one.model.name,
                one.model.stage,
                one.model.title,
                one.model.license.name,
                one.model.size_said,
                one.said,
                one.model.needs,
                _yes(one.model.recommended),
                _yes(one.chosen),
            )
            for one in states
        ],
    )
    tell("\nGet one by `telltale models get NAME`, the recommended ones by `telltale models get --all-recommended`.")


@models_app.command("get")
def get(
    names: NamesArgument = None,
    all_recommended: Annotated[
        bool,
        typer.Option("--all-recommended", help="Those of the paper, or the best of their stage, that need no account."),
    ] = False,
    accept_license: Annotated[
        bool, typer.Option("--accept-license", help="Accept the licenses without being asked.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download models into the workspace's weights/, whole and checked; a stopped download goes on where it stopped."""
    from app.cli.terminal import print_json
    from app.opened_workspace import opened_workspace
    from app.queries.model_weights import models_to_get, store_of

    models = models_to_get(names or [], all_recommended=all_recommended)
    if not models:
        raise InputError(
            "Name the models to get, or give --all-recommended; `telltale models list` shows what there is."
        )
    opened = opened_workspace(workspace)
    store = store_of(opened.workspace)
    _accept([model for model in models if not store.accepted(model)], store, told=accept_license)
    result = work("get models", {"names": [model.name for model in models]}, workspace, as_json=as_json)
    if as_json:
        print_json(result)
        return
    for model, one in zip(models, result["models"], strict=True):
        tell(f"{model.name}: {one['state']}. {one['remark']}".rstrip())
        if getattr(opened.workspace.settings.perception, model.setting) != model.value:
            tell(f"  To use it, set {model.use_line} in telltale.toml.")


@models_app.command("verify")
def verify(names: NamesArgument = None, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Read models again and compare their digests; without a name, all that are in the workspace's weights/."""
    from app.cli.terminal import print_json, print_table, shown_progress
    from app.opened_workspace import opened_workspace
    from app.queries.model_weights import models_to_get, store_of
    from labeling.weights.catalog import all_models
    from labeling.weights.store import Soundness

    opened = opened_workspace(workspace)
    store = store_of(opened.workspace)
    models = (
        models_to_get(names, all_recommended=False)
        if names
        else [one for one in all_models() if store.fetched_bytes(one)]
    )
    with shown_progress(as_json) as progress:
        found = [store.verify(model, progress) for model in models]
    if as_json:
        print_json([{"model": one.model, "state": str(one.soundness), "remark": one.remark} for one in found])
    elif found:
        print_table(("model", "state", "remark"), [(one.model, one.soundness, one.remark) for one in found])
    else:
        tell(f"No model of the catalog is in {opened.workspace.weights_dir}.")
    bad = [one.model for one in found if one.soundness not in (Soundness.WHOLE, Soundness.UNCHECKED)]
    if bad:
        raise WeightsError(f"Not usable as it is: {', '.join(bad)}.")


@models_app.command("remove")
def remove(name: NameArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Delete a model from the workspace's weights/; features made with it stay."""
    from app.cli.terminal import print_json
    from app.opened_workspace import opened_workspace
    from app.queries.model_weights import model_state, store_of
    from labeling.weights.catalog import megabytes, model_named

    opened = opened_workspace(workspace)
    model = model_named(name)
    freed = store_of(opened.workspace).remove(model)
    left = model_state(opened.workspace, model).place
    elsewhere = None if left is None else str(left)
    if as_json:
        print_json({"model": name, "freed_bytes": freed, "elsewhere": elsewhere})
        return
    tell(f"{name}: {megabytes(freed)} freed." if freed else f"{name} is not in {opened.workspace.weights_dir}.")
    if elsewhere:
        tell(f"Perception still finds it at {elsewhere}, which is not the workspace's and stays.")


def _accept(models: "list[Model]", store: "WeightsStore", *, told: bool) -> None:
    """Shows the licenses that were not accepted here yet, and asks once for all. Raises DownloadError without a yes."""
    if not models:
        return
    for model in models:
        tell(f"{model.name} ({model.title}) is under {model.license.name}: {model.license.asks}", on_error=True)
        tell(f"  Its text: {model.license.text_at}. The model's page: {model.page}", on_error=True)
    if not told:
        if not sys.stdin.isatty():
            raise DownloadError(
                "Nobody can be asked here whether these licenses are accepted; read them, and give --accept-license."
            )
        if not typer.confirm("Do you accept?", default=False, err=True):
            raise DownloadError("Nothing was fetched, as the license was not accepted.")
    store.accept(models)


def _as_json(state: "ModelState", store: "WeightsStore") -> dict[str, object]:
    model = state.model
    return {
        "name": model.name,
        "stage": model.stage,
        "title": model.title,
        "license": model.license.name,
        "license_text": model.license.text_at,
        "page": model.page,
        "bytes": model.size,
        "files": [
            {
                "name": file.name,
                "bytes": file.size,
                "sha256": file.sha256,
                "addresses": store.addresses(model, file),
                "unpack": None if file.member is None else file.member.name,
            }
            for file in model.files
        ],
        "gated": model.gated,
        "needs": model.needs,
        "lacks": state.lacks,
        "recommended": model.recommended,
        "state": state.said,
        "place": None if state.place is None else str(state.place),
        "license_accepted": state.accepted,
        "named_by_settings": state.chosen,
        "use": model.use_line,
    }


def _yes(is_so: bool) -> str:
    return "yes" if is_so else ""
