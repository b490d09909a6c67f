"""What a person sees of what takes long."""

from __future__ import annotations

from edgenlp.training import progress


def test_log_has_a_line_a_minute_where_nobody_sees_a_bar(capsys, monkeypatch):
    clock = iter([0.0, 59.0, 61.0, 61.0, 100.0, 122.0, 122.0])
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    with progress.display(4_000, 1_000, "labelling") as shown:
        for _ in range(2):
            shown.advance(500, 0.25)
        first = capsys.readouterr().err
        for _ in range(2):
            shown.advance(500)
        second = capsys.readouterr().err
    assert first.startswith("labelling 2,000/4,000, ")
    assert "loss 0.250" in first
    assert second.startswith("labelling 3,000/4,000")
    assert first.count("\n") == second.count("\n") == 1
