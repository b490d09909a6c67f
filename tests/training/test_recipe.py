from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edgenlp.errors import PluginError, RecipeError
from edgenlp.settings import settings_of
from edgenlp.training import read_recipe

RECIPES = Path(__file__).parents[2] / "recipes"

MINIMAL = """
name = "small"
[encoder]
name = "pqrnn"
layers = 1
[head]
name = "classification"
[data]
train = [{ path = "train.tsv", format = "delimited" }]
"""


def recipe_file(tmp_path, text=MINIMAL):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_of_the_project_is_valid(path):
    assert read_recipe(path).name


def test_overrides_reach_sections_and_components(tmp_path):
    recipe = read_recipe(recipe_file(tmp_path), ["training.epochs=3", "encoder.layers=2", "name=other"])
    assert (recipe.training.epochs, recipe.encoder_plugin()[1].layers, recipe.name) == (3, 2, "other")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.epoch=3", "'training.epoch'; did you mean 'epochs'"),
        ("encoder.layer=3", "'layer'; did you mean 'layers'"),
        ("data.tunning_share=0.1", "did you mean 'tuning_share'"),
        ("training.epochs=0", "'training.epochs' is 0"),
        ("training.batch_size=true", "'training.batch_size' is True, but it should be a number"),
        ("training.epochs=three", "'training.epochs' is 'three', but it should be a number"),
        ("training.epochs='3'", "'training.epochs' is '3', but it should be a number"),
        ("data.dev=dev.tsv", "'data.dev' is 'dev.tsv', but it should be a list, in square brackets"),
        ("training.deterministic='yes'", "'training.deterministic' is 'yes', but it should be true or false"),
        (
            "export.lengths=[8, '16']",
            "'export.lengths' is [8, '16'], but it should be a list, each value of which is a",
        ),
        ("head={ name = 'semantic_parsing', unseen_path_penalty = '3' }", "is '3', but it should be a number"),
        (
            "distillation={ teacher = ['runs/t'] }",
            "'distillation.teacher.0' is 'runs/t', but it should be a table, such",
        ),
        (
            "distillation={ teacher = [{ name = 'run', runn = 'x' }], objective = [{ name = 'soft_labels' }] }",
            "'runn'; did you mean 'run'",
        ),
        ("encoder.layers=true", "'layers' is True, but it should be a number"),
        ("training.clip_norm=inf", "'training.clip_norm' is inf"),
        ("seed=99999999999", "'seed' is 99999999999"),
        ("training.schedule=cosin", "'training.schedule' is 'cosin'"),
        ("encoder.word_features=3", "word_features"),
        ("training", "--set takes key=value"),
        ("name.first=1", "not a section"),
        ("data.train.path=x", 'data.train\' is a list, give it as a whole: "data.train=[{ ... }]"'),
        ("augmentation=[{ name = 'slot_exchange', shar = 0.3 }]", "did you mean 'share'"),
        (
            "distillation={ teacher = [{ name = 'run' }], objective = [{ name = 'soft_labels', wieght = 2.0 }] }",
            "did you mean 'weight'",
        ),
        ("data.train=[]", "'data.train'"),
        ("data.train=[{ path = 'a', formt = 'mtop' }]", "'data.train.0.formt'; did you mean 'format'"),
        ("data.train=[{ path = a }]", "this is no TOML value"),
        ('name="a', "this is no TOML value"),
        ("name=", "'name' is ''"),
        ("seed=2\nname=3", "holds several lines"),
        ("languages=['en_US']", "'languages.0' is 'en_US', but it must be a BCP 47 tag"),
        ("languages=['']", "'languages.0' is '', but it must be a BCP 47 tag"),
        ("data.train=[{ path = 'a', format = 'mtop', language = 'e n' }]", "'data.train.0.language' is 'e n', but it"),
        ("seed=2024-01-01", "'seed' is '2024-01-01', but it should be a number"),
        ("head.name=3", "needs a name, a text in quotes, and has 3"),
    ],
)
def test_a_wrong_key_or_value_is_one_sentence_that_names_it(tmp_path, override, message):
    with pytest.raises(RecipeError) as error:
        read_recipe(recipe_file(tmp_path), [override])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(RecipeError, match="'data' is missing"):
        read_recipe(recipe_file(tmp_path, 'name = "x"\n[encoder]\nname = "pqrnn"\n[head]\nname = "classification"\n'))


def test_a_setting_without_a_default_must_be_given():
    @dataclass(frozen=True)
    class Config:
        width: int
        names: list[str] = field(default_factory=lambda: ["a"])

    assert settings_of(Config, {"width": 2}, "encoder") == Config(2)
    with pytest.raises(RecipeError, match=r"section \[encoder\]: the key 'width' is missing"):
        settings_of(Config, {}, "encoder")


@pytest.mark.parametrize("tag", ["en", "de-muc", "zh-Hans", "gsw", "es-419"])
def test_languages_are_tags(tmp_path, tag):
    overrides = [f"languages=[{tag!r}]", f"data.train=[{{ path = 'a', format = 'mtop', language = {tag!r} }}]"]
    assert read_recipe(recipe_file(tmp_path), overrides).languages == [tag]
    assert read_recipe(recipe_file(tmp_path), [overrides[1].replace(tag, "")]).data.train[0].language == ""


def test_a_byte_order_mark_is_no_part_of_a_recipe(tmp_path):
    assert read_recipe(recipe_file(tmp_path, "\ufeff" + MINIMAL)) == read_recipe(recipe_file(tmp_path))


def test_an_unknown_component_names_the_near_miss(tmp_path):
    with pytest.raises(PluginError, match="did you mean 'pqrnn'"):
        read_recipe(recipe_file(tmp_path), ["encoder.name=pqrn"])


def test_a_file_that_is_not_toml_is_said_so(tmp_path):
    with pytest.raises(RecipeError, match="not a TOML file"):
        read_recipe(recipe_file(tmp_path, "name = "))


def test_a_missing_file_is_said_so(tmp_path):
    with pytest.raises(RecipeError, match="there is no recipe"):
        read_recipe(tmp_path / "nothing.toml")
