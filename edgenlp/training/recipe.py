"""A recipe: everything that decides what a run trains, in one TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from edgenlp.artifact.manifest import MAX_LENGTH
from edgenlp.errors import PluginError, RecipeError
from edgenlp.interfaces import Augmentation, Encoder, Objective, Reader, TaskHead, Teacher
from edgenlp.plugins import plugins
from edgenlp.settings import Settings, settings_of, several, validated

_TAG: Final = re.compile("[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def _tag(tag: str) -> str:
    if not _TAG.fullmatch(tag):
        raise ValueError("it must be a BCP 47 tag of letters, digits and hyphens, such as 'en', 'de-muc' or 'zh-Hans'")
    return tag


class Source(Settings):
    """One data file.

    Attributes:
        path: relative to the folder given with --data, else to the recipe.
        format: a reader's name.
        language: a BCP 47 tag given to rows that have none of their own.
        options: what the reader takes beside the path.
    """

    path: str
    format: str
    language: Annotated[str, AfterValidator(lambda tag: tag and _tag(tag))] = ""
    options: dict[str, str] = Field({})


class TrainingSource(Source):
    """One data file to learn from.

    Attributes:
        folded: where the data have folds, the rows in the one that is held out are measured instead of learnt.
    """

    folded: bool = False


class Data(Settings):
    """What is read.

    Attributes:
        train: rows to learn from; those that mean the same as a tuning or a dev row are dropped.
        unlabelled: texts that only the recipe's teachers answer; gold answers, where there are any, are not looked at.
        dev: rows that the reported figures come from; they choose nothing.
        tuning: rows that gate quantization and, with `patience`, choose the checkpoint.
        tuning_share: share of the training rows that is held out to do so where no source is named under `tuning`.
        folds: parts of the folded sources, of which one is held out; 0 learns from all their rows.
        fold: which one, from 0. All rows of one meaning are in one fold.
        temperature: 1 trains on each language as often as it has rows, more brings languages of few rows more often.
    """

    train: list[TrainingSource] = Field(min_length=1)
    unlabelled: list[Source] = Field([])
    dev: list[Source] = Field([])
    tuning: list[Source] = Field([])
    tuning_share: float = Field(0.05, ge=0.0, lt=1.0)
    folds: int = Field(0, ge=0)
    fold: int = Field(0, ge=0)
    temperature: float = Field(1.0, ge=1, allow_inf_nan=False)

    @property
    def sources(self) -> list[Source]:
        """All that is read, in order."""
        return [*self.train, *self.unlabelled, *self.dev, *self.tuning]

    @field_validator("folds")
    @classmethod
    def _folds_hold_rows(cls, folds: int, info: ValidationInfo) -> int:
        if folds == 1:
            raise ValueError("one fold leaves nothing to learn: take 2 or more, or 0 for none")
        if folds and not any(source.folded for source in info.data.get("train", [])):
            raise ValueError("no source under 'train' is marked with folded = true")
        return folds

    @field_validator("fold")
    @classmethod
    def _fold_is_one_of_them(cls, fold: int, info: ValidationInfo) -> int:
        if fold and fold >= info.data.get("folds", fold + 1):
            raise ValueError(f"there are {info.data['folds']} folds, counted from 0")
        return fold


class Variation(Settings):
    """An augmentation, with its own settings beside these.

    Attributes:
        name: of the augmentation.
        share: of the training rows that are varied, drawn anew in each epoch.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    share: float = Field(0.3, gt=0, le=1)

    def plugin(self) -> tuple[Augmentation, Any]:
        """The augmentation and its validated settings; raises as `Recipe.encoder_plugin` does."""
        augmentation = plugins().get(Augmentation, self.name)
        return augmentation, settings_of(augmentation.Config, self.model_extra or {}, "augmentation", "share")

    def files(self) -> Sequence[str]:
        """Paths in its settings that it reads; raises as `plugin` does."""
        augmentation, settings = self.plugin()
        return augmentation.files(settings)


