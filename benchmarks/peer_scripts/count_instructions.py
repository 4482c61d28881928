"""Compile network.c and run it in an emulator that counts; runs in a venv of peers_venv.py."""

import json
import struct
import subprocess
import sys
from pathlib import Path

from unicorn import UC_ARCH_ARM, UC_ARCH_X86, UC_HOOK_CODE, UC_MODE_64, UC_MODE_THUMB, Uc
from unicorn.arm_const import (
    UC_ARM_REG_LR,
    UC_ARM_REG_R0,
    UC_ARM_REG_R1,
    UC_ARM_REG_R2,
    UC_ARM_REG_SP,
)
from unicorn.x86_const import UC_X86_REG_RDI, UC_X86_REG_RDX, UC_X86_REG_RSI, UC_X86_REG_RSP

BASE, SIZE = 0x10000, 1 << 21
STACK, END, INPUT, OUTPUT = 0x180000, 0x1E0000, 0x1A0000, 0x1F0000


def compile_for(triple: str, cpu: str) -> bytes:
    """Compile network.c at -O2, link it, and return the program."""
    zig = [sys.executable, "-m", "ziglang"]
    plain = ["-ffreestanding", "-fno-sanitize=all", "-fno-stack-protector"]
    made = ["-c", "-target", triple, f"-mcpu={cpu}", "-O2", *plain, "-o", "network.o", "network.c"]
    link = [f"--image-base={BASE}", "-e", "run", "-o", "network.elf", "network.o"]
    subprocess.run([*zig, "cc", *made], check=True)
    subprocess.run([*zig, "ld.lld", *link], check=True)
    return Path("network.elf").read_bytes()


def load(machine: Uc, elf: bytes) -> int:
    """Map the segments of an ELF file, and return where it begins."""
    wide = elf[4] == 2
    entry, table = struct.unpack_from("<QQ" if wide else "<II", elf, 24)
    size, count = struct.unpack_from("<HH", elf, 54 if wide else 42)
    machine.mem_map(0, SIZE)
    for at in range(table, table + size * count, size):
        if wide:
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", elf, at)
        else:
            kind, offset, address, _, length = struct.unpack_from("<IIIII", elf, at)
        if kind == 1:
            machine.mem_write(address, elf[offset : offset + length])
    return entry


def main() -> None:
    """Run every length, and write logits and instructions."""
    order = json.loads(Path("order.json").read_text())
    elf = compile_for(order["triple"], order["cpu"])
    x = b"".join(value.to_bytes(order["bytes"], "little", signed=value < 0) for value in order["x"])
    counts, logits = [], []
    for steps in order["lengths"]:
        arm = order["triple"].startswith("thumb")
        machine = Uc(*((UC_ARCH_ARM, UC_MODE_THUMB) if arm else (UC_ARCH_X86, UC_MODE_64)))
        entry = load(machine, elf)
        machine.mem_write(INPUT, x)
        arguments = (INPUT, steps, OUTPUT)
        if arm:
            registers = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2)
            machine.reg_write(UC_ARM_REG_SP, STACK)
            machine.reg_write(UC_ARM_REG_LR, END | 1)
        else:
            registers = (UC_X86_REG_RDI, UC_X86_REG_RSI, UC_X86_REG_RDX)
            machine.mem_write(STACK - 8, struct.pack("<Q", END))
            machine.reg_write(UC_X86_REG_RSP, STACK - 8)
        for register, value in zip(registers, arguments):
            machine.reg_write(register, value)
        seen = [0]

        def count(*_: object, seen: list[int] = seen) -> None:
            seen[0] += 1

        machine.hook_add(UC_HOOK_CODE, count)
        machine.emu_start(entry, END)
        counts.append(seen[0])
        found = machine.mem_read(OUTPUT, 4 * order["classes"])
        logits.append(list(struct.unpack(f"<{order['classes']}i", found)))
    Path("found.json").write_text(json.dumps({"instructions": counts, "logits": logits}))


if __name__ == "__main__":
    main()
