"""The command line: one group, one command a file, one place that turns errors into exit codes."""

from contextlib import suppress
from pathlib import Path

import click

from qrnn_hw import __version__
from qrnn_hw.cli import (
    boards,
    build,
    check,
    data,
    doctor,
    example,
    explore,
    export,
    import_,
    monitor,
    predict,
    program,
    report,
    run,
    sweep,
    train,
    verify,
)
from qrnn_hw.cli.console import Screen, close_streams, open_streams
from qrnn_hw.cli.interrupt import interruptible
from qrnn_hw.export.errors import OutputError, QrnnError

USAGE, INTERRUPTED = 2, 130
LONGEST = 2000  # characters of a message


COMMANDS: dict[str, tuple[click.Command, ...]] = {
    "A network": (
        example.example, data.data, train.train, sweep.sweep, import_.import_, predict.predict,
    ),
    "Its hardware": (
        explore.explore, build.build, report.report, verify.verify, check.check,
        export.export,
    ),
    "A board": (boards.boards, program.program, run.run, monitor.monitor),
    "This machine": (doctor.doctor,),
}  # fmt: skip

_FIRST = """\b
To begin with, an example; then your own CSV files, to a board:
  qrnn-hw example digits
  qrnn-hw build digits.pt
  qrnn-hw build recordings/
"""


class Group(click.Group):
    """Commands by what people do, in the order in which they do it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them."""
        return [command.name or "" for commands in COMMANDS.values() for command in commands]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write them, a section for each thing to do."""
        for heading, commands in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [(one.name or "", one.get_short_help_str(80)) for one in commands]
                )


@click.group(
    cls=Group,
    epilog=_FIRST,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="qrnn-hw")
def cli() -> None:
    """Turn a trained quantized orthogonal RNN into an FPGA design that computes the same bits."""
    try:
        Path.cwd()
    except OSError as error:  # libraries end the process where they find none
        raise OutputError(
            f"the current folder must exist, and does not: {error.strerror}", "cd to another one"
        ) from error


for _command in (one for commands in COMMANDS.values() for one in commands):
    cli.add_command(_command)


def _fail(message: str, hint: str) -> None:
    if len(message) > LONGEST:  # a name in a foreign file may be of any length
        message = f"{message[:LONGEST]} ..."
    screen = Screen(stderr=True)
    with suppress(OSError):  # of a standard error that takes nothing: the exit code tells
        screen.say(("error:", "red"), f" {message}")
        if hint:
            screen.say(("next:", "bold"), f" {hint}")


def main() -> int:
    """Run the command line and return its exit code.

    0 done; 1 bad model, data, board or output; 2 usage; 3 a tool is missing; 4 hardware differs
    from the golden run; 5 does not fit or misses timing; 130 interrupted.
    """
    open_streams()
    with interruptible():
        code = _ended()
    return code if close_streams() else code or 1


def _ended() -> int:
    """Run the command, tell of an error, and return the exit code."""
    try:
        return cli.main(standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        where = f"{error.ctx.command_path} --help" if error.ctx else "qrnn-hw --help"
        _fail(" ".join(error.format_message().split()), f"see `{where}`")
        return USAGE
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        _fail(str(error) or "interrupted; nothing half-written was left", "")
        return INTERRUPTED
    except QrnnError as error:
        _fail(str(error), error.hint)
        return error.exit_code
    except BrokenPipeError:
        return 1
    except MemoryError:
        _fail("the command needs more memory than there is", "fewer or shorter sequences need less")
        return 1
    except OSError as error:
        _fail(f"the system refused: {error}", "check the path, the permissions and the free space")
        return 1