class TeacherModel(Settings):
    """A teacher, with its own settings beside its name.

    Attributes:
        name: of the teacher.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    def plugin(self) -> tuple[Teacher, Any]:
        """The teacher and its validated settings; raises as `Recipe.encoder_plugin` does."""
        teacher = plugins().get(Teacher, self.name)
        return teacher, settings_of(teacher.Config, self.model_extra or {}, "distillation.teacher")


class Goal(Settings):
    """An objective, with its own settings beside these.

    Attributes:
        name: of the objective.
        weight: that its loss counts with.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)

    def plugin(self) -> tuple[Objective, Any]:
        """The objective and its validated settings; raises as `Recipe.encoder_plugin` does."""
        objective = plugins().get(Objective, self.name)
        return objective, settings_of(objective.Config, self.model_extra or {}, "distillation.objective", "weight")


class Distillation(Settings):
    """What is learnt from whom.

    Attributes:
        teacher: each is asked once about every training text; none where no objective wants anything of one.
        objective: what is learnt, together.
        variants: number of epochs whose varied rows are labelled; training goes round them.
        unlabelled_share: of the texts under `data.unlabelled`, drawn anew in each epoch.
    """

    teacher: list[TeacherModel] = Field([])
    objective: list[Goal] = Field(min_length=1)
    variants: int = Field(1, ge=1)
    unlabelled_share: float = Field(1.0, gt=0, le=1)

    def teachers(self) -> list[tuple[Teacher, Any]]:
        """Each teacher with its validated settings."""
        return [teacher.plugin() for teacher in self.teacher]

    @property
    def wants(self) -> frozenset[str]:
        """What the objectives take from teachers."""
        return frozenset[str]().union(*(goal.plugin()[0].wants for goal in self.objective))


class Pretraining(Settings):
    """Word prediction on raw text.

    Attributes:
        hidden_share: of the pieces that are to be guessed; 8 of 10 are hidden, 1 is replaced, 1 stays (Devlin et al.
            2019, section 3.1).
        scored_share: of the pieces at which the whole vocabulary is scored to learn from teachers, the hidden ones
            among them; what is learnt there stands for all pieces.
        words: the most frequent words of the training text that are asked for, of an encoder without a vocabulary.
        width: of the head's bottleneck, which is left behind with it.
        parts: that the rows are dealt into, anew in each pass; an epoch learns one of them.
        dtype: of the products with the vocabulary while training; bfloat16 is faster on processors that have it.
    """

    hidden_share: float = Field(0.15, gt=0, lt=1)
    scored_share: float = Field(default_factory=lambda known: max(0.3, known.get("hidden_share", 0)), gt=0, le=1)
    words: int = Field(20_000, ge=1)
    width: int = Field(256, ge=1)
    parts: int = Field(1, ge=1)
    dtype: Literal["bfloat16", "float32"] = "bfloat16"

    @field_validator("scored_share")
    @classmethod
    def _hidden_pieces_are_scored(cls, scored: float, info: ValidationInfo) -> float:
        if scored < info.data.get("hidden_share", 0):
            raise ValueError(f"the hidden pieces, a share of {info.data['hidden_share']}, are among them")
        return scored

    @property
    def scored_of_shown(self) -> float:
        """The share of the pieces that are not hidden at which the vocabulary is scored."""
        return (self.scored_share - self.hidden_share) / (1 - self.hidden_share)


