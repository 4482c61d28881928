"""Every command line of ours on a page is one that the command line takes."""

import re
import shlex
from pathlib import Path

import click
import pytest

from qrnn_hw.cli import cli
from qrnn_hw.cli.options.limits import Limited

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")), *ROOT.glob("host/**/*.md")]
FENCED = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(qrnn-hw[^`]*)`")
PROGRAM = "qrnn-hw"
#: At the start of a line, behind variables, or behind what joins commands.
BEGINS = re.compile(r"(^|[|&;(] )\s*([A-Z_]+=\S* )*qrnn-hw ")
#: Words that stand for what a reader puts there: BUILD, N, FILE.svg, NAME=V1,V2,...
STANDS_FOR = re.compile(r"[A-Z][A-Z0-9_/.=,]*(\.\w+)?|\.\.\.|…")
#: Of commands that do not end on the line, or are about the shell.
NEVER = ("_QRNN_HW_COMPLETE",)


def shown(text):
    """Yield the command lines of ours in the blocks of a page."""
    for block in FENCED.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            found = line.strip().removeprefix("$ ")
            if BEGINS.search(found) and not any(word in found for word in NEVER):
                yield from ours(found)


def named(text):
    """Yield those in prose, between backquotes."""
    for found in INLINE.findall(re.sub(r"\s*\n\s*", " ", FENCED.sub("", text))):
        yield from ours(found)


def ours(line):
    """Yield the arguments of each of our commands in a line of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words = []
    for word in [*lexer, ";"]:
        if not re.fullmatch(r"[|&;()<>]+", word):
            words.append(word)
            continue
        if PROGRAM in words:
            yield words[words.index(PROGRAM) + 1 :]
        # What follows < or > is a file.
        words = ["to"] if word[0] in "<>" else []


def wrong(arguments, *, prose=False):
    """Say what is wrong with the arguments of a command, or of one in prose; None if nothing is."""
    if not arguments or arguments[0].startswith("-") or STANDS_FOR.fullmatch(arguments[0]):
        return None
    command = cli.commands.get(arguments[0])
    if command is None:
        return f"there is no command {arguments[0]}"
    ctx = click.Context(command, info_name=arguments[0])
    # Usage shows what may be left out between brackets, and alternatives apart by bars.
    given = [word.strip("[]") for word in arguments[1:]]
    try:
        options, left, order = command.make_parser(ctx).parse_args([word for word in given if word])
    except click.BadOptionUsage as error:
        return None if prose else error.format_message()  # which may name an option alone
    except click.UsageError as error:
        return error.format_message()
    if left:
        return f"{left[0]} is one argument too many"
    for param in order:
        for value in values(options.get(param.name)):
            if not isinstance(param.type, click.Choice | Limited) or STANDS_FOR.fullmatch(value):
                continue
            try:
                param.type.convert(value, param, ctx)
            except click.UsageError as error:
                return error.format_message()
    return None


def values(found):
    """Return the texts that were given for an option."""
    if isinstance(found, str):
        return [found]
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_are_taken(page):
    text = page.read_text()
    found = {" ".join(each): wrong(each) for each in shown(text)}
    found |= {" ".join(each): wrong(each, prose=True) for each in named(text)}
    assert not {line: what for line, what in found.items() if what}


def test_pages_have_commands():
    found = [each for page in PAGES for each in shown(page.read_text())]
    assert len(found) > 45
    assert set(cli.commands) <= {each[0] for each in found}  # every command is shown somewhere


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("qrnn-hw built m.pt", "there is no command built"),
        ("ls | qrnn-hw build m.pt --bord x", "No such option"),
        ("qrnn-hw build m.pt more", "one argument too many"),
        ("qrnn-hw build m.pt --transform fast", "'fast' is not one of 'auto'"),
        ("qrnn-hw verify m.pt --upsets 0 && ls", "must be a whole number"),
        ("qrnn-hw build m.pt --board", "requires an argument"),
    ],
)
def test_what_is_wrong_is_found(line, said):
    (found,) = shown(f"# A page\n\n```sh\n{line}  # so\n```\n")
    assert said in wrong(found)


def test_what_is_right_is_taken():
    text = (
        "`qrnn-hw verify MODEL --upsets N [--picture FILE.svg] > FILE`, or\n```\n"
        "$ A=1 qrnn-hw \\\n  boards\nerror: that's all; run `qrnn-hw nothing`\n```"
    )
    (block,), (prose,) = shown(text), named(text)
    assert block == ["boards"]
    assert prose == ["verify", "MODEL", "--upsets", "N", "[--picture", "FILE.svg]"]
    assert wrong(block) is wrong(prose) is wrong(["build", "--board"], prose=True) is None
