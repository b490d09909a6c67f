"""What the tests of other platforms have in common: where things are, and what is missing on this machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def litert_folder():
    """Where libLiteRt.so is in the environment of the tests."""
    ai_edge_litert = pytest.importorskip("ai_edge_litert")
    folder = Path(next(iter(ai_edge_litert.__path__)))
    if not (folder / "libLiteRt.so").exists():
        pytest.skip(f"{folder} holds no libLiteRt.so: this wheel of ai-edge-litert is of another platform.")
    return folder


@pytest.fixture(scope="session")
def make_c():
    """Runs examples/c's Makefile; a failure shows what it wrote."""
    if not (shutil.which("cc") and shutil.which("make")):
        pytest.skip("there is no C compiler: apt-get install gcc make")
    litert = litert_folder()

    def make(build, *arguments):
        command = ["make", "-s", "-C", ROOT / "examples" / "c", f"BUILD={build}", f"LITERT={litert}", *arguments]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return make