class Training(Settings):
    """How it is learnt.

    Attributes:
        epochs: passes over the training rows.
        batch_size: utterances in a step.
        shards: parts of a batch that are learnt side by side, as far as running statistics and random numbers, which
            they share, let them; statistics of a batch are those of a shard.
        learning_rate: the highest, reached after warm-up.
        warmup: share of the steps in which the rate rises linearly from 0.
        schedule: how it falls to 0 afterwards.
        weight_decay: decoupled (AdamW); matrices only.
        clip_norm: largest global norm of the gradients.
        average_decay: of the exponential moving average of the weights, which is what is kept.
        patience: epochs without a better tuning figure after which training stops; 0 trains to the end and keeps the
            last weights.
        evaluate_every: epochs between looks at the tuning rows.
        max_tokens: longer training texts are cut here; a row whose gold answer reaches beyond the cut is left out.
        deterministic: the same bytes from the same recipe, machine and thread count, at some cost in speed.
    """

    epochs: int = Field(40, ge=1)
    batch_size: int = Field(64, ge=1)
    shards: int = Field(2, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    warmup: float = Field(0.05, ge=0, lt=1)
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    weight_decay: float = Field(0.01, ge=0)
    clip_norm: float = Field(1.0, gt=0)
    average_decay: float = Field(0.999, ge=0, lt=1)
    patience: int = Field(0, ge=0)
    evaluate_every: int = Field(5, ge=1)
    max_tokens: int = Field(48, ge=1)
    deterministic: bool = False


class Export(Settings):
    """The device's side of the run.

    Attributes:
        lengths: numbers of tokens that the model has a graph for; a text takes the shortest that holds it.
    """

    lengths: list[Annotated[int, Field(ge=1, le=MAX_LENGTH)]] = Field([8, 16, 32], min_length=1)


class Recipe(Settings):
    """A whole recipe.

    Attributes:
        name: of the model.
        languages: BCP 47 tags of what it understands.
        seed: of everything random but the draw of the tuning rows.
        start: the folder of a finished run, from the working folder: its encoder, with its associated files, is what
            this one's training starts from.
        license: of the exported model, as its training data demands.
        encoder: `name` of an encoder and its settings.
        head: `name` of a task head and its settings.
        pretraining: in a head's place, trains the encoder alone, on raw text.
        augmentation: applied to training rows one after the other.
        distillation: what is learnt, and from which teachers; without it, the gold answers alone are.
    """

    name: str = Field(min_length=1)
    languages: list[Annotated[str, AfterValidator(_tag)]] = Field([])
    seed: int = Field(1, ge=0, lt=2**32)
    license: str = ""
    start: str = ""
    encoder: dict[str, Any]
    head: dict[str, Any] | None = None
    pretraining: Pretraining | None = None
    data: Data
    augmentation: list[Variation] = Field([])
    distillation: Distillation | None = None
    training: Training = Training()
    export: Export = Export()

    def encoder_plugin(self) -> tuple[Encoder, Any]:
        """The encoder and its validated settings.

        Raises:
            RecipeError: a setting is unknown or has a wrong value.
            PluginError: no plugin has it.
        """
        encoder = plugins().get(Encoder, _component_name(self.encoder, "encoder"))
        return encoder, settings_of(encoder.Config, self.encoder, "encoder")

    def head_plugin(self) -> tuple[TaskHead, Any]:
        """The task head and its validated settings; raises as `encoder_plugin` does, and where there is none."""
        if self.head is None:
            hint = "edgenlp pretrain trains its encoder, from which another recipe may start"
            raise RecipeError(
                f"the recipe {self.name!r} has no section [head]: {hint if self.pretraining else 'name a task head'}"
            )
        head = plugins().get(TaskHead, _component_name(self.head, "head"))
        return head, settings_of(head.Config, self.head, "head")

    def published(self) -> dict[str, Any]:
        """Its values as a model holds them, of whole paths the last part: where runs lie is no one else's matter."""
        published: dict[str, Any] = _without_folders(self.model_dump(mode="json"))
        return published


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_folders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_folders(item) for item in value]
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def read_recipe(path: Path | str, overrides: str | Sequence[str] = ()) -> Recipe:
    """Read, override and validate a recipe.

    Args:
        path: a TOML file.
        overrides: `key=value` with a dotted key and a TOML value, such as `training.epochs=3`.

    Raises:
        RecipeError: naming the file and the key; a misspelt key comes with the right one.
        PluginError: no installed plugin has the encoder or the head.
    """
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise RecipeError(f"there is no recipe {path}") from None
    except OSError as error:
        raise RecipeError(f"the recipe {path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not a TOML file: {error}") from None
    for override in several(overrides):
        _override(values, override)
    recipe: Recipe = validated(Recipe, values, str(path))
    recipe.encoder_plugin()
    if recipe.pretraining:
        _check_pretraining(recipe, path)
    else:
        recipe.head_plugin()
    for variation in recipe.augmentation:
        variation.plugin()
    _check_objectives(recipe, path)
    if recipe.data.unlabelled and not (recipe.distillation and recipe.distillation.teacher):
        raise RecipeError(
            f"{path}: texts under 'data.unlabelled' need teachers under distillation.teacher, who answer them"
        )
    for source in recipe.data.sources:
        plugins().get(Reader, source.format)
    return recipe


