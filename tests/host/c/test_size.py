"""What the host takes of a Cortex-M0: docs/host.md has the figures."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from c_host import HOST, STRICT
from qrnn_hw.boards.link.identity import Identity
from qrnn_hw.c_host import c_header
from qrnn_hw.models import open_model

ROOT = Path(__file__).parents[3]
MOST = 8192  # bytes of code
MAIN = """
#include "qrnn_model.h"
static qrnn_host host;
static uint8_t memory[64 * QRNN_MODEL_STEP_BYTES];
static int64_t logits[QRNN_MODEL_CLASSES];
volatile int result;
static int get(void *context, uint8_t *data, int size) { (void)context; *data = 0; return size; }
static int put(void *context, const uint8_t *data, int size) { (void)context; return *data + size; }
int main(void)
{
    int32_t x[QRNN_MODEL_CHANNELS] = {0};
    qrnn_init(&host, &qrnn_model, get, put, NULL);
    host.memory = memory;
    host.memory_size = sizeof memory;
    host.logits = logits;
    host.logit_count = QRNN_MODEL_CLASSES;
    x[0] = qrnn_quantize(&qrnn_model, 0, result);
    result = qrnn_classify(&host, x, 1);
    result += qrnn_step(&host, x, true);
    result += qrnn_end(&host) + qrnn_reset(&host);
    result += qrnn_class_name(&qrnn_model, result)[0] + qrnn_message(result)[0];
    for (;;) {
    }
}
"""


@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None,
    reason="arm-none-eabi-gcc must be installed (Debian's gcc-arm-none-eabi)",
)
def test_all_of_it_takes_less_than_8_kb_of_code(tmp_path):
    model = open_model(ROOT / "examples" / "digits.pt").model
    (tmp_path / "qrnn_model.h").write_text(c_header(model, Identity.of(model)))
    (tmp_path / "main.c").write_text(MAIN)
    program = tmp_path / "main.elf"
    subprocess.run(
        ["arm-none-eabi-gcc", *STRICT, "-Os", "-mcpu=cortex-m0", "-mthumb", "-ffunction-sections",
         "-fdata-sections", f"-I{HOST}", tmp_path / "main.c", HOST / "qrnn_host.c", "-nostartfiles",
         "-Wl,-e,main", "-Wl,--gc-sections", "-specs=nosys.specs", "-specs=nano.specs",
         "-o", program],
        check=True,
    )  # fmt: skip
    out = subprocess.run(
        ["arm-none-eabi-size", program], check=True, capture_output=True, text=True
    )
    code, data, _ = map(int, out.stdout.splitlines()[1].split()[:3])
    assert 2000 < code + data < MOST
    # The page says the same of this compiler, and little else of another.
    (told,) = re.findall(r"([\d,]+) bytes of code", (ROOT / "docs" / "host.md").read_text())
    assert abs(code + data - int(told.replace(",", ""))) < 200


def test_it_asks_for_no_memory_and_computes_no_floats():
    text = (HOST / "qrnn_host.c").read_text() + (HOST / "qrnn_host.h").read_text()
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert not re.findall(r"\b(?:malloc|calloc|realloc|alloca|float|double|printf)\b", code)
