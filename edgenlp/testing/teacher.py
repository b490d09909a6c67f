"""The rules of the teacher contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

import numpy as np
import pytest

from edgenlp.errors import EdgeNLPError
from edgenlp.interfaces import OF_TEXTS, Arrays, Example, Teacher, Text, parts
from edgenlp.testing.common import HOSTILE, TEXTS, check_config, check_light_import

KNOWN: Final = OF_TEXTS | {"token_logits", "vocabulary_logits"}


class TeacherConformance:
    """Holds a teacher to its contract.

    Attributes:
        teacher: the instance that the plugin registers.
        config: its settings, which name a small model; the defaults where None.
        texts: what it is asked about; a teacher of pairs takes pairs.
        hostile: texts that must not break it; none for a teacher of pairs.
        tolerance: by which answers may differ that are given among other texts.
    """

    teacher: ClassVar[Teacher]
    config: ClassVar[Any] = None
    texts: ClassVar[Sequence[Text]] = TEXTS
    hostile: ClassVar[Sequence[Text]] = HOSTILE
    tolerance: ClassVar[float] = 1e-4

    def _settings(self) -> Any:
        return self.teacher.Config() if self.config is None else self.config

    def _offers(self) -> list[str]:
        return sorted(self.teacher.offers(self._settings()))

    def _answers(self, texts: Sequence[Text]) -> list[Arrays]:
        return list(self.teacher.label(texts, self._offers(), self._settings()))

    def test_config(self) -> None:
        """Settings are plain and come back from JSON."""
        check_config(self.teacher.Config, self._settings())

    def test_device_half_imports_no_workshop(self) -> None:
        """Predicting loads all plugins, so registering a teacher needs no framework."""
        check_light_import(self.teacher)

    def test_it_offers_what_objectives_know(self) -> None:
        """At least one of the four things that a teacher may say."""
        offered = self.teacher.offers(self._settings())
        assert offered and offered <= KNOWN, offered

    def test_the_digest_is_the_models(self) -> None:
        """SHA-256 in hex, the same when asked again."""
        digest = self.teacher.digest(self._settings())
        assert len(digest) == 64 and int(digest, 16) >= 0
        assert digest == self.teacher.digest(self._settings())

    def test_labels_name_the_last_dimension(self) -> None:
        """Of logits, each name once; a sentence embedding has none."""
        answer = self._answers(self.texts[:1])[0]
        for what in self._offers():
            labels = self.teacher.labels(what, self._settings())
            assert len(labels) == (0 if what == "sentence_embedding" else answer[what].shape[-1])
            assert len(set(labels)) == len(labels)

    def test_it_refuses_what_it_lacks(self) -> None:
        """With an error for the user, before anything is read."""
        for what in KNOWN.difference(self._offers()):
            with pytest.raises(EdgeNLPError):
                self.teacher.labels(what, self._settings())
            with pytest.raises(EdgeNLPError):
                next(iter(self.teacher.label(self.texts[:1], [what], self._settings())))

    def test_an_answer_for_each_text_in_order(self) -> None:
        """Finite float32 of the shapes of the contract, with spans in the text; asked alone a text has the same."""
        answers = self._answers(self.texts)
        assert len(answers) == len(self.texts)
        for text, answer in zip(self.texts, answers, strict=True):
            self._check(text, answer)
            (alone,) = self._answers([text])
            for name, array in alone.items():
                np.testing.assert_allclose(answer[name], array, rtol=0, atol=self.tolerance, err_msg=name)

    def test_the_same_call_gives_the_same_bytes(self) -> None:
        """So that labels can be compared, and made again."""
        for once, again in zip(self._answers(self.texts), self._answers(self.texts), strict=True):
            assert once.keys() == again.keys()
            assert all(once[name].tobytes() == again[name].tobytes() for name in once)

    def test_one_thing_at_a_time(self) -> None:
        """Asked for one of the things that it offers, it says that one."""
        for what in self._offers():
            asked = self.teacher.label(self.texts[:2], [what], self._settings())
            assert isinstance(asked, Iterator)
            for answer in asked:
                assert answer.keys() == ({what} if what in OF_TEXTS else {what, "spans"})

    def test_any_text_is_a_text(self) -> None:
        """Empty, very long and malformed ones have answers."""
        for text, answer in zip(self.hostile, self._answers(self.hostile), strict=True):
            self._check(text, answer)

    def test_what_it_has_learnt_are_rows(self) -> None:
        """With gold answers, if it was taught any."""
        assert all(isinstance(row, Example) for row in self.teacher.learnt(self._settings()))

    def _check(self, text: Text, answer: Arrays) -> None:
        of_tokens = [what for what in self._offers() if what not in OF_TEXTS]
        assert answer.keys() == {*self._offers(), *(["spans"] if of_tokens else [])}
        for what in self._offers():
            assert answer[what].dtype == np.float32
            assert answer[what].ndim == (1 if what in OF_TEXTS else 2)
            assert np.isfinite(answer[what]).all(), f"{what} of {text[:40]!r}"
        if not of_tokens:
            return
        assert answer["spans"].dtype == np.int32 and answer["spans"].shape[1:] == (2,)
        assert {len(answer[what]) for what in of_tokens} == {len(answer["spans"])}
        end = 0
        for start, stop in answer["spans"].tolist():
            assert end <= start <= stop <= len(parts(text)[0]), f"span {(start, stop)} in {text[:40]!r}"
            end = stop