def _check_pretraining(recipe: Recipe, path: Path) -> None:
    if recipe.head is not None:
        raise RecipeError(f"{path} has both a [head] and a section [pretraining]: a recipe trains a task or an encoder")
    if recipe.augmentation:
        raise RecipeError(f"{path} has both an [[augmentation]] and a section [pretraining]: raw text is not varied")
    if recipe.data.unlabelled:
        raise RecipeError(f"{path} has 'data.unlabelled' and a section [pretraining]: raw text goes under 'data.train'")


def _check_objectives(recipe: Recipe, path: Path) -> None:
    """A student may be trained where its teachers are not installed; the settings of those that are must be right."""
    for model in recipe.distillation.teacher if recipe.distillation else []:
        with suppress(PluginError):
            model.plugin()
    wants = recipe.distillation.wants if recipe.distillation else frozenset[str]()
    if "sentence_embedding" in wants and recipe.head and recipe.head_plugin()[0].sequences > 1:
        raise RecipeError(
            f"{path}: the objective 'sentence_embedding' learns a teacher's vector of one text, and the head "
            f"{recipe.head_plugin()[0].name!r} takes pairs: learn it by edgenlp pretrain, and start from that run"
        )
    lessons, verb = ("words", "pretrain") if recipe.pretraining else ("answers", "train")
    for goal in recipe.distillation.objective if recipe.distillation else []:
        if lessons not in goal.plugin()[0].lessons:
            fitting = [
                item.name for item in plugins().registrations() if lessons in getattr(item.component, "lessons", ())
            ]
            raise RecipeError(
                f"{path}: the objective {goal.name!r} is not for a recipe of edgenlp {verb}: those that are, are "
                f"{', '.join(fitting)}"
            )


def _override(values: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise RecipeError(f"--set takes key=value, such as training.epochs=3, not {override!r}")
    try:
        value, *more = tomllib.loads(f"value = {text}").values()
        if more:
            raise RecipeError(f"--set takes one key=value, and {override!r} holds several lines")
        if isinstance(value, date | time):
            value = text
    except tomllib.TOMLDecodeError as error:
        if text.lstrip().startswith(("[", "{", '"', "'")):
            raise RecipeError(
                f"--set {override}: this is no TOML value ({error}); texts in lists and tables need quotes, and single "
                "ones where there are backslashes"
            ) from None
        value = text
    *sections, last = key.strip().split(".")
    for depth, section in enumerate(sections, 1):
        values = values.setdefault(section, {})
        if isinstance(values, list):
            whole = ".".join(sections[:depth])
            raise RecipeError(f'--set {override}: {whole!r} is a list, give it as a whole: "{whole}=[{{ ... }}]"')
        if not isinstance(values, dict):
            raise RecipeError(f"--set {override}: {section!r} is not a section of the recipe")
    values[last] = value


def _component_name(settings: dict[str, Any], section: str) -> str:
    name = settings.get("name")
    if not isinstance(name, str):
        found = "" if name is None else f", a text in quotes, and has {name}"
        raise RecipeError(f"the recipe's section [{section}] needs a name{found}")
    return name
